package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation.Region;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real network in the real runtime, see {@link TinyNetwork}. */
class ModelTest {
  @TempDir Path folder;

  @Test
  void findsWhatIsInThePicture() throws Exception {
    try (Model model = Model.open(TinyNetwork.write(folder, "yolov5"))) {
      List<Box> boxes = model.look(frame(0, person(8, 16)));

      assertThat(boxes)
          .containsExactly(new Box(Label.PERSON, 1, 6 / 32.0, 12 / 32.0, 10 / 32.0, 20 / 32.0));
    }
  }

  @Test
  void looksAtAPartOfThePicture() throws Exception {
    try (Model model = Model.open(TinyNetwork.write(folder, "yolov5"))) {
      byte[] bgr = new byte[64 * 64 * 3];
      byte[] box = person(8, 16);
      for (int j = 0; j < box.length; j++) {
        bgr[(32 * 64 + 32 + j) * 3] = box[j];
      }

      List<Box> boxes =
          model.look(new Frame(64, 64, bgr, 0, Instant.EPOCH), new Region(0.5, 0.5, 0.5, 0.5), 0.5);

      assertThat(boxes)
          .containsExactly(new Box(Label.PERSON, 1, 38 / 64.0, 44 / 64.0, 42 / 64.0, 52 / 64.0));
    }
  }

  @Test
  void keepsNoNativeMemoryPerFrame() throws Exception {
    try (Model model = Model.open(TinyNetwork.write(folder, "yolov5"))) {
      model.look(frame(0, person(8, 16)));
      long bytes = Pointer.totalBytes();
      long count = Pointer.totalCount();

      for (int i = 1; i <= 1_000; i++) {
        model.look(frame(i, person(8, 16)));
      }

      assertThat(Pointer.totalBytes()).isEqualTo(bytes);
      assertThat(Pointer.totalCount()).isEqualTo(count);
    }
  }

  @Test
  void saysThatTheNetworkIsMissing() throws Exception {
    Path sidecar = TinyNetwork.write(folder, "yolov5");
    Files.delete(folder.resolve("tiny.onnx"));

    assertUnusable(sidecar, "tiny.onnx: there is no such file; copy it beside its sidecar");
  }

  @Test
  void saysThatTheNetworkIsDamaged() throws Exception {
    Path sidecar = TinyNetwork.write(folder, "yolov5");
    Files.writeString(folder.resolve("tiny.onnx"), "half of it");

    assertUnusable(sidecar, "tiny.onnx: is damaged or another one: its sha256 is ");
  }

  @Test
  void saysThatTheFileIsNoNetwork() throws Exception {
    byte[] text = "not a network".getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("tiny.onnx"), text);

    assertUnusable(TinyNetwork.sidecar(folder, "yolov5", text), "tiny.onnx: OpenCV cannot run it");
  }

  @Test
  void saysThatTheSidecarNamesTheWrongLayout() throws Exception {
    assertUnusable(
        TinyNetwork.write(folder, "nanodet"),
        "the network's outputs are [[384, 8]], layout nanodet");
  }

  @Test
  void saysThatTheSidecarIsNotTheOneThatTheConfigurationMeans() throws Exception {
    Path sidecar = TinyNetwork.write(folder, "yolov5");
    String sha256 = TinyNetwork.sha256(Files.readAllBytes(sidecar));
    assertThat(ModelCard.read(sidecar, sha256).name()).isEqualTo("tiny");
    Files.writeString(sidecar, Files.readString(sidecar).replace("0.5", "0.1"));

    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelCard.read(sidecar, sha256))
        .withMessageContaining("tiny.json: is damaged or another one");
  }

  private static void assertUnusable(Path sidecar, String reason) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> Model.open(sidecar))
        .withMessageContaining(reason);
  }

  /** Four pixels wide and eight high around a point. */
  private static byte[] person(int x, int y) {
    return new byte[] {(byte) x, (byte) y, 4, 8, 1, 1, 0, 0};
  }

  /** Half a second after the one before. */
  private static Frame frame(int index, byte[]... boxes) {
    int size = TinyNetwork.SIZE;
    byte[] bgr = new byte[size * size * 3];
    Arrays.fill(bgr, (byte) 100);
    for (int i = 0; i < bgr.length; i += 3) {
      bgr[i] = 0;
    }
    for (int i = 0; i < boxes.length; i++) {
      for (int j = 0; j < boxes[i].length; j++) {
        bgr[(i * 8 + j) * 3] = boxes[i][j];
      }
    }
    long nanos = index * 500_000_000L;
    return new Frame(size, size, bgr, nanos, Instant.ofEpochSecond(0, nanos));
  }
}
