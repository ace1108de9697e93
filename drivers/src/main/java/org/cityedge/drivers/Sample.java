package org.cityedge.drivers;

import java.time.Instant;

/** What a sensor has to say: a failed read is data as well. */
public sealed interface Sample {
  String sensor();

  record Measured(Reading reading) implements Sample {
    @Override
    public String sensor() {
      return reading.sensor();
    }
  }

  /** {@code at} and {@code nanos} as in {@link Reading}. */
  record Missed(String sensor, Instant at, long nanos, Fault fault) implements Sample {}

  /** Where samples go; called on the sensor's thread, may block for a commit, must not throw. */
  @FunctionalInterface
  interface Sink {
    void accept(Sample sample);
  }
}
