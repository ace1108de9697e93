package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCardTest {
  private static final String GOOD =
      """
      {"sha256": "%s", "layout": "nanodet", "size": 320, "channels": "bgr", "fit": "letterbox",
       "mean": [103.53, 116.28, 123.675], "std": [57.375, 57.12, 58.395],
       "classes": {"person": 0}, "score": 0.4}
      """
          .formatted("0".repeat(64));

  @TempDir Path folder;

  @Test
  void readsASidecarAndNamesTheNetworkBesideIt() throws Exception {
    ModelCard card = read(GOOD);

    assertThat(card.layout()).isEqualTo(Layout.NANODET);
    assertThat(card.mean()).containsExactly(103.53, 116.28, 123.675);
    assertThat(card.scale()).isEqualTo(1);
    assertThat(card.pad()).isEqualTo(114);
    assertThat(card.overlap()).isEqualTo(0.45);
    assertThat(card.classes()).isEqualTo(Map.of(0, Label.PERSON));
    assertThat(card.network()).isEqualTo(folder.resolve("m.onnx"));
  }

  @Test
  void namesEveryMistakeWithWhatIsAllowed() {
    String bad =
        GOOD.replace("nanodet", "nanodot")
            .replace("320", "321")
            .replace("000", "xyz")
            .replace("57.12, ", "")
            .replace("0.4", "4");

    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> read(bad))
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .contains("m.json", "nanodot", "fastestdet", "yolox")
                    .contains("multiple of 32, was 321", "sha256sum", "three numbers")
                    .contains("0.01..1"));
  }

  @Test
  void refusesAnythingButPeopleSmokeAndFire() {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> read(GOOD.replace("\"person\": 0", "\"face\": 0")))
        .withMessageContaining("face")
        .withMessageContaining("person, smoke or fire");
  }

  @Test
  void refusesAKeyThatNobodyKnows() {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> read(GOOD.replace("\"score\"", "\"treshold\": 0.4, \"score\"")))
        .withMessageContaining("treshold");
  }

  @Test
  void wantsSixAnchorsForYoloFastestV2() throws Exception {
    String without = GOOD.replace("nanodet", "yolo-fastestv2");

    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> read(without))
        .withMessageContaining("anchors");
    assertThat(
            read(without.replace("\"score\"", "\"anchors\": " + anchors() + ", \"score\""))
                .anchors())
        .hasSize(6);
  }

  private static List<List<Integer>> anchors() {
    return List.of(
        List.of(1, 2),
        List.of(3, 4),
        List.of(5, 6),
        List.of(7, 8),
        List.of(9, 10),
        List.of(11, 12));
  }

  @Test
  void saysWhichSidecarIsMissing() {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelCard.read(folder.resolve("none.json")))
        .withMessageContaining("none.json");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelCard.read(folder.resolve("none.onnx")))
        .withMessageContaining("NAME.json");
  }

  private ModelCard read(String text) throws Exception {
    return ModelCard.read(Files.writeString(folder.resolve("m.json"), text));
  }
}
