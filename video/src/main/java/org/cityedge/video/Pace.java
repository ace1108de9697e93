package org.cityedge.video;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * How fast frames were analysed over the last minute; at most 600 are remembered. Confined to the
 * camera's thread.
 */
final class Pace {
  private record Analysed(long nanos, long tookNanos) {}

  private static final int MAX = 600;
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final ArrayDeque<Analysed> last = new ArrayDeque<>();
  private final long startedNanos;

  Pace(long nanos) {
    startedNanos = nanos;
  }

  void analysed(long nanos, long tookNanos) {
    if (last.size() == MAX) {
      last.remove();
    }
    last.add(new Analysed(nanos, tookNanos));
  }

  double framesPerSecond(long nanos) {
    forget(nanos);
    long span = Math.clamp(nanos - startedNanos, Duration.ofSeconds(1).toNanos(), MINUTE);
    return last.size() * 1e9 / span;
  }

  /** The median, in milliseconds; 0 before the first. */
  double analysisMillis(long nanos) {
    forget(nanos);
    long[] times = last.stream().mapToLong(Analysed::tookNanos).sorted().toArray();
    return times.length == 0 ? 0 : times[times.length / 2] / 1e6;
  }

  private void forget(long nanos) {
    while (!last.isEmpty() && nanos - last.getFirst().nanos > MINUTE) {
      last.remove();
    }
  }
}
