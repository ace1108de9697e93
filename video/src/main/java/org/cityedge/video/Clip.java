package org.cityedge.video;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The seconds around an alert as they may leave the gateway: masked or not at all. */
public sealed interface Clip {
  /**
   * An MP4 with H.264, masked (people and faces pixelated, privacy zones black), that begins with a
   * keyframe and has its index in front.
   *
   * @param file to be read during the call that hands it over; it is gone afterwards
   * @param takenAt wall time of its first picture
   * @param original the same seconds as the camera sent them, unmasked, lent like the file; empty
   *     when they cannot be had or hold a privacy zone
   */
  record Made(Path file, Instant takenAt, Optional<Path> original) implements Clip {}

  /**
   * There is none, because it could not be masked or made; the reason is fit for a log (fails
   * closed).
   */
  record Withheld(String reason) implements Clip {}
}
