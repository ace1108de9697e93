package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cityedge.video.Observation;

/** When something becomes an alert. Each variant says what it watches; the head is common to all. */
public sealed interface Rule {
  Head head();

  /** The sensor or camera whose word counts. */
  String source();

  /**
   * @param id unique; an open alert is tied to it over restarts
   * @param headline for the duty officer, in one line; video findings are worded as suspicion
   * @param popups cameras whose windows the centre should open, the best first
   * @param eventCode opaque code of the city's event table
   * @param hold how long the condition must stand before it is an alert
   * @param clear how long it must be gone before the alert is cleared
   */
  record Head(
      String id,
      Kind kind,
      Severity severity,
      String headline,
      List<String> popups,
      Optional<String> eventCode,
      Duration hold,
      Duration clear) {}

  /** The alert kinds of wire.md §4; each has its own topic. */
  enum Kind {
    SMOKE,
    CROWD,
    SENSOR,
    CAMERA,
    DEVICE;

    /** As in the topic and the payload. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** CAP 1.2 §3.2.2 severity. */
  enum Severity {
    EXTREME,
    SEVERE,
    MODERATE,
    MINOR;

    String word() {
      return name().charAt(0) + name().substring(1).toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * A number beyond a limit.
   *
   * @param above whether beyond means above; below otherwise
   * @param clearAt the condition is gone only once the value is back past this: the hysteresis
   */
  record Threshold(Head head, String source, String quantity, boolean above, double limit, double clearAt)
      implements Rule {}

  /** A flag that is as it should not be. */
  record Contact(Head head, String source, String quantity, boolean when) implements Rule {}

  /**
   * A detector that sees something.
   *
   * @param zone empty for any
   * @param persons for crowding: how many are a crowd; 0 for smoke
   */
  record Video(Head head, String source, Observation.Kind sees, Optional<String> zone, double persons)
      implements Rule {}

  /** A sensor that an alarm depends on says nothing any more: silence must never look like safety. */
  record SensorLost(Head head, String source) implements Rule {}

  /** A camera that an alarm depends on is lost, frozen or black. */
  record CameraFault(Head head, String source) implements Rule {}
}
