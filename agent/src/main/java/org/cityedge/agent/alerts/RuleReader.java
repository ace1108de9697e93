package org.cityedge.agent.alerts;

import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.agent.alerts.Rule.Head;
import org.cityedge.agent.alerts.Rule.Kind;
import org.cityedge.agent.alerts.Rule.Severity;
import org.cityedge.config.Section;
import org.cityedge.drivers.Channel;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Observation;
import org.cityedge.video.Zone;

/**
 * Reads the section {@code rules} and checks each rule against the sensors and cameras that it
 * names.
 */
public final class RuleReader {
  private static final Pattern HEADLINE = Pattern.compile(".{1,128}");
  private static final Pattern INCIDENT = Pattern.compile("[a-z0-9-]{1,32}");
  private static final Pattern EVENT_CODE = Pattern.compile(".{1,64}");
  private static final Duration ZERO = Duration.ZERO;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration COOL_DOWN = Duration.ofMinutes(1);

  private final Map<String, SensorEntry> sensors;
  private final Map<String, CameraEntry> cameras;
  private final ZoneId zone;

  /**
   * @param zone of the hours that rules name
   */
  public RuleReader(
      Map<String, SensorEntry> sensors, Map<String, CameraEntry> cameras, ZoneId zone) {
    this.zone = zone;
    this.sensors = sensors;
    this.cameras = cameras;
  }

  /** What a sensor's rule raises: a smoke detector's contact says smoke. */
  private enum Raises {
    SENSOR,
    SMOKE,
    CROWD,
    DEVICE
  }

  /** The words for {@code kind:} in a rule. */
  private enum Word {
    SMOKE,
    CROWD,
    THRESHOLD,
    RATE,
    CONTACT
  }

  /** One rule; empty when a problem was recorded. */
  public Optional<Rule> read(Section s) {
    Optional<Word> kind = s.choice("kind", Word.class);
    if (kind.isEmpty()) {
      s.ignoreRest();
      return Optional.empty();
    }
    return switch (kind.get()) {
      case SMOKE -> video(s, Kind.SMOKE, Observation.Kind.SMOKE);
      case CROWD -> video(s, Kind.CROWD, Observation.Kind.CROWD);
      case THRESHOLD -> threshold(s);
      case RATE -> rate(s);
      case CONTACT -> contact(s);
    };
  }

  /**
   * What nobody needs to write down: the loss of a source that an alarm depends on is an alert
   * (wire.md §4).
   */
  public List<Rule> implied(List<Rule> rules) {
    List<Rule> implied = new ArrayList<>();
    Set<String> sources = new LinkedHashSet<>();
    rules.forEach(rule -> sources.add(rule.source()));
    for (String source : sources) {
      SensorEntry sensor = sensors.get(source);
      CameraEntry camera = cameras.get(source);
      if (sensor != null) {
        implied.add(lost(source, sensor, rules));
      } else if (camera != null) {
        implied.add(
            new Rule.CameraFault(
                implied(
                    source + ".fault",
                    Kind.CAMERA,
                    camera.about().name() + "视频异常",
                    List.of(source),
                    Duration.ofSeconds(10)),
                source));
      }
    }
    return implied;
  }

  private static Rule lost(String source, SensorEntry sensor, List<Rule> rules) {
    Set<String> flags =
        sensor.config().channels().stream()
            .filter(channel -> channel.unit().isEmpty())
            .map(Channel::quantity)
            .collect(Collectors.toSet());
    Map<Boolean, Set<String>> areFlags =
        rules.stream()
            .filter(rule -> rule.source().equals(source))
            .flatMap(rule -> rule.channel().stream())
            .map(sensor.config()::regular)
            .collect(Collectors.partitioningBy(flags::contains, Collectors.toSet()));
    return new Rule.SensorLost(
        implied(source + ".lost", Kind.SENSOR, sensor.about().name() + "失联", List.of(), ZERO),
        source,
        // Half as long again as expected, as the drivers count silence.
        sensor.config().expected().multipliedBy(3).dividedBy(2),
        areFlags.getOrDefault(false, Set.of()),
        areFlags.getOrDefault(true, Set.of()),
        sensor.config().simulated());
  }

