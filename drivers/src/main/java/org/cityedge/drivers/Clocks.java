package org.cityedge.drivers;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of a sample.
 *
 * @param wall for stamps only
 * @param monotonic {@link System#nanoTime} or a test's stand-in; everything that lasts is measured
 *     with it
 */
public record Clocks(InstantSource wall, LongSupplier monotonic) {
  public long nanos() {
    return monotonic.getAsLong();
  }

  /** The wall time of a monotonic moment, as the wall clock stands now. */
  public Instant at(long nanos) {
    return wall.instant().minusNanos(nanos() - nanos);
  }
}
