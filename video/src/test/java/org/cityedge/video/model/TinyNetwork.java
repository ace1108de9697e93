package org.cityedge.video.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.cityedge.video.ModelUse;

/**
 * Networks without training, written by hand. The first (ONNX's onnx.proto) takes its input, {@code
 * [1, 3, 32, 32]}, for the answer {@code [1, 384, 8]}. So a test paints boxes into a picture, eight
 * pixels of blue for each: x, y, width, height, objectness, and the scores of person, car and
 * smoke.
 */
public final class TinyNetwork {
  public static final int SIZE = 32;

  private static final int LARGE = 256;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private TinyNetwork() {}

  /** Writes {@code tiny.onnx} and its sidecar, which is returned. */
  public static Path write(Path folder, String layout) throws Exception {
    byte[] network = network();
    Files.write(folder.resolve("tiny.onnx"), network);
    return sidecar(folder, layout, network);
  }

  /**
   * Writes {@code colour.onnx}, whose one box is the whole of what it looks at, and its sidecar: a
   * person as surely as that is red, smoke as surely as it is blue, on average and 1 for 255.
   *
   * @param score least score of a box
   */
  public static Path colour(Path folder, double score) throws Exception {
    byte[] network = colourNetwork();
    Files.write(folder.resolve("colour.onnx"), network);
    return Files.writeString(
        folder.resolve("colour.json"),
        """
        {"sha256": "%s", "layout": "yolov5", "size": 256, "channels": "bgr", "fit": "stretch",
         "std": [255, 255, 255], "classes": {"person": 0, "smoke": 2}, "score": %s}
        """
            .formatted(sha256(network), score));
  }

  public static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Mean of each colour; times weights and plus a bias, two boxes of which the second is none. */
  private static byte[] colourNetwork() {
    float[] weights = new float[3 * 16];
    weights[7] = 1; // blue is smoke
    weights[2 * 16 + 5] = 1; // red is a person
    float[] bias = new float[16];
    System.arraycopy(new float[] {LARGE / 2f, LARGE / 2f, LARGE, LARGE, 1}, 0, bias, 0, 5);
    TinyNetwork graph =
        new TinyNetwork()
            .part(1, node("GlobalAveragePool", "mean", "in"))
            .part(1, node("Flatten", "flat", "mean"))
            .part(1, node("Gemm", "boxes", "flat", "weights", "bias"))
            .part(1, node("Reshape", "out", "boxes", "shape"))
            .text(2, "colour")
            .part(5, floats("weights", weights, 3, 16))
            .part(5, floats("bias", bias, 16))
            .part(5, shape(1, 2, 8))
            .part(11, value("in", 1, 3, LARGE, LARGE))
            .part(12, value("out", 1, 2, 8));
    return model(graph);
  }

  private static TinyNetwork node(String type, String output, String... inputs) {
    TinyNetwork node = new TinyNetwork();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(4, type);
  }

  private static TinyNetwork floats(String name, float[] values, int... dimensions) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      raw.putFloat(value);
    }
    TinyNetwork tensor = new TinyNetwork();
    for (int dimension : dimensions) {
      tensor.number(1, dimension);
    }
    return tensor.number(2, 1).text(8, name).field(9, raw.array());
  }

  private static TinyNetwork shape(long... dimensions) {
    ByteBuffer raw = ByteBuffer.allocate(8 * dimensions.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long dimension : dimensions) {
      raw.putLong(dimension);
    }
    return new TinyNetwork()
        .number(1, dimensions.length)
        .number(2, 7)
        .text(8, "shape")
        .field(9, raw.array());
  }

  private static byte[] model(TinyNetwork graph) {
    return new TinyNetwork()
        .number(1, 7)
        .part(7, graph)
        .part(8, new TinyNetwork().number(2, 12))
        .bytes
        .toByteArray();
  }

  /** How a configuration names a model of a folder. */
  public static ModelUse use(Path sidecar, ModelUse.Mode mode) throws Exception {
    return new ModelUse(
        sidecar.getFileName().toString(), sha256(Files.readAllBytes(sidecar)), mode);
  }

  static Path sidecar(Path folder, String layout, byte[] network) throws Exception {
    String sha256 = sha256(network);
    return Files.writeString(
        folder.resolve("tiny.json"),
        """
        {"sha256": "%s", "layout": "%s", "size": 32, "channels": "bgr", "fit": "stretch",
         "classes": {"person": 0, "smoke": 2}, "score": 0.5}
        """
            .formatted(sha256, layout));
  }

  private static byte[] network() {
    TinyNetwork graph =
        new TinyNetwork()
            .part(1, node("Reshape", "out", "in", "shape"))
            .text(2, "tiny")
            .part(5, shape(1, 384, 8))
            .part(11, value("in", 1, 3, SIZE, SIZE))
            .part(12, value("out", 1, 384, 8));
    return model(graph);
  }

  private static TinyNetwork value(String name, int... shape) {
    TinyNetwork dimensions = new TinyNetwork();
    for (int size : shape) {
      dimensions.part(1, new TinyNetwork().number(1, size));
    }
    TinyNetwork tensor = new TinyNetwork().number(1, 1).part(2, dimensions);
    return new TinyNetwork().text(1, name).part(2, new TinyNetwork().part(1, tensor));
  }

  private TinyNetwork text(int field, String text) {
    return field(field, text.getBytes(StandardCharsets.UTF_8));
  }

  private TinyNetwork part(int field, TinyNetwork part) {
    return field(field, part.bytes.toByteArray());
  }

  private TinyNetwork number(int field, int value) {
    varint(field << 3);
    varint(value);
    return this;
  }

  private TinyNetwork field(int field, byte[] content) {
    varint((field << 3) | 2);
    varint(content.length);
    bytes.writeBytes(content);
    return this;
  }

  private void varint(int value) {
    int left = value;
    while (left > 127) {
      bytes.write((left & 127) | 128);
      left >>>= 7;
    }
    bytes.write(left);
  }
}
