package org.cityedge.video;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Notices that the wall clock was set back while a stream is recorded. The packets' times are those
 * of the wall clock, so no file would be finished until it is where it was: the stream is to be
 * opened anew. Confined to the camera's thread.
 */
public final class SetBack {
  /** NTP slews what is less; a file of two seconds is only later by it. */
  private static final long LEAST = Duration.ofSeconds(1).toNanos();

  private final InstantSource clock;
  private final LongSupplier nanos;
  private long ahead;

  /**
   * @param clock wall time
   * @param nanos monotonic time
   */
  public SetBack(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    begin();
  }

  /** A stream is opened. */
  public void begin() {
    ahead = ahead();
  }

  /** Whether the wall clock was set back by more than a second since {@link #begin}. */
  public boolean happened() {
    return ahead() - ahead < -LEAST;
  }

  /** How far the wall clock is ahead of the monotonic one, in nanoseconds. */
  private long ahead() {
    return Duration.between(Instant.EPOCH, clock.instant()).toNanos() - nanos.getAsLong();
  }
}
