package org.cityedge.agent.care;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Whether every loop of the process still comes round. One that waits for work is well, however
 * long; one that has been at the same piece of work for {@code limit} is stuck: its thread hangs,
 * in a deadlock or in native code. A sensor, a broker or a disk that is away makes nothing stuck,
 * since each wait for them has a limit of its own below this one.
 *
 * <p>Confined to the caller of {@link #stuck}, but for {@link #loop}, which may come before.
 */
public final class Progress {
  /** Longer than any wait for a commit on a bad disk. */
  public static final Duration LIMIT = Duration.ofMinutes(2);

  private static final class Seen {
    private final Turn turn;
    private long count;
    private long since;

    Seen(Turn turn, long since) {
      this.turn = turn;
      this.since = since;
    }
  }

  private final Duration limit;
  private final LongSupplier nanos;

  /** By name; bounded by the loops of a gateway. */
  private final Map<String, Seen> loops = new TreeMap<>();

  /**
   * @param nanos monotonic clock, {@link System#nanoTime}
   */
  public Progress(Duration limit, LongSupplier nanos) {
    this.limit = limit;
    this.nanos = nanos;
  }

  /** A loop from here on. */
  public Turn loop(String name) {
    Turn turn = new Turn();
    watch(name, turn);
    return turn;
  }

  /** A loop that has its turn already. */
  public void watch(String name, Turn turn) {
    loops.put(name, new Seen(turn, nanos.getAsLong()));
  }

  /** A loop that has ended in order. */
  public void forget(String name) {
    loops.remove(name);
  }

  /** The name of the first loop that is stuck. */
  public Optional<String> stuck() {
    long now = nanos.getAsLong();
    Optional<String> stuck = Optional.empty();
    for (Map.Entry<String, Seen> loop : loops.entrySet()) {
      Seen seen = loop.getValue();
      long count = seen.turn.count();
      if (count != seen.count || !seen.turn.atWork()) {
        seen.count = count;
        seen.since = now;
      } else if (now - seen.since >= limit.toNanos() && stuck.isEmpty()) {
        stuck = Optional.of(loop.getKey());
      }
    }
    return stuck;
  }
}
