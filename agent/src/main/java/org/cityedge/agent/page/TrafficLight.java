package org.cityedge.agent.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.page.Snapshot.Level;
import org.cityedge.agent.page.Snapshot.Reason;
import org.cityedge.agent.status.Heat;
import org.cityedge.agent.status.Machine;
import org.cityedge.buffer.Lane;
import org.cityedge.config.Section;
import org.cityedge.drivers.Quality;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.model.Models;
import org.jspecify.annotations.Nullable;

/**
 * Whether the gateway is well. Red: what it is there for does not work, and somebody has to act
 * now. Amber: a part of it does not, or will soon not. An open alert is the gateway's work and no
 * fault of its own. Pure.
 */
final class TrafficLight {
  /** An outage shorter than that is what reconnecting is for. */
  static final long CONNECTING_S = 60;

  /** Longer than that an alert does not wait where events move; it is due within 5 s. */
  static final double ALERT_AGE_S = 60;

  static final long CERTIFICATE_DAYS = 14;

  /** In 24 h; once may be chance, and an update's restart is orderly. */
  static final int CRASHES = 3;

  private final List<Reason> reasons = new ArrayList<>();

  private TrafficLight() {}

  /** The parts of a snapshot that it looks at. */
  record Parts(
      Snapshot.Cloud cloud,
      List<Snapshot.Queue> queue,
      Snapshot.Books books,
      Snapshot.Clock clock,
      Snapshot.Machine machine,
      Optional<Snapshot.Position> position,
      List<LastHour.Last> channels,
      List<Snapshot.Camera> cameras,
      int outputsFailing,
      StatusPage.Troubles troubles) {}

  static Snapshot.Light of(Parts parts) {
    TrafficLight light = new TrafficLight();
    light.cloud(parts.cloud());
    light.store(parts);
    light.sensors(parts.channels());
    light.cameras(parts.cameras());
    light.models(parts.troubles().models());
    light.surroundings(parts);
    // Stable: within a level they stay in the order in which one would look at them.
    light.reasons.sort(Comparator.comparing(Reason::level).reversed());
    Level worst = light.reasons.isEmpty() ? Level.GREEN : light.reasons.getFirst().level();
    return new Snapshot.Light(worst, light.reasons);
  }

  private void cloud(Snapshot.Cloud cloud) {
    if (!cloud.connected()) {
      boolean down = cloud.sinceS() >= CONNECTING_S;
      add(
          down ? Level.RED : Level.AMBER,
          down ? Cause.UPLINK_DOWN : Cause.UPLINK_CONNECTING,
          null,
          cloud.fault());
    } else if (cloud.held()) {
      add(Level.AMBER, Cause.UPLINK_HELD, null, null);
    }
    if (cloud.deaf() != null) {
      add(Level.AMBER, Cause.UPLINK_DEAF, null, cloud.deaf());
    }
    Long days = cloud.certificateDays();
    if (days != null && days < 0) {
      add(Level.RED, Cause.CERTIFICATE_ENDED, null, null);
    } else if (days != null && days < CERTIFICATE_DAYS) {
      add(Level.AMBER, Cause.CERTIFICATE_SOON, null, days + " d");
    }
  }

  private void store(Parts parts) {
    if (parts.books().trouble() != null) {
      add(Level.RED, Cause.STORE_TROUBLE, null, parts.books().trouble());
    }
    if (parts.books().unexplained() != 0) {
      add(Level.AMBER, Cause.ACCOUNT_OPEN, null, Long.toString(parts.books().unexplained()));
    }
    Long free = parts.machine().diskFreeBytes();
    if (free != null && free < Machine.DISK_LOW) {
      boolean full = free < Machine.DISK_FULL;
      add(
          full ? Level.RED : Level.AMBER,
          full ? Cause.DISK_FULL : Cause.DISK_LOW,
          null,
          (free >> 20) + " MiB");
    }
    parts.queue().stream()
        .filter(lane -> lane.lane().equals(Section.wordFor(Lane.ALERT)))
        .filter(lane -> parts.cloud().connected() && !parts.cloud().held())
        .filter(lane -> lane.oldestAgeS() != null && lane.oldestAgeS() > ALERT_AGE_S)
        .forEach(lane -> add(Level.AMBER, Cause.ALERTS_WAIT, null, lane.oldestAgeS() + " s"));
  }

