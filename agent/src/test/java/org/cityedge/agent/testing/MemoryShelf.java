package org.cityedge.agent.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.video.Clip;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;

/** Keeps evidence in memory, for tests that only look at what an alert says of it. */
public final class MemoryShelf implements EvidenceShelf {
  /** By id; originals under the id and {@code " original"}. */
  public final Map<String, byte[]> kept = new ConcurrentHashMap<>();

  @Override
  public void keep(String id, Picture.Masked picture) {
    kept.put(id, picture.jpeg());
  }

  @Override
  public void keepOriginal(String id, Original original) {
    kept.put(id + " original", original.jpeg());
  }

  @Override
  public Kept keepClip(String id, Clip.Made clip) throws IOException {
    byte[] bytes = Files.readAllBytes(clip.file());
    kept.put(id, bytes);
    return new Kept(bytes.length, "0".repeat(64));
  }
}
