package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Path;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.buffer.Clips;
import org.cityedge.video.Clip;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the unmasked beside the masked, under the same id, sealed, in a folder that the uplink does
 * not know: what is asked for from afar is looked up among the masked alone. Any thread.
 *
 * @param masked where the masked goes
 * @param originals with a cap of its own
 */
record Originals(EvidenceShelf masked, Clips originals) implements EvidenceShelf {
  private static final Logger LOG = LoggerFactory.getLogger(Originals.class);

  /** Writes one of them. */
  private interface Put {
    void run() throws IOException;
  }

  @Override
  public void keep(String id, Picture.Masked picture) {
    masked.keep(id, picture);
  }

  @Override
  public void keepOriginal(String id, Original original) {
    put(id, () -> originals.put(id + ".jpg", original.jpeg()));
  }

  @Override
  public Kept keepClip(String id, Clip.Made clip) throws IOException {
    Kept kept = masked.keepClip(id, clip);
    if (clip.original().isPresent()) {
      Path file = clip.original().get();
      put(id, () -> originals.put(id + ".mp4", file));
    }
    return kept;
  }

  private static void put(String id, Put one) {
    try {
      one.run();
    } catch (IOException e) {
      LOG.warn("An original cannot be kept. id={} reason=\"{}\"", id, e.getMessage());
    }
  }
}