  /** A line for each sensor, by its first bad channel; none works where every channel is silent. */
  private void sensors(List<LastHour.Last> channels) {
    Map<String, Reason> bySensor = new LinkedHashMap<>();
    for (LastHour.Last channel : channels) {
      of(channel).ifPresent(why -> bySensor.putIfAbsent(channel.sensor(), why));
    }
    if (!channels.isEmpty() && channels.stream().allMatch(TrafficLight::silent)) {
      add(Level.RED, Cause.SENSORS_ALL, null, null);
    }
    reasons.addAll(bySensor.values());
  }

  /** Nothing comes of it. What is out of range or stuck comes, and its sensor has power and bus. */
  private static boolean silent(LastHour.Last channel) {
    return channel.fault() != null
        || switch (quality(channel)) {
          case STALE, COMM -> true;
          case GOOD, SIM, INIT, RANGE, STUCK -> false;
        };
  }

  private static Quality quality(LastHour.Last channel) {
    return channel.reading() == null ? Quality.INIT : channel.reading().quality();
  }

  private static Optional<Reason> of(LastHour.Last channel) {
    if (channel.fault() != null) {
      return Optional.of(
          new Reason(
              Level.AMBER,
              Cause.of(channel.fault().kind()).word(),
              channel.sensor(),
              channel.fault().detail()));
    }
    return Cause.of(quality(channel))
        .map(cause -> new Reason(Level.AMBER, cause.word(), channel.sensor(), channel.quantity()));
  }

  private void cameras(List<Snapshot.Camera> cameras) {
    int lost = 0;
    List<Reason> found = new ArrayList<>();
    for (Snapshot.Camera camera : cameras) {
      CameraHealth.State state = state(camera);
      Optional<Cause> cause = Cause.of(state, camera.detail());
      if (cause.isPresent()) {
        lost += state == CameraHealth.State.LOST ? 1 : 0;
        found.add(new Reason(Level.AMBER, cause.get().word(), camera.id(), camera.detail()));
      }
    }
    if (lost > 0 && lost == cameras.size()) {
      add(Level.RED, Cause.CAMERAS_ALL, null, null);
    }
    reasons.addAll(found);
  }

  /** A line for each camera, by the first of its networks. */
  private void models(List<Models.Standing> troubles) {
    Map<String, Models.Standing> byCamera = new LinkedHashMap<>();
    troubles.forEach(standing -> byCamera.putIfAbsent(standing.camera(), standing));
    byCamera.forEach(
        (camera, standing) ->
            add(Level.AMBER, Cause.MODEL_BAD, camera, standing.trouble().orElse(null)));
  }

  private static CameraHealth.State state(Snapshot.Camera camera) {
    for (CameraHealth.State state : CameraHealth.State.values()) {
      if (Section.wordFor(state).equals(camera.state())) {
        return state;
      }
    }
    throw new IllegalArgumentException("no state of a camera: " + camera.state());
  }

  private void surroundings(Parts parts) {
    if (parts.clock().source().equals("none")) {
      add(Level.AMBER, Cause.CLOCK_NONE, null, null);
    }
    parts
        .position()
        .filter(position -> position.state().equals("down"))
        .ifPresent(position -> add(Level.AMBER, Cause.POSITION_DOWN, null, position.detail()));
    if (parts.outputsFailing() > 0) {
      add(Level.AMBER, Cause.OUTPUT_BAD, null, Integer.toString(parts.outputsFailing()));
    }
    Double celsius = parts.machine().temperatureC();
    if (celsius != null && celsius >= Heat.FROM) {
      add(Level.AMBER, Cause.HOT, null, Math.round(celsius) + " °C");
    }
    if (parts.troubles().voltageLow()) {
      add(Level.AMBER, Cause.VOLTAGE_LOW, null, null);
    }
    if (parts.troubles().rolledBack()) {
      add(Level.AMBER, Cause.ORDER_ROLLED_BACK, null, null);
    }
    int crashes = parts.machine().crashes();
    if (crashes >= CRASHES) {
      add(Level.AMBER, Cause.CRASH_LOOP, null, crashes + " × / 24 h");
    }
  }

  private void add(Level level, Cause cause, @Nullable String subject, @Nullable String detail) {
    reasons.add(new Reason(level, cause.word(), subject, detail));
  }
}
