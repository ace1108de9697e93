package org.cityedge.drivers;

import java.time.Instant;

/**
 * One value of one quantity.
 *
 * @param sensor the sensor's id from the configuration
 * @param quantity what is measured, as in the catalogue: {@code pm2_5}, {@code temperature}, {@code
 *     open}; {@code [a-z0-9_-]{1,32}}
 * @param unit SenML unit (RFC 8428 §12.1), empty for a flag
 * @param at wall time of the measurement, as good as the gateway's or the sensor's clock
 * @param nanos the gateway's monotonic clock at the measurement ({@link System#nanoTime}); windows
 *     and hold times use this
 */
public record Reading(
    String sensor,
    String quantity,
    Value value,
    String unit,
    Instant at,
    long nanos,
    Quality quality) {
  /** A number or a flag. */
  public sealed interface Value {}

  /** Finite. */
  public record Quantity(double value) implements Value {
    public Quantity {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a reading is a finite number, was " + value);
      }
    }
  }

  public record Flag(boolean value) implements Value {}
}
