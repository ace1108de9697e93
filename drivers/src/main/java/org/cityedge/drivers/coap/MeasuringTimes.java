package org.cityedge.drivers.coap;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.cityedge.drivers.Clocks;

/**
 * When the values of one payload were measured, on both clocks.
 *
 * <ul>
 *   <li>Relative time t (RFC 8428 §4.5.3): t seconds from the arrival. Nothing was measured after
 *       it arrived: where the newest is above 0 (a sensor without a clock that sends its uptime),
 *       it counts as measured on arrival and the others by their distance to it.
 *   <li>Absolute time: the sensor's own stamp. On the monotonic clock the newest value of the
 *       payload counts as measured on arrival and the others by their distance to it, since the
 *       gateway's wall clock may not be set.
 * </ul>
 */
final class MeasuringTimes {
  record Stamp(Instant at, long nanos) {}

  private final Clocks clocks;
  private final long arrivalNanos;
  private final double newestRelative;
  private final double newestAbsolute;

  MeasuringTimes(Clocks clocks, long arrivalNanos, List<Finding.Found> found) {
    this.clocks = clocks;
    this.arrivalNanos = arrivalNanos;
    double relative = 0;
    double absolute = 0;
    for (Finding.Found one : found) {
      if (one.time() < SenMl.RELATIVE_BELOW) {
        relative = Math.max(relative, one.time());
      } else {
        absolute = Math.max(absolute, one.time());
      }
    }
    this.newestRelative = relative;
    this.newestAbsolute = absolute;
  }

  Stamp of(Finding.Found found) {
    if (found.time() < SenMl.RELATIVE_BELOW) {
      double age = Math.min(newestRelative - found.time(), SenMl.RELATIVE_BELOW);
      long nanos = arrivalNanos - nanosOf(age);
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
