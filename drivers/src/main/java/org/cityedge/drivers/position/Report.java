package org.cityedge.drivers.position;

import java.time.Instant;
import java.util.OptionalDouble;
import org.cityedge.drivers.Fault;

/** What a receiver has to say: that it has no position is news as well. */
public sealed interface Report {
  /** The gateway's monotonic clock when it arrived. */
  long nanos();

  /**
   * A position, WGS-84.
   *
   * @param lat degrees, -90..90
   * @param lon degrees, -180..180
   * @param accuracyM estimated horizontal error in metres; empty when the receiver does not say
   * @param speed over ground in m/s
   * @param heading course over ground in degrees from true north, clockwise, 0 to below 360; of a
   *     vehicle at rest it means nothing
   * @param at the gateway's wall time of its arrival. Not the receiver's: one that has not heard of
   *     a GPS week rollover is wrong by 1024 weeks
   */
  record Fix(
      double lat,
      double lon,
      OptionalDouble accuracyM,
      OptionalDouble speed,
      OptionalDouble heading,
      Instant at,
      long nanos,
      boolean simulated)
      implements Report {
    private static final double EARTH_RADIUS = 6_371_009;

    public Fix {
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
        throw new IllegalArgumentException(
            "lat must be -90..90 and lon -180..180, were " + lat + " and " + lon);
      }
      if (heading.isPresent() && !(heading.getAsDouble() >= 0 && heading.getAsDouble() < 360)) {
        throw new IllegalArgumentException(
            "heading must be 0 to below 360, was " + heading.getAsDouble());
      }
    }

    /** From what a receiver says: 360 is north too; what is no direction is none. */
    static OptionalDouble heading(OptionalDouble degrees) {
      double said = degrees.orElse(-1);
      return said >= 0 && said <= 360 ? OptionalDouble.of(said % 360) : OptionalDouble.empty();
    }

    public double metresTo(Fix other) {
      return metres(lat, lon, other.lat, other.lon);
    }

    /**
     * Great-circle distance in metres of two places in degrees (haversine on a sphere; within 0.6 %
     * of the ellipsoid).
     */
    public static double metres(double lat, double lon, double otherLat, double otherLon) {
      double halfLat = Math.toRadians(otherLat - lat) / 2;
      double halfLon = Math.toRadians(otherLon - lon) / 2;
      double chord =
          Math.pow(Math.sin(halfLat), 2)
              + Math.cos(Math.toRadians(lat))
                  * Math.cos(Math.toRadians(otherLat))
                  * Math.pow(Math.sin(halfLon), 2);
      return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, chord)));
    }
  }

  /**
   * The receiver works and does not know where it is.
   *
   * @param detail fit for a log
   */
  record NoFix(String detail, long nanos) implements Report {}

  /** There is no receiver to ask; the next attempt follows with back-off. */
  record Down(Fault fault, long nanos) implements Report {}
}
