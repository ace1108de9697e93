package org.cityedge.drivers;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one sensor's {@link Handover} has dropped: counted as {@link Loss.Cause#PACE}, and logged
 * once when it begins and once when it is over. Confined to the sensor's thread or turns.
 */
public final class Overflow {
  private static final Logger log = LoggerFactory.getLogger(Sensor.class);

  private final Handover<?> handover;
  private final String sensor;
  private final Losses losses;
  private final LongSupplier nanos;
  private final String sentence;
  private long dropped;

  /**
   * @param nanos monotonic clock
   * @param sentence what the log says when it begins
   */
  public Overflow(
      Handover<?> handover, String sensor, Losses losses, LongSupplier nanos, String sentence) {
    this.handover = handover;
    this.sensor = sensor;
    this.losses = losses;
    this.nanos = nanos;
    this.sentence = sentence;
  }

  /** After the sensor has taken what it could. */
  public void note() {
    long more = handover.takeDropped();
    if (more > 0) {
      losses.add(sensor, Loss.Cause.PACE, more, nanos.getAsLong());
      if (dropped == 0) {
        log.warn("{} sensor={}", sentence, sensor);
      }
      dropped += more;
    } else if (dropped > 0 && handover.isEmpty()) {
      log.info("Sensor is read without loss again sensor={} dropped={}", sensor, dropped);
      dropped = 0;
    }
  }
}
