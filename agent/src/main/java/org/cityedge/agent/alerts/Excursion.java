package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far a value has moved within a window: against the lowest and the highest of the window. Kept
 * as {@value #BUCKETS} pairs of lowest and highest and the present one, however many readings come;
 * the window is longer than asked by up to one of them.
 */
final class Excursion {
  private static final int BUCKETS = 60;

  private record Bucket(long number, double min, double max) {}

  private final long width;
  private final Deque<Bucket> buckets = new ArrayDeque<>();
  private long since;

  Excursion(Duration window) {
    this.width = Math.max(1, window.toNanos() / BUCKETS);
  }

  /** Whether it has known the value for a whole window. */
  boolean isWhole(long nanos) {
    return !buckets.isEmpty() && nanos - since >= width * BUCKETS;
  }

  /**
   * Takes a reading.
   *
   * @param nanos monotonic, not before the last one
   * @return its distance from the lowest of the window, when {@code rising}; from the highest
   *     otherwise, not above 0
   */
  double take(long nanos, double value, boolean rising) {
    long number = Math.floorDiv(nanos, width);
    while (!buckets.isEmpty() && buckets.getFirst().number() < number - BUCKETS) {
      buckets.removeFirst();
    }
    if (buckets.isEmpty()) {
      since = nanos;
    }
    Bucket last = buckets.peekLast();
    if (last != null && last.number() == number) {
      buckets.removeLast();
      buckets.addLast(new Bucket(number, Math.min(last.min(), value), Math.max(last.max(), value)));
    } else {
      buckets.addLast(new Bucket(number, value, value));
    }
    // Also when a reading comes late, behind a newer one.
    while (buckets.size() > BUCKETS + 1) {
      buckets.removeFirst();
    }
    return rising
        ? value - buckets.stream().mapToDouble(Bucket::min).min().orElse(value)
        : value - buckets.stream().mapToDouble(Bucket::max).max().orElse(value);
  }
}
