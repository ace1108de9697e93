package org.cityedge.video;

import java.util.ArrayList;
import java.util.List;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.crowd.CrowdDetector;
import org.cityedge.video.smoke.SmokeDetector;

/** The detectors that a camera's configuration asks for. */
public final class Detectors {
  private Detectors() {}

  /**
   * New detectors, smoke first; the caller closes them.
   *
   * @throws UnsatisfiedLinkError when OpenCV cannot be loaded
   */
  public static List<Detector> of(CameraConfig config) {
    List<Detector> detectors = new ArrayList<>();
    if (config.detect().contains(Kind.SMOKE)) {
      detectors.add(new SmokeDetector(config));
    }
    if (config.detect().contains(Kind.CROWD)) {
      detectors.add(new CrowdDetector(config));
    }
    return List.copyOf(detectors);
  }
}
