package org.cityedge.video;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.config.Section;
import org.cityedge.video.Observation.Kind;

/**
 * A network that a camera's configuration names for one of the things it looks for.
 *
 * @param file the sidecar in the folder of models, {@code NAME.json}
 * @param sha256 of the sidecar, 64 hexadecimal digits. The sidecar has the network's own, so a
 *     signed configuration settles both
 * @param mode what the network has to say beside the classical detector
 */
public record ModelUse(String file, String sha256, Mode mode) {
  // Above all it cannot leave the folder; and it fits into an alert's detector, 64 characters.
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}\\.json");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Who decides. In each of them the classical detector alone does while the network cannot. */
  public enum Mode {
    /** The classical detector alone; the model may lie there, unused. */
    CLASSICAL,
    /** The network. */
    ONNX,
    /** What the classical detector sees and the network does not deny. */
    AND,
    /** What either sees. */
    OR
  }

  /** By kind; only of what the camera looks for. */
  static Map<Kind, ModelUse> read(Section camera, Set<Kind> detect) {
    Map<Kind, ModelUse> uses = new EnumMap<>(Kind.class);
    camera
        .section("models")
        .ifPresent(
            models -> {
              for (Kind kind : Kind.values()) {
                String word = Section.wordFor(kind);
                models
                    .section(word)
                    .ifPresent(
                        use -> {
                          uses.put(kind, read(use));
                          if (!detect.contains(kind)) {
                            models.problem(
                                word, "is not looked for by this camera; add it to detect");
                          }
                        });
              }
            });
    return Map.copyOf(uses);
  }

  private static ModelUse read(Section use) {
    return new ModelUse(
        use.text("file", FILE, "the name of a sidecar, NAME.json"),
        use.text("sha256", SHA256, "64 of 0-9 and a-f, as sha256sum prints them of the sidecar"),
        use.word("mode", Mode.class, Mode.AND));
  }
}
