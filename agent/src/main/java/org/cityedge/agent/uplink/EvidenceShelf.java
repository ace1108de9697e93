package org.cityedge.agent.uplink;

import java.io.IOException;
import org.cityedge.video.Clip;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;

/** Where masked evidence of alerts is kept until somebody asks for it. Any thread. */
public interface EvidenceShelf {
  /** What an alert says of a kept file. */
  record Kept(long bytes, String sha256) {}

  /** Keeps a picture whose alert was stored; a disk that refuses it is told in the log. */
  void keep(String id, Picture.Masked picture);

  /** Keeps a picture unmasked under the id of its masked one, or forgets it. */
  default void keepOriginal(String id, Original original) {}

  /**
   * Keeps a clip, of which the alert will speak.
   *
   * @param clip its files are only read
   * @throws IOException when it cannot be kept; the reason is fit for a person
   */
  Kept keepClip(String id, Clip.Made clip) throws IOException;
}