  private static Head implied(
      String id, Kind kind, String headline, List<String> popups, Duration hold) {
    return new Head(
        id,
        kind,
        Severity.MINOR,
        headline,
        popups,
        Optional.empty(),
        hold,
        ZERO,
        COOL_DOWN,
        Optional.empty(),
        Optional.empty());
  }

  private Optional<Rule> video(Section s, Kind kind, Observation.Kind sees) {
    String source = s.text("camera");
    Optional<String> zone = s.optionalText("zone");
    double persons =
        kind == Kind.CROWD ? s.number("persons", 1, 100_000, Rule.Video.DEFAULT_PERSONS) : 0;
    Optional<Double> density =
        kind == Kind.CROWD ? s.optionalNumber("density", 0.05, 10) : Optional.empty();
    if (density.isPresent() && s.has("persons")) {
      s.problem("density", "must stand alone: persons is another limit; write one of them");
    }
    CameraEntry camera = cameras.get(source);
    String name = camera == null ? source : camera.about().name();
    Head standard = Rule.Video.standard("?", sees, source, name).head();
    Head head = head(s, standard);
    if (camera == null) {
      s.problem(
          "camera",
          "must name a camera, was \""
              + source
              + "\"; cameras: "
              + String.join(", ", cameras.keySet()));
      return Optional.empty();
    }
    if (!camera.config().detect().contains(sees)) {
      s.problem(
          "camera",
          "\"" + source + "\" does not detect " + kind.word() + "; add it to its detect list");
    }
    if (zone.isPresent()
        && camera.config().zones().stream().noneMatch(z -> z.id().equals(zone.get()))) {
      s.problem("zone", "camera \"" + source + "\" has no zone \"" + zone.get() + "\"");
    }
    if (density.isPresent()) {
      withoutGround(camera.config(), zone).ifPresent(why -> s.problem("density", why));
    }
    return Optional.of(
        new Rule.Video(
            head,
            source,
            sees,
            zone,
            persons,
            density.map(OptionalDouble::of).orElse(OptionalDouble.empty())));
  }

  /** Why a zone that the rule looks at has no density; empty when each has one. */
  private static Optional<String> withoutGround(CameraConfig camera, Optional<String> zone) {
    if (camera.ground().isEmpty()) {
      return Optional.of("needs the key ground of camera \"" + camera.id() + "\"");
    }
    List<Zone> zones = camera.zones().isEmpty() ? List.of(Zone.FRAME) : camera.zones();
    return zones.stream()
        .filter(z -> zone.isEmpty() || z.id().equals(zone.get()))
        // Of a polygon that is wrong as such, its own problem is told.
        .filter(z -> z.polygon().size() >= 3)
        .filter(z -> camera.ground().get().area(z, camera.ignore()).isEmpty())
        .findFirst()
        .map(z -> "needs ground, and zone \"" + z.id() + "\" reaches the horizon or is ignored");
  }

  private Optional<Rule> threshold(Section s) {
    Optional<Double> above = s.optionalNumber("above", -1e12, 1e12);
    Optional<Double> below = s.optionalNumber("below", -1e12, 1e12);
    if (above.isPresent() == below.isPresent()) {
      s.problem("", "must have exactly one of above and below");
    }
    double limit = above.or(() -> below).orElse(0.0);
    boolean rising = above.isPresent();
    double clearAt = s.number(rising ? "clearBelow" : "clearAbove", -1e12, 1e12, limit);
    if (rising ? clearAt > limit : clearAt < limit) {
      s.problem(
          rising ? "clearBelow" : "clearAbove",
          "must lie on the safe side of " + limit + ", was " + clearAt);
    }
    return sensorRule(s, false)
        .map(
            found -> {
              String headline =
                  found.name() + " " + found.quantity() + (rising ? "超过" : "低于") + text(limit);
              Head head = head(s, of(headline, Duration.ofSeconds(5), Duration.ofSeconds(10)));
              return new Rule.Threshold(
                  head, found.sensor(), found.quantity(), rising, limit, clearAt);
            });
  }

