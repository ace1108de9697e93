package org.cityedge.agent.page;

import java.util.Optional;
import org.cityedge.config.Section;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.video.CameraHealth;
import org.jspecify.annotations.Nullable;

/**
 * Why the light is not green. {@code words.js} has a name and a cure for each, in each language.
 */
enum Cause {
  STORE_TROUBLE,
  DISK_FULL,
  DISK_LOW,
  UPLINK_DOWN,
  UPLINK_CONNECTING,
  UPLINK_HELD,
  UPLINK_DEAF,
  CERTIFICATE_ENDED,
  CERTIFICATE_SOON,
  ALERTS_WAIT,
  ACCOUNT_OPEN,
  SENSORS_ALL,
  SENSOR_LOST,
  SENSOR_UNREACHABLE,
  SENSOR_REFUSED,
  SENSOR_MALFORMED,
  SENSOR_HARDWARE,
  SENSOR_RANGE,
  SENSOR_STUCK,
  SENSOR_STALE,
  SENSOR_COMM,
  CAMERAS_ALL,
  CAMERA_LOST,
  CAMERA_FROZEN,
  CAMERA_BLACK,
  CAMERA_BLINDED,
  CAMERA_COVERED,
  CAMERA_MOVED,
  CAMERA_DEGRADED,
  CAMERA_UNANALYSED,
  MODEL_BAD,
  CLOCK_NONE,
  POSITION_DOWN,
  OUTPUT_BAD,
  HOT,
  VOLTAGE_LOW,
  ORDER_ROLLED_BACK,
  CRASH_LOOP;

  /** {@code sensor-lost}. */
  String word() {
    return Section.wordFor(this);
  }

  static Cause of(Fault.Kind kind) {
    return switch (kind) {
      case LOST -> SENSOR_LOST;
      case UNREACHABLE -> SENSOR_UNREACHABLE;
      case REFUSED -> SENSOR_REFUSED;
      case MALFORMED -> SENSOR_MALFORMED;
      case HARDWARE -> SENSOR_HARDWARE;
    };
  }

  /** Empty of a reading that is as it should be, or not yet to be judged. */
  static Optional<Cause> of(Quality quality) {
    return switch (quality) {
      case GOOD, SIM, INIT -> Optional.empty();
      case RANGE -> Optional.of(SENSOR_RANGE);
      case STUCK -> Optional.of(SENSOR_STUCK);
      case STALE -> Optional.of(SENSOR_STALE);
      case COMM -> Optional.of(SENSOR_COMM);
    };
  }

  /**
   * Empty of a camera that is as it should be, or has not begun yet.
   *
   * @param detail its own words, where there are any
   */
  static Optional<Cause> of(CameraHealth.State state, @Nullable String detail) {
    return switch (state) {
      case STARTING, OK -> Optional.empty();
      case LOST -> Optional.of(CAMERA_LOST);
      case FROZEN -> Optional.of(CAMERA_FROZEN);
      case BLACK -> Optional.of(CAMERA_BLACK);
      case BLINDED -> Optional.of(CAMERA_BLINDED);
      case COVERED -> Optional.of(CAMERA_COVERED);
      case MOVED -> Optional.of(CAMERA_MOVED);
      case DEGRADED ->
          Optional.of(
              detail != null && CameraHealth.isUnanalysed(state, detail)
                  ? CAMERA_UNANALYSED
                  : CAMERA_DEGRADED);
    };
  }
}
