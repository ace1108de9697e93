package org.cityedge.agent.testing;

import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.video.Clip;
import org.cityedge.video.Picture;

/** Forgets all evidence, for tests that are about something else. */
public final class NoShelf implements EvidenceShelf {
  @Override
  public void keep(String id, Picture.Masked picture) {}

  @Override
  public Kept keepClip(String id, Clip.Made clip) {
    return new Kept(1, "0".repeat(64));
  }
}
