package org.cityedge.video;

import java.util.List;

/**
 * Looks at the frames of one camera in order of their time and says what it sees. Stateful and
 * confined to one thread; deterministic: the same frames and times give the same observations. Owns
 * native memory until {@link #close}.
 */
public interface Detector extends AutoCloseable {
  /**
   * One observation per zone, at least one. Frames may change their size; the detector then learns
   * anew.
   */
  List<Observation> observe(Frame frame);

  @Override
  void close();
}
