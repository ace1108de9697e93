package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.cityedge.agent.uplink.EvidenceAges;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Seal;
import org.cityedge.video.evidence.EvidenceConfig;

/**
 * The evidence that lies on this gateway until its time is over: the masked, which may leave, and
 * the unmasked, which never does; both sealed with the gateway's own key.
 */
final class KeptEvidence {
  /** What a configuration and its state need on a full disk, with much to spare. */
  static final long ROOM = 1 << 20;

  private final Clips clips;
  private final Clips originals;
  private final Path data;
  private final LongSupplier nanos;
  private volatile List<EvidenceAges> ages;

  private KeptEvidence(
      Clips clips, Clips originals, Path data, EvidenceConfig config, LongSupplier nanos) {
    this.clips = clips;
    this.originals = originals;
    this.data = data;
    this.nanos = nanos;
    this.ages = ages(config);
  }

  /**
   * Opens both folders, which are made where they are missing.
   *
   * @param data the folder that lasts
   * @param nanos monotonic clock
   * @throws IOException when a folder or the key cannot be used
   */
  static KeptEvidence open(Path data, EvidenceConfig config, LongSupplier nanos)
      throws IOException {
    EvidenceFolders folders = EvidenceFolders.in(data);
    Seal seal = new Seal(folders.key());
    Clips clips = Clips.open(folders.clips(), seal);
    return new KeptEvidence(
        clips,
        Clips.open(folders.originals(), seal, config.originals().maxBytes(), clips),
        data,
        config,
        nanos);
  }

  private List<EvidenceAges> ages(EvidenceConfig config) {
    return List.of(
        new EvidenceAges(clips, data.resolve("clips.ages"), config.keep(), nanos),
        new EvidenceAges(
            originals, data.resolve("originals.ages"), config.originals().keep(), nanos));
  }

  Clips clips() {
    return clips;
  }

  Clips originals() {
    return originals;
  }

  /** Other times to keep it; the cap of the unmasked stays as it was opened. */
  void follow(EvidenceConfig config) {
    ages = ages(config);
  }

  /** Once a second, on one thread. */
  void tick() {
    ages.forEach(EvidenceAges::tick);
  }

  /** Gives the disk room at the cost of the oldest masked evidence; how many bytes that freed. */
  long freeRoom() throws IOException {
    long freed = 0;
    for (long next = clips.dropOldest(); next > 0; next = clips.dropOldest()) {
      freed += next;
      if (freed >= ROOM) {
        break;
      }
    }
    return freed;
  }
}
