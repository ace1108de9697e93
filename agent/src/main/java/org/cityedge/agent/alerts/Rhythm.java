package org.cityedge.agent.alerts;

import java.time.Duration;

/**
 * How often one channel gives something good, as far as it has been heard: another rhythm than the
 * sensor's, such as of a battery that is told once a day. Guarded by the lock of its {@link
 * Incident}; times are monotonic nanoseconds.
 */
final class Rhythm {
  /** Gaps that a channel may be left out for. */
  private static final int PATIENCE = 3;

  /** Leaves a reading that is on its way its time. */
  static final long LATE = Duration.ofSeconds(10).toNanos();

  private final long silence;
  private boolean heard;

  /** Whether two readings have been heard that are not of one message. */
  private boolean known;

  private long firstNanos;
  private long lastNanos;
  private long longestNanos;

  /**
   * @param silence one and a half intervals of the sensor
   */
  Rhythm(long silence) {
    this.silence = silence;
  }

  /** What was learnt before a restart; the channel is waited for from now on. */
  void resume(long longest, long now) {
    heard = true;
    known = true;
    longestNanos = longest;
    firstNanos = now;
    lastNanos = now;
  }

  void hear(long now) {
    if (!heard) {
      heard = true;
      firstNanos = now;
    } else {
      long gap = now - lastNanos;
      // What was missing for a week must not be waited for three weeks the next time.
      long learnt = known ? Math.min(gap, PATIENCE * longestNanos) : gap;
      longestNanos = Math.max(longestNanos, learnt);
      known |= now - firstNanos >= silence / 2;
    }
    lastNanos = now;
  }

  /** The sensor is heard again. */
  void goOn(long now) {
    lastNanos = now;
  }

  boolean isHeard() {
    return heard;
  }

  /** The longest gap between two good readings; 0 when it is not known. */
  long longest() {
    return known ? longestNanos : 0;
  }

  /** Whether it was left out for too long of what the sensor has said until now. */
  boolean isBroken(long now) {
    long gap = now - lastNanos;
    return known && gap >= silence + LATE && gap > PATIENCE * longestNanos;
  }

  /** For how long it may give rubbish: one and a half intervals, its own or the sensor's. */
  long silence() {
    return Math.max(silence, longest() + longest() / 2);
  }
}
