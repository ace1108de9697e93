package org.cityedge.video.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A network without weights, written by hand (ONNX's onnx.proto): it takes its input, {@code [1, 3,
 * 32, 32]}, for the answer {@code [1, 384, 8]}. So a test paints boxes into a picture, eight pixels
 * of blue for each: x, y, width, height, objectness, and the scores of person, car and smoke.
 */
final class TinyNetwork {
  static final int SIZE = 32;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private TinyNetwork() {}

  /** Writes {@code tiny.onnx} and its sidecar, which is returned. */
  static Path write(Path folder, String layout) throws Exception {
    byte[] network = network();
    Files.write(folder.resolve("tiny.onnx"), network);
    return sidecar(folder, layout, network);
  }

  static Path sidecar(Path folder, String layout, byte[] network) throws Exception {
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(network));
    return Files.writeString(
        folder.resolve("tiny.json"),
        """
        {"sha256": "%s", "layout": "%s", "size": 32, "channels": "bgr", "fit": "stretch",
         "classes": {"person": 0, "smoke": 2}, "score": 0.5}
        """
            .formatted(sha256, layout));
  }

  private static byte[] network() {
    byte[] shape =
        ByteBuffer.allocate(24)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(1)
            .putLong(384)
            .putLong(8)
            .array();
    TinyNetwork node =
        new TinyNetwork().text(1, "in").text(1, "shape").text(2, "out").text(4, "Reshape");
    TinyNetwork constant = new TinyNetwork().number(1, 3).number(2, 7).text(8, "shape");
    constant.field(9, shape);
    TinyNetwork graph =
        new TinyNetwork()
            .part(1, node)
            .text(2, "tiny")
            .part(5, constant)
            .part(11, value("in", 1, 3, SIZE, SIZE))
            .part(12, value("out", 1, 384, 8));
    return new TinyNetwork()
        .number(1, 7)
        .part(7, graph)
        .part(8, new TinyNetwork().number(2, 12))
        .bytes
        .toByteArray();
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
