package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real network in the real runtime, see {@link TinyNetwork}. */
class ModelTest {
  private static final Zone LEFT = Cameras.box("left", 0, 0, 0.5, 1);
  private static final Zone RIGHT = Cameras.box("right", 0.5, 0, 1, 1);

  @TempDir Path folder;

  private final List<ModelException> failures = new ArrayList<>();

  @Test
  void findsWhatIsInThePicture() throws Exception {
    try (Model model = Model.open(TinyNetwork.write(folder, "yolov5"))) {
      List<Box> boxes = model.look(frame(0, person(8, 16)));

      assertThat(boxes)
          .containsExactly(new Box(Label.PERSON, 1, 6 / 32.0, 12 / 32.0, 10 / 32.0, 20 / 32.0));
    }
  }

  @Test
  void countsPeopleByTheZoneTheyStandIn() throws Exception {
    List<Observation> seen = watch(List.of(LEFT, RIGHT), List.of());

    assertThat(seen).extracting(Observation::zone).containsExactly("left", "right");
    assertThat(seen).extracting(look -> look.persons().orElseThrow()).containsExactly(1.0, 2.0);
    assertThat(seen).extracting(Observation::detector).containsOnly("crowd-tiny/1");
    assertThat(seen.getLast().regions()).hasSize(2);
    assertThat(seen.getLast().features().get("persons_high")).isGreaterThanOrEqualTo(2 * 1.3);
    assertThat(seen.getLast().features().get("persons_low")).isLessThanOrEqualTo(2 / 1.3);
    assertThat(failures).isEmpty();
  }

  @Test
  void countsNobodyInAnIgnoredPart() throws Exception {
    List<Observation> seen = watch(List.of(), List.of(RIGHT));

    assertThat(seen.getFirst().persons()).hasValue(1);
  }

  private List<Observation> watch(List<Zone> zones, List<Zone> ignore) throws Exception {
    CameraConfig camera = Cameras.watching(zones, ignore, Kind.CROWD);
    List<Detector> detectors =
        Detectors.of(camera, TinyNetwork.write(folder, "yolov5"), failures::add);
    try {
      List<Observation> seen = List.of();
      for (int i = 0; i < 10; i++) {
        seen = detectors.getFirst().observe(frame(i, person(8, 16), person(20, 8), person(28, 24)));
      }
      return seen;
    } finally {
      detectors.forEach(Detector::close);
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
  void saysThatAModelWithoutPeopleCannotCountThem() throws Exception {
    Path sidecar = TinyNetwork.write(folder, "yolov5");
    Files.writeString(sidecar, Files.readString(sidecar).replace("\"person\": 0, ", ""));

    assertUnusable(sidecar, "tiny: the model has no class person");
  }

  private void assertUnusable(Path sidecar, String reason) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> Detectors.of(Cameras.watching(Kind.CROWD), sidecar, failures::add))
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
