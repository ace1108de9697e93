package org.cityedge.video;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.crowd.CrowdDetector;
import org.cityedge.video.model.Model;
import org.cityedge.video.model.ModelCrowd;
import org.cityedge.video.model.ModelException;
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

  /**
   * The same, with people counted by a model where the camera looks for crowding.
   *
   * @param sidecar the model's {@code NAME.json}
   * @param failed told once, when the model fails later on; the classical count goes on alone
   * @throws ModelException when the model cannot be used; no detector is left open
   */
  public static List<Detector> of(
      CameraConfig config, Path sidecar, Consumer<ModelException> failed) throws ModelException {
    Model model = Model.open(sidecar);
    List<Detector> detectors = new ArrayList<>(of(config));
    try {
      if (config.detect().contains(Kind.CROWD)) {
        Detector classical = detectors.getLast();
        detectors.set(detectors.size() - 1, new ModelCrowd(config, classical, model, failed));
      } else {
        model.close();
      }
      return List.copyOf(detectors);
    } catch (ModelException e) {
      detectors.forEach(Detector::close);
      model.close();
      throw e;
    }
  }
}
