package org.cityedge.agent.remote;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many may pass: a stock of {@code most}, which fills up again by one every {@code each}. Kept
 * as one number (a bucket by virtual scheduling, ITU-T I.371 Annex A). Confined to its owner's
 * thread.
 */
final class Turns {
  private final long eachNanos;
  private final long stockNanos;
  private final LongSupplier nanos;
  private long spentUntil;

  Turns(int most, Duration each, LongSupplier nanos) {
    this.eachNanos = each.toNanos();
    this.stockNanos = eachNanos * most;
    this.nanos = nanos;
    this.spentUntil = nanos.getAsLong() - stockNanos;
  }

  /** Takes one; false when none is left. */
  boolean take() {
    long now = nanos.getAsLong();
    long full = now - stockNanos;
    long from = spentUntil - full > 0 ? spentUntil : full;
    if (from + eachNanos - now > 0) {
      return false;
    }
    spentUntil = from + eachNanos;
    return true;
  }
}
