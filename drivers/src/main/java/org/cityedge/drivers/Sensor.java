package org.cityedge.drivers;

/**
 * One sensor at work.
 *
 * <p>{@link #start} once, returns at once; samples then arrive one at a time and in order, on
 * threads that may wait for a slow sink without delaying other sensors, until {@link #close} has
 * returned. A sensor that cannot be reached says so in a {@link Sample.Missed} and goes on trying
 * with back-off.
 */
public interface Sensor extends AutoCloseable {
  String id();

  void start(Sample.Sink sink);

  /** Tells it to end, without waiting, where {@link #close} may take long: many end at once. */
  default void stop() {}

  /**
   * Any number of times, also before {@link #start} and after a failed one. Afterwards nothing more
   * is emitted.
   */
  @Override
  void close();
}
