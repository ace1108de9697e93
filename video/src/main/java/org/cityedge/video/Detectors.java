package org.cityedge.video;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.crowd.CrowdDetector;
import org.cityedge.video.model.Models;
import org.cityedge.video.smoke.SmokeDetector;
import org.jspecify.annotations.Nullable;

/** The detectors that a camera's configuration asks for. */
public final class Detectors {
  private Detectors() {}

  /** The classical ones alone, whatever models the camera names. */
  public static List<Detector> of(CameraConfig config) {
    return of(config.with(Map.of()), new Models(Path.of(Models.FOLDER)));
  }

  /**
   * New detectors, smoke first; the caller closes them.
   *
   * @param models the gateway's networks; one that cannot be used is told there, and the classical
   *     detector goes on alone
   * @throws UnsatisfiedLinkError when OpenCV cannot be loaded
   */
  public static List<Detector> of(CameraConfig config, Models models) {
    List<Detector> detectors = new ArrayList<>();
    if (config.detect().contains(Kind.SMOKE)) {
      ModelUse use = used(config, Kind.SMOKE);
      detectors.add(use == null ? new SmokeDetector(config) : models.smoke(config, use));
    }
    if (config.detect().contains(Kind.CROWD)) {
      ModelUse use = used(config, Kind.CROWD);
      detectors.add(use == null ? new CrowdDetector(config) : models.crowd(config, use));
    }
    return List.copyOf(detectors);
  }

  private static @Nullable ModelUse used(CameraConfig config, Kind kind) {
    ModelUse use = config.models().get(kind);
    return use == null || use.mode() == Mode.CLASSICAL ? null : use;
  }
}
