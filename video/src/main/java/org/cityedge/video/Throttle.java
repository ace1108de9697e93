package org.cityedge.video;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Leaves pictures out while the board is hot, so that one a second is still looked at: what the
 * smoke detector needs. A camera that is sampled less often than twice a second is not slowed.
 * Confined to the camera's thread.
 */
final class Throttle {
  /** One second, and what an uneven network adds. */
  private static final long LONGEST = Duration.ofMillis(1050).toNanos();

  private final BooleanSupplier hot;
  private final long periodNanos;
  private boolean any;
  private long takenNanos;
  private boolean active;

  /**
   * @param hot asked at every picture
   * @param framesPerSecond how often pictures come at most
   */
  Throttle(BooleanSupplier hot, double framesPerSecond) {
    this.hot = hot;
    periodNanos = (long) (1e9 / framesPerSecond);
  }

  /** Whether the picture is left out: the next one comes in time as well. */
  boolean skips(long nanos) {
    active = hot.getAsBoolean() && 2 * periodNanos <= LONGEST;
    if (active && any && nanos - takenNanos + periodNanos <= LONGEST) {
      return true;
    }
    any = true;
    takenNanos = nanos;
    return false;
  }

  /** Whether pictures are being left out. */
  boolean isActive() {
    return active;
  }
}
