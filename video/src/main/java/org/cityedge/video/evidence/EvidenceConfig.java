package org.cityedge.video.evidence;

import java.time.Duration;
import java.util.Collection;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;

/**
 * The section {@code evidence}, for all cameras.
 *
 * @param clips whether an alert of a camera gets a clip
 * @param before how long before the alert a clip begins, 0..30 s
 * @param after how long after the alert it ends, 1..60 s
 * @param ringBytes most bytes that a camera's last seconds may take in the run folder, 1..256 MiB,
 *     and once more where it has a stream for evidence
 * @param keep how long masked pictures and clips are kept, 1 h..30 d
 * @param originals what is kept of them unmasked
 */
public record EvidenceConfig(
    boolean clips,
    Duration before,
    Duration after,
    long ringBytes,
    Duration keep,
    Originals originals) {
  private static final long MIB = 1 << 20;

  /**
   * Unmasked stills and clips, sealed, on the gateway alone.
   *
   * @param keep for how long, 0..3 d; with 0 there are none
   * @param maxBytes of all of them, 8 MiB..64 GiB, beside what the event store may take
   */
  public record Originals(Duration keep, long maxBytes) {
    static final Originals DEFAULT = new Originals(Duration.ofDays(1), 128 * MIB);

    static Originals read(Section section) {
      return new Originals(
          section.duration("keep", Duration.ZERO, Duration.ofDays(3), DEFAULT.keep),
          section.bytes("maxBytes", 8 * MIB, 64L << 30, DEFAULT.maxBytes));
    }

    public boolean areKept() {
      return !keep.isZero();
    }
  }

  static final long MOST_RING_BYTES = 256 * MIB;

  /** One file of the ring. */
  static final int SEGMENT_SECONDS = 2;

  /** A keyframe every 10 s at most, the file that is being written, and a late tick. */
  private static final Duration SLACK = Duration.ofSeconds(10 + 2 * SEGMENT_SECONDS + 1);

  /** What holds when the document says nothing: masked clips from 10 s before to 20 s after. */
  public static final EvidenceConfig DEFAULT =
      new EvidenceConfig(
          true,
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          16 * MIB,
          Duration.ofDays(3),
          Originals.DEFAULT);

  /** The same, and what is kept already is kept as long as by either, and as much of it. */
  public EvidenceConfig sparing(EvidenceConfig other) {
    return new EvidenceConfig(
        clips,
        before,
        after,
        ringBytes,
        longer(keep, other.keep),
        new Originals(
            longer(originals.keep, other.originals.keep),
            Math.max(originals.maxBytes, other.originals.maxBytes)));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  public static EvidenceConfig read(Section section) {
    return new EvidenceConfig(
        section.flag("clips", DEFAULT.clips),
        section.duration("before", Duration.ZERO, Duration.ofSeconds(30), DEFAULT.before),
        section.duration("after", Duration.ofSeconds(1), Duration.ofSeconds(60), DEFAULT.after),
        section.bytes("ringBytes", MIB, MOST_RING_BYTES, DEFAULT.ringBytes),
        section.duration("keep", Duration.ofHours(1), Duration.ofDays(30), DEFAULT.keep),
        section.section("originals").map(Originals::read).orElse(Originals.DEFAULT));
  }

  /**
   * What the run folder must hold at worst: every stream's ring; for each clip that waits or is
   * being made as much of each stream of its camera; and what is made of one, the masked file, and
   * the original, for which one stream's segments are copied.
   */
  public long runBytes(Collection<CameraConfig> cameras) {
    int rings = cameras.stream().mapToInt(EvidenceConfig::streams).sum();
    int most = cameras.stream().mapToInt(EvidenceConfig::streams).max().orElse(1);
    boolean original = originals.areKept() && cameras.stream().anyMatch(c -> c.privacy().isEmpty());
    return (rings + (ClipMaker.WAITING + 1L) * most + (original ? 1 : 0)) * ringBytes
        + ClipMaker.mostBytes(clip(), ClipCutter.width(most > 1));
  }

  /** How many of a camera's streams are recorded. */
  private static int streams(CameraConfig camera) {
    return camera.source().main().isPresent() ? 2 : 1;
  }

  /** Length of a clip. */
  Duration clip() {
    return before.plus(after);
  }

  /** How long the ring must reach back so that it holds a whole clip at its end. */
  Duration span() {
    return clip().plus(SLACK);
  }
}
