package org.cityedge.video.evidence;

import java.time.Duration;

/**
 * A ring whose bytes hold less than a clip, so that clips lack their first seconds.
 *
 * @param held how far back it reaches
 * @param needed how far back it has to reach
 * @param ringBytes that would hold so much of the same stream, in whole MiB
 */
record Shortfall(Duration held, Duration needed, long ringBytes) {
  private static final long MIB = 1 << 20;

  /**
   * @param heldNanos what {@code bytes} hold; anything below a second counts as one
   * @param neededNanos what they are to hold
   */
  static Shortfall of(long heldNanos, long neededNanos, long bytes) {
    double seconds = Math.max(1, heldNanos / 1e9);
    long wanted = (long) Math.ceil(bytes / seconds * (neededNanos / 1e9) / MIB) * MIB;
    return new Shortfall(Duration.ofNanos(heldNanos), Duration.ofNanos(neededNanos), wanted);
  }

  /** Two numbers and what to do, without a full stop. */
  String words() {
    String cure =
        ringBytes <= EvidenceConfig.MOST_RING_BYTES
            ? "it must be " + ringBytes / MIB + "MiB"
            : "the camera's bit rate must be lower";
    return "evidence.ringBytes holds %d s of %d s; %s"
        .formatted(held.toSeconds(), Math.ceilDiv(needed.toMillis(), 1000L), cure);
  }
}
