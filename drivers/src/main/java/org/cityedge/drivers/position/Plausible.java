package org.cityedge.drivers.position;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.drivers.position.Report.Fix;
import org.jspecify.annotations.Nullable;

/**
 * Refuses positions that the vehicle cannot have reached since the last believed one
 * (requirements.md §4: jumps of more than 60 m/s). After {@value #CONSISTENT} refused ones in a row
 * that agree with each other, the last belief is taken for the mistake and the new place is
 * believed. Confined to the receiver's thread, but {@link #refused}.
 */
public final class Plausible {
  static final int CONSISTENT = 5;

  /** Two reports that arrive together were still a cycle apart. */
  private static final long CYCLE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final double USUAL_ERROR_M = 10;

  private final double maxSpeed;
  private @Nullable Fix believed;
  private @Nullable Fix doubted;
  private int agreeing;
  private final AtomicLong refused = new AtomicLong();

  /**
   * @param maxSpeed m/s
   */
  public Plausible(double maxSpeed) {
    this.maxSpeed = maxSpeed;
  }

  /** Whether the position is believed. */
  public boolean accept(Fix fix) {
    Fix before = believed;
    if (before == null || reachable(before, fix)) {
      return believe(fix);
    }
    Fix last = doubted;
    agreeing = last != null && reachable(last, fix) ? agreeing + 1 : 1;
    doubted = fix;
    if (agreeing >= CONSISTENT) {
      return believe(fix);
    }
    refused.incrementAndGet();
    return false;
  }

  /** Positions refused so far; any thread. */
  public long refused() {
    return refused.get();
  }

  private boolean believe(Fix fix) {
    believed = fix;
    doubted = null;
    agreeing = 0;
    return true;
  }

  private boolean reachable(Fix from, Fix to) {
    double seconds = Math.max(to.nanos() - from.nanos(), CYCLE_NANOS) / 1e9;
    double error = from.accuracyM().orElse(USUAL_ERROR_M) + to.accuracyM().orElse(USUAL_ERROR_M);
    return from.metresTo(to) <= maxSpeed * seconds + error;
  }
}
