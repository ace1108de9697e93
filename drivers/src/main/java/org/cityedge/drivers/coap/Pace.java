package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How often something may happen: on average at a rate, with a burst (generic cell rate algorithm).
 * Safe for use by several threads.
 */
final class Pace {
  private final LongSupplier nanos;
  private final long intervalNanos;
  private final long burstNanos;

  // guarded by this: when the next one would be due at the exact rate
  private long dueNanos;

  /**
   * @param burst how many may come at once, 1 or more
   */
  Pace(LongSupplier nanos, Duration interval, int burst) {
    this.nanos = nanos;
    this.intervalNanos = interval.toNanos();
    this.burstNanos = intervalNanos * (burst - 1);
    this.dueNanos = nanos.getAsLong();
  }

  /** Zero when it may happen, which then counts; else how long to wait, and nothing counts. */
  synchronized long takeOrWaitNanos() {
    long now = nanos.getAsLong();
    long ahead = Math.max(dueNanos - now, 0);
    if (ahead > burstNanos) {
      return ahead - burstNanos;
    }
    dueNanos = now + ahead + intervalNanos;
    return 0;
  }
}
