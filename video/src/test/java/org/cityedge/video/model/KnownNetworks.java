package org.cityedge.video.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.cityedge.config.Sha256;

/**
 * Sidecars of networks for people that lie beside the repository, not in it: their licences do not
 * all allow that. Thresholds and sizes are their authors'.
 */
final class KnownNetworks {
  /** From a module's folder. */
  static final Path FOOTAGE = Path.of("../../shared/footage");

  private static final String FASTEST =
      "\"size\": 352, \"channels\": \"bgr\", \"fit\": \"stretch\", \"std\": [255, 255, 255],";
  private static final String NANODET =
      "\"layout\": \"nanodet\", \"channels\": \"bgr\", \"fit\": \"letterbox\","
          + " \"mean\": [103.53, 116.28, 123.675], \"std\": [57.375, 57.12, 58.395],";

  /** By the network's name. */
  static final Map<String, String> SIDECARS = new LinkedHashMap<>();

  static {
    SIDECARS.put("FastestDet", FASTEST + "\"layout\": \"fastestdet\", \"score\": 0.65");
    SIDECARS.put(
        "yolo-fastestv2",
        FASTEST
            + "\"layout\": \"yolo-fastestv2\", \"score\": 0.3, \"anchors\": [[12.64, 19.39],"
            + " [37.88, 51.48], [55.71, 138.31], [126.91, 78.23], [131.57, 214.55],"
            + " [279.92, 258.87]]");
    SIDECARS.put("nanodet_320", NANODET + "\"size\": 320, \"score\": 0.4");
    SIDECARS.put("nanodet_m_416", NANODET + "\"size\": 416, \"score\": 0.5");
  }

  private KnownNetworks() {}

  /** Copies a network into a folder of models; returns its sidecar there. */
  static Path bring(String name, Path models, Path to) throws IOException {
    byte[] network = Files.readAllBytes(models.resolve(name + ".onnx"));
    Files.write(to.resolve(name + ".onnx"), network);
    return Files.writeString(
        to.resolve(name + ".json"),
        "{\"sha256\": \"%s\", \"classes\": {\"person\": 0}, %s}"
            .formatted(Sha256.hex(network), SIDECARS.get(name)));
  }
}
