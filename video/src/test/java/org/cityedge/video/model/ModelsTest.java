package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Scene;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {
  @TempDir Path folder;

  private Models models() {
    return new Models(folder);
  }

  private static Frame frame(double seconds) {
    return Scene.plain(64, 48).clear().frame(seconds);
  }

  private static CameraConfig camera(ModelUse use) {
    return Cameras.watching(Kind.CROWD).with(Map.of(Kind.CROWD, use));
  }

  private static Lens lens(Models models, ModelUse use) {
    return models.lens(camera(use), Kind.CROWD, use);
  }

  /** No network of others lies in the tree. */
  @Test
  void theNetworkOfTheAgentsTestsIsTheOneThatIsWrittenHere() throws Exception {
    TinyNetwork.colour(folder, 0.5);
    assertThat(Path.of("../agent/src/test/resources/models/colour.onnx"))
        .hasSameBinaryContentAs(folder.resolve("colour.onnx"));
  }

  @Test
  void keepsOneCopyOfANetworkForAllCameras() throws Exception {
    ModelUse use = TinyNetwork.use(TinyNetwork.colour(folder, 0.5), Mode.AND);
    long before = Pointer.totalCount();
    Models models = models();
    List<Lens> lenses = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      lenses.add(lens(models, use));
    }

    assertThat(lenses.getFirst().look(frame(0), Model.WHOLE, 1, false)).isPresent();
    long one = Pointer.totalCount();
    for (int i = 1; i < 16; i++) {
      assertThat(lenses.get(i).look(frame(i), Model.WHOLE, 1, false)).isPresent();
    }

    assertThat(Pointer.totalCount()).isEqualTo(one).isGreaterThan(before);
    lenses.forEach(Lens::close);
    lenses.forEach(Lens::close);
    assertThat(Pointer.totalCount()).isEqualTo(before);
    assertThat(models.standings()).isEmpty();
  }

  @Test
  void keepsNoNativeMemoryOverLooks() throws Exception {
    ModelUse use = TinyNetwork.use(TinyNetwork.colour(folder, 0.5), Mode.AND);
    try (Lens lens = lens(models(), use)) {
      assertThat(lens.look(frame(0), Model.WHOLE, 1, false)).isPresent();
      long bytes = Pointer.totalBytes();
      long count = Pointer.totalCount();

      for (int i = 1; i <= 1_000; i++) {
        assertThat(lens.look(frame(i), Model.WHOLE, 1, false)).isPresent();
      }

      assertThat(Pointer.totalBytes()).isEqualTo(bytes);
      assertThat(Pointer.totalCount()).isEqualTo(count);
    }
  }

  @Test
  void tellsADamagedModelAndTakesAMendedOneIntoUse() throws Exception {
    Path sidecar = TinyNetwork.colour(folder, 0.5);
    Path network = folder.resolve("colour.onnx");
    byte[] whole = Files.readAllBytes(network);
    Files.writeString(network, "half of it");
    Models models = models();
    try (Lens lens = lens(models, TinyNetwork.use(sidecar, Mode.AND))) {
      assertThat(models.standings().getFirst().trouble().orElseThrow())
          .contains("colour.onnx: is damaged or another one");
      assertThat(lens.look(frame(0), Model.WHOLE, 1, false)).isEmpty();

      Files.write(network, whole);
      assertThat(lens.look(frame(30), Model.WHOLE, 1, false)).as("not looked at yet").isEmpty();
      assertThat(lens.look(frame(61), Model.WHOLE, 1, false)).isPresent();
      assertThat(models.standings())
          .containsExactly(
              new Models.Standing("test", Kind.CROWD, "colour.json", Optional.empty()));
    }
  }

  @Test
  void triesAModelThatFailedAtItsWorkAgainAfterTenMinutes() throws Exception {
    Models models = models();
    try (Lens lens = lens(models, TinyNetwork.use(TinyNetwork.colour(folder, 0.5), Mode.AND))) {
      assertThat(lens.look(frame(0), Model.WHOLE, 1, false)).isPresent();
      lens.network().fault(new ModelException("no memory"), frame(10).nanos());

      assertThat(lens.look(frame(11), Model.WHOLE, 1, false)).isEmpty();
      assertThat(models.standings().getFirst().trouble()).contains("no memory");
      assertThat(lens.look(frame(549), Model.WHOLE, 1, false)).isEmpty();
      assertThat(lens.look(frame(611), Model.WHOLE, 1, false)).isPresent();
      assertThat(models.standings().getFirst().trouble()).isEmpty();
    }
  }

  @Test
  void tellsAModelThatIsMissingAndOneThatKnowsNoPeople() throws Exception {
    Path sidecar = TinyNetwork.colour(folder, 0.5);
    Files.writeString(sidecar, Files.readString(sidecar).replace("\"person\": 0, ", ""));
    ModelUse use = TinyNetwork.use(sidecar, Mode.ONNX);
    ModelUse missing = new ModelUse("gone.json", use.sha256(), Mode.AND);
    Models models = models();

    try (Lens one = lens(models, use);
        Lens other = lens(models, missing)) {
      assertThat(one.trouble().orElseThrow()).contains("the model has no class person");
      assertThat(one.look(frame(0), Model.WHOLE, 1, false)).isEmpty();
      assertThat(other.trouble().orElseThrow()).contains("gone.json: there is no such file");
    }
  }

  @Test
  void usesNothingForAModelThatIsNamedAndSwitchedOff() throws Exception {
    Models models = models();
    CameraConfig camera = camera(new ModelUse("gone.json", "0".repeat(64), Mode.CLASSICAL));
    List<Detector> detectors = Detectors.of(camera, models);

    assertThat(models.standings()).isEmpty();
    detectors.forEach(Detector::close);
  }
}
