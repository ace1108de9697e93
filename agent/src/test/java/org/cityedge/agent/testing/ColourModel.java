package org.cityedge.agent.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.cityedge.config.Sha256;

/**
 * A network of 500 bytes that nobody trained: in what it looks at it sees smoke as surely as that
 * is blue and a person as surely as it is red, on average and 1 for 255. It is what {@code
 * TinyNetwork.colour} of the video module's tests writes.
 */
public final class ColourModel {
  private static final Path NETWORK = Path.of("src/test/resources/models/colour.onnx");

  private ColourModel() {}

  /**
   * Writes network and sidecar into a gateway's folder of models.
   *
   * @param score least score of a box
   * @return how a configuration names it: {@code file: …, sha256: …}
   */
  public static String write(Path folder, String name, double score) throws IOException {
    return write(folder, name, score, "\"person\": 0, \"smoke\": 2");
  }

  /** The same of a network that takes what is bright, grey as well, for smoke. */
  public static String writeOfBright(Path folder, String name, double score) throws IOException {
    return write(folder, name, score, "\"smoke\": 0");
  }

  private static String write(Path folder, String name, double score, String classes)
      throws IOException {
    byte[] network = Files.readAllBytes(NETWORK);
    Files.createDirectories(folder);
    Files.write(folder.resolve(name + ".onnx"), network);
    String sidecar =
        String.format(
            Locale.ROOT,
            "{\"sha256\": \"%s\", \"layout\": \"yolov5\", \"size\": 256, \"channels\": \"bgr\","
                + " \"fit\": \"stretch\", \"std\": [255, 255, 255],"
                + " \"classes\": {%s}, \"score\": %s}",
            Sha256.hex(network),
            classes,
            score);
    Path file = Files.writeString(folder.resolve(name + ".json"), sidecar);
    return "file: %s.json, sha256: %s".formatted(name, Sha256.hex(Files.readAllBytes(file)));
  }
}
