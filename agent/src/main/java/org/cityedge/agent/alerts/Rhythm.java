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

  /** The longest gap is that of the last one to two times so many. */
  static final int REMEMBERED = 256;

  /** Leaves a reading that is on its way its time. */
  static final long LATE = Duration.ofSeconds(10).toNanos();

  private final long silence;
  private boolean heard;

  /** Whether two readings have been heard that are not of one message. */
  private boolean known;

  private long firstNanos;
  private long lastNanos;

  /** Of the gaps that are counted, and of the {@value #REMEMBERED} before them. */
  private long longestNow;

  private long longestBefore;
  private int gaps;

  /** Whether the last gap was longer than its rhythm allows. */
  private boolean broken;

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
    longestBefore = longest;
    firstNanos = now;
    lastNanos = now;
  }

  /** It gives something good. */
  void hear(long now) {
    if (!heard) {
      heard = true;
      firstNanos = now;
    } else {
      // One that was told as a loss is a loss; two in a row are a slower rhythm.
      boolean slower = broken;
      broken = isBroken(now);
      if (!broken || slower) {
        learn(now - lastNanos);
      }
      known |= now - firstNanos >= silence / 2;
    }
    lastNanos = now;
  }

  /** It gives something good after rubbish, in which the gap says nothing of its rhythm. */
  void recover(long now) {
    if (heard) {
      goOn(now);
    } else {
      hear(now);
    }
  }

  private void learn(long gap) {
    // What was missing for a week must not be waited for three weeks the next time.
    longestNow = Math.max(longestNow, known ? Math.min(gap, PATIENCE * longest()) : gap);
    gaps++;
    if (gaps >= REMEMBERED) {
      longestBefore = longestNow;
      longestNow = 0;
      gaps = 0;
    }
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
    return known ? Math.max(longestNow, longestBefore) : 0;
  }

  /** Whether it was left out for too long of what the sensor has said until now. */
  boolean isBroken(long now) {
    long gap = now - lastNanos;
    return known && gap >= silence + LATE && gap > PATIENCE * longest();
  }

  /** For how long it may give rubbish: one and a half intervals, its own or the sensor's. */
  long silence() {
    return Math.max(silence, longest() + longest() / 2);
  }
}
