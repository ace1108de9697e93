package org.cityedge.video.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;
import org.cityedge.config.Sha256;

/**
 * A model's sidecar: what has to be known to use it. An input value is {@code (p * scale - mean) /
 * std} of a pixel {@code p} of 0..255.
 *
 * @param file the sidecar; the network lies beside it, with the ending {@code .onnx}
 * @param sha256 of the network's file, 64 hexadecimal digits
 * @param size width and height of the input, pixels; 32..1280, a multiple of 32
 * @param pad 0..255, what surrounds the picture
 * @param mean of the three channels, in the order of {@code channels}; {@code std} likewise
 * @param classes by the network's index; other classes never leave it
 * @param score 0.01..1, least score of a box
 * @param overlap 0..1, intersection over union from which two boxes are one thing
 * @param anchors pixels; six for {@code yolo-fastestv2}, else none
 */
record ModelCard(
    Path file,
    String sha256,
    Layout layout,
    int size,
    Channels channels,
    Fit fit,
    int pad,
    double scale,
    List<Double> mean,
    List<Double> std,
    Map<Integer, Label> classes,
    double score,
    double overlap,
    List<double[]> anchors) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final double LARGEST = 1000;
  private static final int LARGEST_FILE = 64 << 10;

  enum Channels {
    BGR,
    RGB
  }

  ModelCard {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    classes = Map.copyOf(classes);
    anchors = List.copyOf(anchors);
  }

  /**
   * @throws ModelException when the sidecar is not there or anything in it is wrong; names each
   *     line, what is allowed and what was there
   */
  static ModelCard read(Path file) throws ModelException {
    return parse(file, bytes(file));
  }

  /**
   * The same, of a sidecar that somebody vouches for.
   *
   * @param sha256 64 hexadecimal digits; what is read are the very bytes that have it
   */
  static ModelCard read(Path file, String sha256) throws ModelException {
    byte[] bytes = bytes(file);
    String found = Sha256.hex(bytes);
    if (!found.equals(sha256)) {
      throw new ModelException(
          file
              + ": is damaged or another one: its sha256 is "
              + found
              + ", the configuration says "
              + sha256);
    }
    return parse(file, bytes);
  }

  /** A sidecar's bytes, at most 64 KiB. */
  static byte[] bytes(Path file) throws ModelException {
    if (!file.getFileName().toString().endsWith(".json")) {
      throw new ModelException(file + ": a model is named by its sidecar, NAME.json");
    }
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new ModelException(
            file + ": is " + Files.size(file) + " bytes, at most " + LARGEST_FILE + " are read");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelException(file + ": there is no such file; copy the model there", e);
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static ModelCard parse(Path file, byte[] bytes) throws ModelException {
    try {
      return ConfigLoader.parse(
          file.toString(),
          new String(bytes, StandardCharsets.UTF_8),
          section -> read(file, section));
    } catch (ConfigException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The same with another least score of a box. */
  ModelCard with(double leastScore) {
    return new ModelCard(
        file,
        sha256,
        layout,
        size,
        channels,
        fit,
        pad,
        scale,
        mean,
        std,
        classes,
        leastScore,
        overlap,
        anchors);
  }

  private static ModelCard read(Path file, Section section) {
    Layout layout = section.word("layout", Layout.class);
    int size = section.integer("size", 32, 1280);
    if (size % 32 != 0) {
      section.problem("size", "must be a multiple of 32, was " + size);
    }
    List<double[]> anchors = section.points("anchors", 1, LARGEST);
    int wanted = layout == Layout.YOLO_FASTESTV2 ? 6 : 0;
    if (anchors.size() != wanted) {
      section.problem(
          "anchors",
          "must be "
              + wanted
              + " with layout "
              + Section.wordFor(layout)
              + ", are "
              + anchors.size());
    }
    return new ModelCard(
        file,
        section.text("sha256", SHA256, "64 of 0-9 and a-f, as sha256sum prints them"),
        layout,
        size,
        section.word("channels", Channels.class),
        section.word("fit", Fit.class),
        section.integer("pad", 0, 255, 114),
        section.number("scale", 1e-6, LARGEST, 1),
        three(section, "mean", -LARGEST, 0),
        three(section, "std", 1e-6, 1),
        classes(section),
        section.number("score", 0.01, 1),
        section.number("overlap", 0, 1, 0.45),
        anchors);
  }

  private static List<Double> three(Section section, String key, double min, double fallback) {
    List<Double> values = new ArrayList<>();
    for (String text : section.texts(key)) {
      double value = number(text);
      if (!(value >= min && value <= LARGEST)) {
        section.problem(key, "must be numbers " + min + ".." + LARGEST + ", was " + text);
        return List.of(fallback, fallback, fallback);
      }
      values.add(value);
    }
    if (values.isEmpty()) {
      return List.of(fallback, fallback, fallback);
    }
    if (values.size() != 3) {
      section.problem(key, "must be three numbers, one a channel, are " + values.size());
    }
    return values;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** {@code {person: 0}}: labels with the network's index of each. */
  private static Map<Integer, Label> classes(Section section) {
    Map<Integer, Label> classes = new LinkedHashMap<>();
    section
        .section("classes")
        .ifPresent(
            named -> {
              for (Label label : Label.values()) {
                String word = Section.wordFor(label);
                if (named.has(word) && classes.put(named.integer(word, 0, 999), label) != null) {
                  named.problem(word, "is the index of another class too");
                }
              }
            });
    if (classes.isEmpty()) {
      section.problem(
          "classes", "must name person, smoke or fire with the network's index: {\"person\": 0}");
    }
    return classes;
  }

  /** The file's name without its ending, as an observation's detector carries it. */
  String name() {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - ".json".length());
  }

  /**
   * Pixels of the network's input that a picture's height takes up.
   *
   * @param width of the picture, pixels; height as well
   */
  int rows(int width, int height) {
    return Placement.of(fit, width, height, size).height();
  }

  Path network() {
    return networkOf(file);
  }

  /** The network's file beside a sidecar. */
  static Path networkOf(Path sidecar) {
    String name = sidecar.getFileName().toString();
    return sidecar.resolveSibling(name.substring(0, name.length() - ".json".length()) + ".onnx");
  }

  String layoutWord() {
    return Section.wordFor(layout);
  }
}
