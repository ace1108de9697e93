package org.cityedge.drivers.coap;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.cityedge.drivers.Clocks;

/**
 * When the values of one payload were measured, on both clocks.
 *
 * <ul>
 *   <li>Relative time t (RFC 8428 §4.5.3): t seconds from the arrival.
 *   <li>Absolute time: the sensor's own stamp. On the monotonic clock the newest value of the
 *       payload counts as measured on arrival and the others by their distance to it, since the
 *       gateway's wall clock may not be set.
 * </ul>
 */
final class MeasuringTimes {
  record Stamp(Instant at, long nanos) {}

  private final Clocks clocks;
  private final long arrivalNanos;
  private final double newestAbsolute;

  MeasuringTimes(Clocks clocks, long arrivalNanos, List<Finding.Found> found) {
    this.clocks = clocks;
    this.arrivalNanos = arrivalNanos;
    double newest = 0;
    for (Finding.Found one : found) {
      newest = Math.max(newest, one.time());
    }
    this.newestAbsolute = newest;
  }

  Stamp of(Finding.Found found) {
    if (found.time() < SenMl.RELATIVE_BELOW) {
      long nanos = arrivalNanos + nanosOf(found.time());
      return new Stamp(clocks.at(nanos), nanos);
    }
    double age = Math.min(newestAbsolute - found.time(), SenMl.RELATIVE_BELOW);
    return new Stamp(instantOf(found.time()), arrivalNanos - nanosOf(age));
  }

  private static Instant instantOf(double seconds) {
    // A double holds today's times to 0.2 microseconds; more digits would be noise.
    return Instant.EPOCH
        .plus(Duration.ofSeconds((long) seconds))
        .plusMillis(Math.round((seconds - Math.floor(seconds)) * 1e3));
  }

  private static long nanosOf(double seconds) {
    return Math.round(seconds * 1e9);
  }
}
