package org.cityedge.drivers;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Delays between attempts: doubling from the first to the longest, each drawn evenly from the upper
 * half of its step ("equal jitter": M. Brooker, Exponential Backoff and Jitter, AWS 2015), so that
 * sensors that failed together do not come back together. First 1 s, most 60 s: 0.5..1 s, 1..2 s,
 * ..., 30..60 s. Confined to one thread.
 */
public final class Backoff {
  private final long firstNanos;
  private final long mostNanos;
  private final RandomGenerator random;
  private long stepNanos;

  public Backoff(Duration first, Duration most, RandomGenerator random) {
    this.firstNanos = first.toNanos();
    this.mostNanos = most.toNanos();
    this.random = random;
    this.stepNanos = firstNanos;
  }

  /** The next delay in nanoseconds. */
  public long nextNanos() {
    long step = stepNanos;
    stepNanos = Math.min(mostNanos, step * 2);
    return step / 2 + random.nextLong(step / 2 + 1);
  }

  /** After a success. */
  public void reset() {
    stepNanos = firstNanos;
  }
}
