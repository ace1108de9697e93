package org.cityedge.buffer;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * Drops events that have waited longer than their lane's time to live, oldest first, once a minute:
 * an event may live that much longer, and a receipt then covers a minute's worth. At most {@value
 * LaneTable#CANDIDATES} events of a lane go in one transaction; when that was not enough the next
 * one follows at once. Confined to the writer thread.
 */
final class Expiry {
  /** Milliseconds of the store's life between two runs. */
  private static final long PERIOD = 60_000;

  /**
   * Milliseconds of the store's life after which it is written down although nothing else is, so
   * that a power cut takes no more than this from the age of what waits.
   */
  private static final long KEEP = 600_000;

  private final LifeClock life;
  private final Map<Lane, Duration> ttl;
  private long next = Long.MIN_VALUE;

  Expiry(BufferConfig config, LifeClock life) {
    this.life = life;
    ttl = config.ttl();
  }

  /** Whether a transaction is wanted, by the committed books. */
  boolean due(Books books) {
    long now = life.millis();
    if (now < next) {
      return false;
    }
    next = now + PERIOD;
    return ttl.keySet().stream()
        .anyMatch(
            lane ->
                books.lane(lane).events() > 0
                    && (overdue(books, lane, now) || now - books.life.lived() >= KEEP));
  }

  /** In the ledger's open transaction, which stands on these books. */
  void run(Ledger ledger, Books books) throws SQLException {
    long now = life.millis();
    for (Lane lane : ttl.keySet()) {
      if (overdue(books, lane, now) && ledger.expire(lane, limit(lane, now))) {
        next = now;
      }
    }
  }

  /** A receipt, which never expires, may be what is oldest; then there is nothing to find. */
  private boolean overdue(Books books, Lane lane, long now) {
    return books.lane(lane).events() > 0 && books.lane(lane).stored() <= limit(lane, now);
  }

  private long limit(Lane lane, long now) {
    return now - ttl.getOrDefault(lane, Duration.ofMillis(now)).toMillis();
  }
}
