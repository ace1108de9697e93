package org.cityedge.drivers.gpio;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Keeps a contact active for longer than its line is: at least {@code hold} from the moment it
 * became active, so that a push button or a detector's short pulse is seen by rules and people; and
 * until the line has been inactive for {@code latch} without a break, so that a detector that
 * flickers is one alarm and not twenty. Time is passed in. Confined to one thread.
 */
final class Latch {
  private final long holdNanos;
  private final long latchNanos;
  private boolean shown;
  private boolean level;
  private long activeNanos;
  private long inactiveNanos;

  Latch(Duration hold, Duration latch) {
    this.holdNanos = hold.toNanos();
    this.latchNanos = latch.toNanos();
  }

  /** The line's level from a moment on. */
  void level(boolean active, long nanos) {
    if (active && !shown) {
      shown = true;
      activeNanos = nanos;
    }
    if (!active && level) {
      inactiveNanos = nanos;
    }
    level = active;
  }

  /** When the contact becomes inactive if the line stays as it is; empty when it does not. */
  OptionalLong endNanos() {
    if (!shown || level) {
      return OptionalLong.empty();
    }
    long held = activeNanos + holdNanos;
    long cleared = inactiveNanos + latchNanos;
    return OptionalLong.of(held - cleared > 0 ? held : cleared);
  }

  /** Lets the contact become inactive when its time has come; whether it just has. */
  boolean ends(long nanos) {
    OptionalLong end = endNanos();
    if (end.isEmpty() || nanos - end.getAsLong() < 0) {
      return false;
    }
    shown = false;
    return true;
  }

  /** What the contact is taken for. */
  boolean isActive() {
    return shown;
  }
}
