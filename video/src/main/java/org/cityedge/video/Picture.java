package org.cityedge.video;

import java.time.Instant;

/** Evidence as it may leave the gateway. */
public sealed interface Picture {
  /** A JPEG, masked (people and faces pixelated), at most 64 KiB. */
  record Masked(byte[] jpeg, Instant takenAt) implements Picture {}

  /**
   * No picture leaves, because it could not be masked or made; the reason is fit for a log (fails
   * closed).
   */
  record Withheld(String reason) implements Picture {}
}
