package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The publisher's books about itself: its thread writes, any thread reads. */
final class Tally {
  private static final Logger LOG = LoggerFactory.getLogger(Tally.class);

  private static final int MAX_REFUSED = 256;

  private record Line(
      boolean connected, Optional<URI> broker, long sinceNanos, long acknowledgedBefore) {}

  final LongAdder connections = new LongAdder();
  final LongAdder stalls = new LongAdder();
  final LongAdder published = new LongAdder();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder nobodyListening = new LongAdder();

  // Guarded by itself.
  private final Deque<Long> refused = new ArrayDeque<>();

  private volatile @Nullable String lastFault;
  private volatile @Nullable String deaf;
  private volatile @Nullable Instant heldSince;
  private final LongSupplier nanos;
  private volatile Line line;

  /**
   * @param nanos monotonic clock
   */
  Tally(LongSupplier nanos) {
    this.nanos = nanos;
    line = new Line(false, Optional.empty(), nanos.getAsLong(), 0);
  }

  void connected(URI broker) {
    connections.increment();
    // What was wrong with another one, perhaps at another broker.
    deaf = null;
    line = new Line(true, Optional.of(broker), nanos.getAsLong(), acknowledged.sum());
  }

  void disconnected(URI broker) {
    Line before = line;
    long since = before.connected() ? nanos.getAsLong() : before.sinceNanos();
    line = new Line(false, Optional.of(broker), since, 0);
  }

  /** Tells a change once. */
  void held(boolean held, Instant now) {
    Instant since = heldSince;
    if (held && since == null) {
      heldSince = now;
      LOG.warn("The host at the centre is away; what is stored waits for it.");
    } else if (!held && since != null) {
      heldSince = null;
      LOG.info("What is stored leaves again. heldSince={}", since);
    }
  }

  void fault(String text) {
    lastFault = text;
  }

  /** No broker will take an event. */
  void rejected(long sequence) {
    rejected.increment();
    synchronized (refused) {
      refused.add(sequence);
      if (refused.size() > MAX_REFUSED) {
        refused.removeFirst();
      }
    }
  }

  /** Whether it was one of the {@value #MAX_REFUSED} events that were rejected last. */
  boolean isRejected(long sequence) {
    synchronized (refused) {
      return refused.contains(sequence);
    }
  }

  /**
   * Goes before every other fault of a connection that stands, until it is over.
   *
   * @param why nothing of the centre arrives; empty when it does
   */
  void deaf(Optional<String> why) {
    deaf = why.orElse(null);
  }

  /**
   * @param below how far the line itself came
   */
  Reached reached(Reached below) {
    Line now = line;
    if (!now.connected()) {
      return below;
    }
    return acknowledged.sum() > now.acknowledgedBefore() ? Reached.PUBACK : Reached.CONNACK;
  }

  Publisher.Status status(Optional<Expiry> certificate) {
    Line now = line;
    Optional<String> unheard = Optional.ofNullable(deaf).filter(_ -> now.connected());
    return new Publisher.Status(
        now.connected(),
        now.broker(),
        Duration.ofNanos(nanos.getAsLong() - now.sinceNanos()),
        Math.max(0, connections.sum() - 1),
        stalls.sum(),
        published.sum(),
        acknowledged.sum(),
        rejected.sum(),
        nobodyListening.sum(),
        certificate,
        Optional.ofNullable(heldSince),
        unheard,
        unheard.or(() -> Optional.ofNullable(lastFault)));
  }
}
