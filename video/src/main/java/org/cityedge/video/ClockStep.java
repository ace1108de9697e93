package org.cityedge.video;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Notices that the wall clock was set while a stream is recorded. The packets' times are those of
 * the wall clock: set back, no file would be finished until it is where it was; set forward, a
 * picture would stand still for as long. So the stream is to be opened anew. Confined to the
 * camera's thread.
 */
public final class ClockStep {
  /** NTP slews what is less; a file of two seconds is only shorter or longer by it. */
  private static final long LEAST = Duration.ofSeconds(1).toNanos();

  private final InstantSource clock;
  private final LongSupplier nanos;
  private long ahead;

  /**
   * @param clock wall time
   * @param nanos monotonic time
   */
  public ClockStep(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    begin();
  }

  /** A stream is opened. */
  public void begin() {
    ahead = ahead();
  }

  /** Whether the wall clock was set by more than a second either way since {@link #begin}. */
  public boolean happened() {
    return Math.abs(ahead() - ahead) > LEAST;
  }

  /** How far the wall clock is ahead of the monotonic one, in nanoseconds. */
  private long ahead() {
    return Duration.between(Instant.EPOCH, clock.instant()).toNanos() - nanos.getAsLong();
  }
}
