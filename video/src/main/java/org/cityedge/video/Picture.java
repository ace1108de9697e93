package org.cityedge.video;

import java.time.Instant;
import java.util.Optional;

/** Evidence as it may leave the gateway. */
public sealed interface Picture {
  /**
   * A JPEG, masked (people and faces pixelated), at most 64 KiB.
   *
   * @param annotated the same with the camera's zones and the observation's regions drawn on it
   */
  record Masked(byte[] jpeg, Instant takenAt, Optional<byte[]> annotated) implements Picture {
    public Masked(byte[] jpeg, Instant takenAt) {
      this(jpeg, takenAt, Optional.empty());
    }
  }

  /**
   * No picture leaves, because it could not be masked or made; the reason is fit for a log (fails
   * closed).
   */
  record Withheld(String reason) implements Picture {}
}
