package org.cityedge.drivers;

/**
 * One quantity of a sensor, independent of the device that measures it; the catalogue's entry
 * (requirements.md R33).
 *
 * @param quantity as in {@link Reading#quantity}
 * @param unit SenML unit, empty for a flag
 * @param min lowest plausible value; {@link Double#NEGATIVE_INFINITY} when none is stated
 * @param max highest plausible value; {@link Double#POSITIVE_INFINITY} when none is stated
 */
public record Channel(String quantity, String unit, double min, double max) {
  public Channel {
    if (!(min <= max)) {
      throw new IllegalArgumentException(
          "channel " + quantity + ": min must be <= max, was " + min + ".." + max);
    }
  }

  /** A quantity that is on or off. */
  public static Channel flag(String quantity) {
    return new Channel(quantity, "", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }
}
