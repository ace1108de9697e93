package org.cityedge.agent.alerts;

import org.jspecify.annotations.Nullable;

/**
 * Whether a flag comes in each message of its sensor: only then is one missed that is left out. A
 * flag that comes when it changes tells nothing twice, and is left out of the messages in between.
 * Guarded by the lock of its {@link Incident}; times are monotonic nanoseconds.
 */
final class Attendance {
  /** How often, in messages in a row, it must have told what it had told before. */
  static final int SURE = 5;

  private final long apart;
  private int repeats;
  private long countedNanos;
  private @Nullable Boolean told;
  private long cameNanos;
  private boolean leftOut;

  /**
   * @param apart from one counted message to the next: a burst of events counts once
   */
  Attendance(long apart) {
    this.apart = apart;
  }

  /** It was sure before a restart. */
  void resume(long now) {
    repeats = SURE;
    cameNanos = now;
  }

  /**
   * It has told something good.
   *
   * @return whether it begins anew, since a message before had nothing of it
   */
  boolean hear(boolean state, long now) {
    boolean anew = leftOut;
    if (anew) {
      leftOut = false;
      repeats = 0;
      told = null;
    }
    if (told == null) {
      countedNanos = now;
    } else if (told == state && now - countedNanos >= apart) {
      repeats = Math.min(SURE, repeats + 1);
      countedNanos = now;
    }
    told = state;
    come(now);
    return anew;
  }

  /** The message has something of it, good or not. */
  void come(long now) {
    cameNanos = now;
  }

  /**
   * A message of that moment is over.
   *
   * @param messageNanos when the first of it came
   */
  void end(long messageNanos) {
    leftOut |= cameNanos - messageNanos < 0;
  }

  boolean isSure() {
    return repeats >= SURE;
  }
}
