package org.cityedge.video;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Notices that the wall clock was set while a stream is recorded. The packets' times are those of
 * the wall clock: set back, no file would be finished until it is where it was; set forward, a
 * picture would stand still for as long. So the stream is to be opened anew, but at most once in
 * {@link #APART}: two time daemons that set the clock to and fro would else leave no picture.
 * Confined to the camera's thread.
 */
public final class ClockStep {
  /** Two openings anew are at least so far apart, longer than a stream needs to be a good one. */
  static final Duration APART = Duration.ofMinutes(1);

  /** NTP slews what is less; a file of two seconds is only shorter or longer by it. */
  private static final long LEAST = Duration.ofSeconds(1).toNanos();

  private final InstantSource clock;
  private final LongSupplier nanos;
  private long ahead;
  private boolean asked;
  private long askedAt;
  private boolean putOff;
  private long putOffAt;

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

  /**
   * Whether the stream is to be opened anew now: the wall clock is more than a second either way
   * from where it was at {@link #begin}, and this was not said within {@link #APART}.
   */
  public boolean asksAnew() {
    if (Math.abs(ahead() - ahead) <= LEAST) {
      return false;
    }
    long now = nanos.getAsLong();
    if (asked && now - askedAt < APART.toNanos()) {
      putOff = true;
      putOffAt = now;
      return false;
    }
    asked = true;
    askedAt = now;
    return true;
  }

  /** Whether a step had to be left alone within the last {@link #APART}, so that clips may lack. */
  public boolean isRestless() {
    return putOff && nanos.getAsLong() - putOffAt < APART.toNanos();
  }

  /** How far the wall clock is ahead of the monotonic one, in nanoseconds. */
  private long ahead() {
    return Duration.between(Instant.EPOCH, clock.instant()).toNanos() - nanos.getAsLong();
  }
}
