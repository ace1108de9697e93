package org.cityedge.video.evidence;

import java.time.Duration;
import org.cityedge.config.Section;

/**
 * The section {@code evidence}, for all cameras.
 *
 * @param clips whether an alert of a camera gets a clip
 * @param before how long before the alert a clip begins, 0..30 s
 * @param after how long after the alert it ends, 1..60 s
 * @param ringBytes most bytes that a camera's last seconds may take in the run folder, 1..256 MiB
 */
public record EvidenceConfig(boolean clips, Duration before, Duration after, long ringBytes) {
  private static final long MIB = 1 << 20;

  /** One file of the ring. */
  static final int SEGMENT_SECONDS = 2;

  /** A keyframe every 10 s at most, the file that is being written, and a late tick. */
  private static final Duration SLACK = Duration.ofSeconds(10 + 2 * SEGMENT_SECONDS + 1);

  /** What holds when the document says nothing: masked clips from 10 s before to 20 s after. */
  public static final EvidenceConfig DEFAULT =
      new EvidenceConfig(true, Duration.ofSeconds(10), Duration.ofSeconds(20), 16 * MIB);

  public static EvidenceConfig read(Section section) {
    return new EvidenceConfig(
        section.flag("clips", DEFAULT.clips),
        section.duration("before", Duration.ZERO, Duration.ofSeconds(30), DEFAULT.before),
        section.duration("after", Duration.ofSeconds(1), Duration.ofSeconds(60), DEFAULT.after),
        section.bytes("ringBytes", MIB, 256 * MIB, DEFAULT.ringBytes));
  }

  /**
   * What the run folder must hold at worst: every camera's ring, and as much for each clip that
   * waits or is being made.
   */
  public long runBytes(int cameras) {
    return (cameras + ClipMaker.WAITING + 1) * ringBytes;
  }

  /** How long the ring must reach back so that it holds a whole clip at its end. */
  Duration span() {
    return before.plus(after).plus(SLACK);
  }
}
