package org.cityedge.drivers.position;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Section;

/** The section {@code position}: how the gateway knows where it is. */
public sealed interface PositionConfig {
  /** One that moves: a receiver stands behind it. */
  sealed interface Mobile extends PositionConfig permits Gpsd, Nmea {
    TrackSettings track();

    /** Whether the positions are made up; they then leave with {@code status: Test}. */
    boolean simulated();
  }

  /**
   * A gpsd on the network, protocol 3 (gpsd_json(5)).
   *
   * @param host default 127.0.0.1
   * @param port default 2947
   * @param device the receiver to listen to, as gpsd names it; all of them when absent
   */
  record Gpsd(
      String host, int port, Optional<String> device, boolean simulated, TrackSettings track)
      implements Mobile {}

  /**
   * A receiver's own sentences (NMEA 0183), for a gateway without gpsd; the two must not read one
   * line, since each would take bytes away from the other.
   *
   * @param device a serial line, a named pipe or a file
   * @param baud speed that a serial line is set to, 8N1; default 9600. 0 leaves it as the image has
   *     set it
   */
  record Nmea(Path device, int baud, boolean simulated, TrackSettings track) implements Mobile {}

  /**
   * One that stays where it is: alerts carry this place, and there is no track.
   *
   * @param accuracyM how well it was surveyed, metres, 0..10000, default 10
   */
  record Fixed(double lat, double lon, double accuracyM) implements PositionConfig {}

  /**
   * Which points make the track.
   *
   * @param distanceM a point each time the vehicle has gone so far, 5..10000 m, default 50
   * @param every a point at least so often while it moves, 1 s..10 min, default 10 s
   * @param still a point at least so often while it stands, 10 s..24 h, default 5 min
   * @param maxSpeed m/s; what would need more is a jump and refused, 1..400, default 60
   * @param pack how long points are gathered into one message, 1 s..10 min, default 10 s
   */
  record TrackSettings(
      double distanceM, Duration every, Duration still, double maxSpeed, Duration pack) {
    public static final TrackSettings DEFAULT =
        new TrackSettings(
            50, Duration.ofSeconds(10), Duration.ofMinutes(5), 60, Duration.ofSeconds(10));

    static TrackSettings read(Section section) {
      Duration second = Duration.ofSeconds(1);
      Duration most = Duration.ofMinutes(10);
      return new TrackSettings(
          section.number("distanceM", 5, 10_000, DEFAULT.distanceM),
          section.duration("every", second, most, DEFAULT.every),
          section.duration("still", Duration.ofSeconds(10), Duration.ofDays(1), DEFAULT.still),
          section.number("maxSpeed", 1, 400, DEFAULT.maxSpeed),
          section.duration("pack", second, most, DEFAULT.pack));
    }
  }

  /** The key {@code source}. */
  enum Source {
    GPSD,
    NMEA,
    FIXED
  }

  /** Whether the positions come from the same place; the track may be made of them otherwise. */
  default boolean isSameSourceAs(PositionConfig other) {
    return withoutTrack().equals(other.withoutTrack());
  }

  private PositionConfig withoutTrack() {
    return switch (this) {
      case Gpsd g -> new Gpsd(g.host, g.port, g.device, g.simulated, TrackSettings.DEFAULT);
      case Nmea n -> new Nmea(n.device, n.baud, n.simulated, TrackSettings.DEFAULT);
      case Fixed f -> f;
    };
  }

  default Source source() {
    return switch (this) {
      case Gpsd _ -> Source.GPSD;
      case Nmea _ -> Source.NMEA;
      case Fixed _ -> Source.FIXED;
    };
  }

  static PositionConfig read(Section section) {
    return switch (section.word("source", Source.class, Source.GPSD)) {
      case GPSD ->
          new Gpsd(
              section.optionalText("host", Keys.HOST, "a host name or address").orElse("127.0.0.1"),
              section.integer("port", 1, 65_535, 2947),
              section.optionalText("device", Keys.DEVICE, "a name without quotes, as gpsd has it"),
              section.flag("simulated", false),
              track(section));
      case NMEA ->
          new Nmea(
              Path.of(section.text("device", Keys.ABSOLUTE, "an absolute path, as /dev/ttyUSB0")),
              baud(section),
              section.flag("simulated", false),
              track(section));
      case FIXED ->
          new Fixed(
              section.number("lat", -90, 90),
              section.number("lon", -180, 180),
              section.number("accuracyM", 0, 10_000, 10));
    };
  }

  private static int baud(Section section) {
    int baud = section.integer("baud", 0, 921_600, 9600);
    if (baud != 0 && !SerialLine.SPEEDS.containsKey(baud)) {
      List<Integer> known = SerialLine.SPEEDS.keySet().stream().sorted().toList();
      section.problem("baud", "must be 0 (leave it) or one of " + known + ", was " + baud);
      return 0;
    }
    return baud;
  }

  private static TrackSettings track(Section section) {
    return section.section("track").map(TrackSettings::read).orElse(TrackSettings.DEFAULT);
  }

  /** What texts of the section may look like. */
  final class Keys {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:-]{1,253}");
    private static final Pattern DEVICE = Pattern.compile("[!#-\\[\\]-~]{1,128}");
    private static final Pattern ABSOLUTE = Pattern.compile("/.{1,255}");

    private Keys() {}
  }
}
