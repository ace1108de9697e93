package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.cityedge.video.Observation;

/**
 * When something becomes an alert. Each variant says what it watches; the head is common to all.
 */
public sealed interface Rule {
  /** Rules that may share an incident: the first one raises the alert, which names 32 others. */
  int MAX_IN_INCIDENT = 33;

  Head head();

  /** The sensor or camera whose word counts. */
  String source();

  /** The channel of its sensor that it looks at; empty where it looks at no single one. */
  default Optional<String> channel() {
    return switch (this) {
      case Threshold t -> Optional.of(t.quantity());
      case Rate r -> Optional.of(r.quantity());
      case Contact c -> Optional.of(c.quantity());
      case Video _, SensorLost _, CameraFault _ -> Optional.empty();
    };
  }

  /** How looks at the source become an alert. */
  default Confirmation.Settings confirmation() {
    // A detector may miss a frame now and then (N of M, video.md §2.3); a number or a contact may
    // not. A camera that shows nothing for a minute can no longer vouch for its alert; a sensor's
    // alert stands until the sensor takes it back, and its loss is an alert of its own.
    return switch (this) {
      case Video _ ->
          new Confirmation.Settings(head().hold(), 0.6, head().clear(), Duration.ofSeconds(60));
      case Contact _ ->
          new Confirmation.Settings(head().hold(), 1, head().clear(), Duration.ofDays(365), true);
      case Threshold _, Rate _, SensorLost _, CameraFault _ ->
          new Confirmation.Settings(head().hold(), 1, head().clear(), Duration.ofDays(365));
    };
  }

  /**
   * @param id unique; an open alert is tied to it over restarts
   * @param headline for the duty officer, in one line; video findings are worded as suspicion
   * @param popups cameras whose windows the centre should open, the best first
   * @param eventCode opaque code of the city's event table
   * @param hold how long the condition must stand before it is an alert
   * @param clear how long it must be gone before the alert is cleared
   * @param coolDown what comes back so soon after it was cleared is the same alert
   * @param incident rules that name the same one share one alert; empty for a rule by itself
   * @param hours when it may raise one; always when empty
   */
  record Head(
      String id,
      Kind kind,
      Severity severity,
      String headline,
      List<String> popups,
      Optional<String> eventCode,
      Duration hold,
      Duration clear,
      Duration coolDown,
      Optional<String> incident,
      Optional<Hours> hours) {
    public Head {
      popups = List.copyOf(popups);
    }
  }

  /** The alert kinds of wire.md §4; each has its own topic. */
  enum Kind {
    SMOKE,
    CROWD,
    SENSOR,
    CAMERA,
    DEVICE;

    /** From the payload's word, which is part of a topic. */
    static Kind of(String word) {
      return Arrays.stream(values())
          .filter(kind -> kind.word().equals(word))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no kind " + word));
    }

    /** As in the topic and the payload. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** CAP 1.2 §3.2.2 severity. */
  enum Severity {
    EXTREME,
    SEVERE,
    MODERATE,
    MINOR;

    /** One step up; extreme stays extreme. */
    Severity raised() {
      return switch (this) {
        case EXTREME, SEVERE -> EXTREME;
        case MODERATE -> SEVERE;
        case MINOR -> MODERATE;
      };
    }

    /** From the payload's word. */
    static Severity of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** As in the payload. */
    public String word() {
      return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A number beyond a limit.
   *
   * @param above whether beyond means above; below otherwise
   * @param clearAt the condition is gone only once the value is back past this: the hysteresis
   */
  record Threshold(
      Head head, String source, String quantity, boolean above, double limit, double clearAt)
      implements Rule {}

  /**
   * A number that changes too fast, whatever it is.
   *
   * @param change by how much, in the channel's unit; below zero for a fall
   * @param within in how long, on the monotonic clock
   */
  record Rate(Head head, String source, String quantity, double change, Duration within)
      implements Rule {}

  /** A flag that is as it should not be. */
  record Contact(Head head, String source, String quantity, boolean when) implements Rule {}

  /**
   * A detector that sees something.
   *
   * @param zone empty for any
   * @param persons for crowding: how many are a crowd; 0 for smoke
   * @param density for crowding: how many on a square metre are one, in place of persons
   */
  record Video(
      Head head,
      String source,
      Observation.Kind sees,
      Optional<String> zone,
      double persons,
      OptionalDouble density)
      implements Rule {
    /**
     * What was suspected stays so down to this share of what made it suspect (hysteresis, video.md
     * §2.3).
     */
    private static final double HYSTERESIS = 0.8;

    /** How many people are a crowd where nobody has said. */
    public static final double DEFAULT_PERSONS = 20;

    /**
     * The rule that a camera has when nothing but the kind is said; {@code cityedge analyze} judges
     * clips by it.
     *
     * @param name what the headline calls the camera
     */
    public static Video standard(String id, Observation.Kind sees, String camera, String name) {
      Head head =
          switch (sees) {
            case SMOKE ->
                new Head(
                    id,
                    Kind.SMOKE,
                    Severity.SEVERE,
                    name + "疑似烟雾",
                    List.of(camera),
                    Optional.empty(),
                    Duration.ofSeconds(6),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(10),
                    Optional.empty(),
                    Optional.empty());
            case CROWD ->
                new Head(
                    id,
                    Kind.CROWD,
                    Severity.MODERATE,
                    name + "人员密集",
                    List.of(camera),
                    Optional.empty(),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(5),
                    Optional.empty(),
                    Optional.empty());
          };
      return new Video(
          head, camera, sees, Optional.empty(), DEFAULT_PERSONS, OptionalDouble.empty());
    }

    /** Whether it is of what this rule looks at. */
    public boolean looksAt(Observation o) {
      return o.camera().equals(source)
          && o.kind() == sees
          && (zone.isEmpty() || zone.get().equals(o.zone()));
    }

    /**
     * How strongly an observation speaks for an alert; 1 and more is enough. A count nobody can
     * trust says nothing.
     */
    public double strength(Observation o) {
      return switch (sees) {
        case SMOKE -> o.score() / Observation.SUSPECT;
        case CROWD -> o.score() >= Observation.SUSPECT ? crowding(o) : 0;
      };
    }

    private double crowding(Observation o) {
      return density.isPresent()
          ? o.features().getOrDefault(Observation.DENSITY, 0.0) / density.getAsDouble()
          : o.persons().orElse(0) / persons;
    }

    /** Whether the observation counts as seen, given what is suspected already. */
    public boolean sees(Observation o, Confirmation confirmation) {
      return strength(o) >= (confirmation.isIdle() ? 1 : HYSTERESIS);
    }
  }

  /**
   * A sensor that an alarm depends on gives no reading any more, whether it is silent or talks
   * rubbish: silence must never look like safety.
   *
   * @param silence how long without a good reading is a loss
   * @param quantities the numbers that other rules look at, or that vouch for what those look at
   * @param flags the flags likewise; there is at least one of either
   * @param simulated whether what the sensor says is made up, and hence its loss
   */
  record SensorLost(
      Head head,
      String source,
      Duration silence,
      Set<String> quantities,
      Set<String> flags,
      boolean simulated)
      implements Rule {
    public SensorLost {
      quantities = Set.copyOf(quantities);
      flags = Set.copyOf(flags);
    }
  }

  /** A camera that an alarm depends on is lost, frozen or black. */
  record CameraFault(Head head, String source) implements Rule {}
}
