package org.cityedge.drivers.position;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.drivers.Clocks;
import org.jspecify.annotations.Nullable;

/**
 * Sentences of NMEA 0183: RMC gives position, speed and course, GGA the dilution and, from a
 * receiver that sends no RMC, the position. Others are passed over; one without a right checksum is
 * damaged.
 */
final class NmeaDecoder implements Decoder {
  /** GPS, several systems, BeiDou under both of its ids, GLONASS, Galileo, QZSS, NavIC. */
  private static final Set<String> TALKERS =
      Set.of("GP", "GN", "BD", "GB", "GL", "GA", "GQ", "QZ", "GI");

  /** A sentence has at most 82 characters; some receivers write more decimals. */
  private static final int LONGEST = 120;

  private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f]{2}");
  private static final Pattern ANGLE = Pattern.compile("\\d{3,5}(\\.\\d{1,9})?");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,6}(\\.\\d{1,6})?");
  private static final double METRES_PER_SECOND = 1852.0 / 3600;

  /** Metres of error for a dilution of 1: a usual receiver under an open sky. */
  private static final double RANGE_ERROR_M = 5;

  /** As long the last GGA speaks for an RMC; as long a silent RMC leaves the position to GGA. */
  private static final long RECENT_NANOS = Duration.ofSeconds(5).toNanos();

  private final boolean simulated;
  private final Clocks clocks;
  private long malformed;
  private OptionalDouble accuracy = OptionalDouble.empty();
  private long accuracyNanos;
  private boolean rmcSeen;
  private long rmcNanos;

  NmeaDecoder(boolean simulated, Clocks clocks) {
    this.simulated = simulated;
    this.clocks = clocks;
  }

  @Override
  public long malformed() {
    return malformed;
  }

  @Override
  public @Nullable Report decode(String line, long nanos) {
    if (line.startsWith("!")) {
      return null; // AIS
    }
    if (!isWhole(line)) {
      malformed++;
      return null;
    }
    String[] fields = line.substring(1, line.length() - 3).split(",", -1);
    String address = fields[0];
    if (address.length() != 5 || !TALKERS.contains(address.substring(0, 2))) {
      return null;
    }
    return switch (address.substring(2)) {
      case "RMC" -> recommendedMinimum(fields, nanos);
      case "GGA" -> fixData(fields, nanos);
      default -> null;
    };
  }

  /** {@code $...*hh}, where hh is the exclusive or of what is between. */
  private static boolean isWhole(String line) {
    int star = line.length() - 3;
    if (star < 1
        || line.length() > LONGEST
        || line.charAt(0) != '$'
        || line.charAt(star) != '*'
        || !HEX.matcher(line.substring(star + 1)).matches()) {
      return false;
    }
    int sum = 0;
    for (int i = 1; i < star; i++) {
      sum ^= line.charAt(i);
    }
    return sum == Integer.parseInt(line.substring(star + 1), 16);
  }

  /**
   * RMC: time, status, lat, N/S, lon, E/W, knots, course, date, variation, E/W, from 2.3 on mode.
   */
  private @Nullable Report recommendedMinimum(String[] fields, long nanos) {
    if (fields.length < 10) {
      malformed++;
      return null;
    }
    rmcSeen = true;
    rmcNanos = nanos;
    String mode = fields.length > 12 ? fields[12] : "";
    if (!fields[2].equals("A") || mode.equals("N")) {
      return new Report.NoFix("the receiver has no fix", nanos);
    }
    OptionalDouble knots = number(fields[7]);
    OptionalDouble speed =
        knots.isPresent()
            ? OptionalDouble.of(knots.getAsDouble() * METRES_PER_SECOND)
            : OptionalDouble.empty();
    boolean recent = nanos - accuracyNanos <= RECENT_NANOS;
    return fix(
        fields,
        3,
        recent ? accuracy : OptionalDouble.empty(),
        speed,
        Report.Fix.heading(number(fields[8])),
        mode.equals("S") || mode.equals("M"),
        nanos);
  }

  /** GGA: time, lat, N/S, lon, E/W, quality, satellites, horizontal dilution, ... */
  private @Nullable Report fixData(String[] fields, long nanos) {
    if (fields.length < 9) {
      malformed++;
      return null;
    }
    boolean none = fields[6].isEmpty() || fields[6].equals("0");
    OptionalDouble dilution = number(fields[8]);
    accuracyNanos = nanos;
    accuracy =
        none || dilution.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(dilution.getAsDouble() * RANGE_ERROR_M);
    if (rmcSeen && nanos - rmcNanos <= RECENT_NANOS) {
      return null;
    }
    if (none) {
      return new Report.NoFix("the receiver has no fix", nanos);
    }
    boolean madeUp = fields[6].equals("7") || fields[6].equals("8"); // entered by hand, simulator
    return fix(fields, 2, accuracy, OptionalDouble.empty(), OptionalDouble.empty(), madeUp, nanos);
  }

  private @Nullable Report fix(
      String[] fields,
      int at,
      OptionalDouble accuracyM,
      OptionalDouble speed,
      OptionalDouble heading,
      boolean madeUp,
      long nanos) {
    OptionalDouble lat = degrees(fields[at], fields[at + 1], "N", "S", 90);
    OptionalDouble lon = degrees(fields[at + 2], fields[at + 3], "E", "W", 180);
    if (lat.isEmpty() || lon.isEmpty()) {
      malformed++;
      return null;
    }
    return new Report.Fix(
        lat.getAsDouble(),
        lon.getAsDouble(),
        accuracyM,
        speed,
        heading,
        clocks.at(nanos),
        nanos,
        simulated || madeUp);
  }

  /** {@code (d)ddmm.mmm}: 3039.6072 N is 30° 39.6072' = 30.66012°. */
  private static OptionalDouble degrees(
      String angle, String side, String positive, String negative, double most) {
    if (!ANGLE.matcher(angle).matches() || !(side.equals(positive) || side.equals(negative))) {
      return OptionalDouble.empty();
    }
    double value = Double.parseDouble(angle);
    double whole = Math.floor(value / 100);
    double minutes = value - whole * 100;
    double degrees = whole + minutes / 60;
    return minutes < 60 && degrees <= most
        ? OptionalDouble.of(side.equals(positive) ? degrees : -degrees)
        : OptionalDouble.empty();
  }

  private static OptionalDouble number(String text) {
    return NUMBER.matcher(text).matches()
        ? OptionalDouble.of(Double.parseDouble(text))
        : OptionalDouble.empty();
  }
}