  private Optional<Rule> rate(Section s) {
    double change = s.number("change", -1e12, 1e12);
    if (change == 0) {
      s.problem("change", "must not be 0; below 0 means a fall");
    }
    Duration within = s.duration("within", Duration.ofSeconds(1), DAY, Duration.ofMinutes(1));
    return sensorRule(s, false)
        .map(
            found -> {
              String headline = found.name() + " " + found.quantity() + (change < 0 ? "骤降" : "骤升");
              Head head = head(s, of(headline, ZERO, Duration.ofSeconds(10)));
              return new Rule.Rate(head, found.sensor(), found.quantity(), change, within);
            });
  }

  private Optional<Rule> contact(Section s) {
    boolean when = s.flag("when", true);
    return sensorRule(s, true)
        .map(
            found -> {
              Head head = head(s, of(found.name() + "触发报警", ZERO, Duration.ofSeconds(2)));
              return new Rule.Contact(head, found.sensor(), found.quantity(), when);
            });
  }

  /** What a sensor's rule is when nothing else is said. */
  private static Head of(String headline, Duration hold, Duration clear) {
    return new Head(
        "?",
        Kind.SENSOR,
        Severity.MODERATE,
        headline,
        List.of(),
        Optional.empty(),
        hold,
        clear,
        COOL_DOWN,
        Optional.empty(),
        Optional.empty());
  }

  private record Found(String sensor, String name, String quantity) {}

  private Optional<Found> sensorRule(Section s, boolean flag) {
    String source = s.text("sensor");
    String quantity = s.text("quantity");
    SensorEntry sensor = sensors.get(source);
    if (sensor == null) {
      s.problem(
          "sensor",
          "must name a sensor, was \""
              + source
              + "\"; sensors: "
              + String.join(", ", sensors.keySet()));
      head(s, of("", ZERO, ZERO)); // so that its keys are read and checked as well
      return Optional.empty();
    }
    List<Channel> channels = sensor.config().channels();
    Optional<Channel> channel =
        channels.stream().filter(c -> c.quantity().equals(quantity)).findFirst();
    if (channel.isEmpty()) {
      String known = channels.stream().map(Channel::quantity).collect(Collectors.joining(", "));
      s.problem(
          "quantity", "sensor \"" + source + "\" has no \"" + quantity + "\"; it has " + known);
    } else if (channel.get().unit().isEmpty() != flag) {
      s.problem(
          "quantity",
          "\""
              + quantity
              + "\" is a "
              + (flag ? "number; use kind: threshold" : "flag; use kind: contact"));
    }
    return Optional.of(new Found(source, sensor.about().name(), quantity));
  }

  private Head head(Section s, Head standard) {
    boolean sensor = standard.kind() == Kind.SENSOR;
    return new Head(
        s.id("id"),
        sensor ? raises(s) : standard.kind(),
        s.word("severity", Severity.class, standard.severity()),
        s.optionalText("headline", HEADLINE, "a text of 1 to 128 characters")
            .orElse(standard.headline()),
        sensor ? popups(s) : standard.popups(),
        s.optionalText("eventCode", EVENT_CODE, "a text of 1 to 64 characters"),
        s.duration("hold", ZERO, HOUR, standard.hold()),
        s.duration("clear", ZERO, HOUR, standard.clear()),
        s.duration("coolDown", ZERO, HOUR, standard.coolDown()),
        s.optionalText("incident", INCIDENT, "a name of 1 to 32 of a-z, 0-9 and -"),
        Hours.read(s, zone));
  }

  private static Kind raises(Section s) {
    return switch (s.word("raises", Raises.class, Raises.SENSOR)) {
      case SENSOR -> Kind.SENSOR;
      case SMOKE -> Kind.SMOKE;
      case CROWD -> Kind.CROWD;
      case DEVICE -> Kind.DEVICE;
    };
  }

  private List<String> popups(Section s) {
    List<String> popups = new ArrayList<>();
    s.optionalText("camera").ifPresent(popups::add);
    popups.addAll(s.texts("cameras"));
    for (String camera : popups) {
      if (!cameras.containsKey(camera)) {
        s.problem("camera", "must name a camera, was \"" + camera + "\"");
      }
    }
    return popups;
  }

  private static String text(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value);
  }
}
