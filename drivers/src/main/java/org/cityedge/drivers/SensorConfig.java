package org.cityedge.drivers;

import java.time.Duration;
import java.util.List;
import org.cityedge.config.Section;

/**
 * One entry of the section {@code sensors}: what is measured and where it comes from. Equal records
 * mean that nothing has to be restarted.
 */
public sealed interface SensorConfig permits CoapSensorConfig, ContactConfig, CounterConfig {
  /** The sensor's id, {@code [a-z0-9-]{1,32}}. */
  String id();

  /** What the sensor measures; at least one. */
  List<Channel> channels();

  /**
   * How often something is to be heard from the sensor. Silence for half as long again is {@link
   * Fault.Kind#LOST}.
   */
  Duration expected();

  /** The channel that comes as often as {@link #expected} where this one comes: itself mostly. */
  default String regular(String quantity) {
    return quantity;
  }

  /** Whether the readings are made up; they then carry {@link Quality#SIM}. */
  boolean simulated();

  /** How the sensor is connected; the key {@code type}. */
  enum Type {
    COAP,
    CONTACT,
    COUNTER
  }

  /**
   * Reads this module's keys of a sensor; others (name, place, rules) may read further keys of the
   * same section. Problems are recorded in the section.
   */
  static SensorConfig read(Section section) {
    return switch (section.word("type", Type.class)) {
      case COAP -> CoapSensorConfig.read(section);
      case CONTACT -> ContactConfig.read(section);
      case COUNTER -> CounterConfig.read(section);
    };
  }
}
