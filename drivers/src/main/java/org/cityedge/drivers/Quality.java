package org.cityedge.drivers;

/** How far a reading can be trusted (wire.md §5). Only {@link #GOOD} drives alerts. */
public enum Quality {
  GOOD,
  /** Older than the sensor's expected interval. */
  STALE,
  /** Outside the sensor's plausible range. */
  RANGE,
  /** Unchanged for longer than the sensor can be. */
  STUCK,
  /** The way to the sensor is disturbed. */
  COMM,
  /** The sensor is warming up. */
  INIT,
  /** Made up: a simulated line. Never leaves without {@code status: Test}. */
  SIM
}
