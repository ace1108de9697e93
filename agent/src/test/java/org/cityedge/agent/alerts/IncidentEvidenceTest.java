package org.cityedge.agent.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.cityedge.buffer.Lane;
import org.cityedge.video.Clip;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures and clips of an alert that several cameras and a sensor share. */
class IncidentEvidenceTest {
  private static final int CAMERAS = 9;

  @TempDir Path folder;

  private final List<Consumer<Clip>> orders = new ArrayList<>();

  /** Shows a picture of that camera's and keeps the orders of clips. */
  private Witness witness(String camera) {
    return new Witness() {
      @Override
      public Picture get() {
        return new Picture.Masked(camera.getBytes(UTF_8), Instant.parse("2026-06-01T00:30:00Z"));
      }

      @Override
      public void clip(Consumer<Clip> whenDone) {
        orders.add(whenDone);
      }
    };
  }

  private static String sections() {
    StringBuilder cameras = new StringBuilder("cameras:\n");
    StringBuilder rules = new StringBuilder("rules:\n");
    for (int i = 1; i <= CAMERAS; i++) {
      cameras.append("- {id: cam-%d, source: \"rtsp://h/%d\", detect: [smoke]}\n".formatted(i, i));
      rules.append(
          "- {id: smoke-%d, kind: smoke, camera: cam-%d, incident: hall, hold: 0s, clear: 0s}\n"
              .formatted(i, i));
    }
    return "sensors: [{id: detector, type: contact, chip: sim, simFile: /tmp/d, quantity: open}]\n"
        + cameras
        + rules
        + "- {id: detector-1, kind: contact, sensor: detector, quantity: open, raises: smoke,"
        + " incident: hall, clear: 0s}\n";
  }

  /** As {@code camera picture}. */
  private static List<String> thumbs(AlertStage stage) {
    return stage.store.read(Lane.REPORT, 0, 1000, Long.MAX_VALUE).stream()
        .filter(e -> e.event().topic().endsWith("/thumb"))
        .map(
            e ->
                e.event().attributes().replaceFirst(".*\"camera\":\"([^\"]*)\".*", "$1")
                    + " "
                    + new String(e.event().payload(), UTF_8))
        .toList();
  }

  @Test
  void eachPictureIsOfTheCameraThatTookIt() throws Exception {
    try (AlertStage stage = new AlertStage(folder, sections())) {
      stage.smoke("cam-1", 0.9, witness("cam-1"));
      stage.seconds++;
      stage.smoke("cam-2", 0.9, witness("cam-2"));
      assertThat(thumbs(stage)).containsExactly("cam-1 cam-1", "cam-2 cam-2");
    }
  }

  @Test
  void aPictureThatConfirmsASensorIsOfItsCamera() throws Exception {
    try (AlertStage stage = new AlertStage(folder, sections())) {
      stage.flag("detector", true);
      stage.smoke("cam-2", 0.9, witness("cam-2"));
      assertThat(thumbs(stage)).containsExactly("cam-2 cam-2");
    }
  }

  @Test
  void anAlertOrdersThreeClipsAtMostHoweverMuchTimeTheyTake() throws Exception {
    try (AlertStage stage = new AlertStage(folder, sections())) {
      for (int i = 1; i <= CAMERAS; i++) {
        stage.seconds++;
        stage.smoke("cam-" + i, 0.9, witness("cam-" + i));
      }
      assertThat(orders).hasSize(3);
      orders.forEach(order -> order.accept(new Clip.Withheld("a test has none")));
      JsonNode evidence = stage.last().get("evidence");
      assertThat(evidence.findValuesAsText("type")).filteredOn("video/mp4"::equals).hasSize(3);
      assertThat(evidence).hasSizeLessThanOrEqualTo(16);
    }
  }

  @Test
  void anotherAlertHasItsOwnClips() throws Exception {
    try (AlertStage stage = new AlertStage(folder, sections())) {
      for (int i = 1; i <= CAMERAS; i++) {
        stage.smoke("cam-" + i, 0.9, witness("cam-" + i));
      }
      stage.say(stage.last().get("alertId").asText(), "closed");
      stage.seconds++;
      for (int i = 1; i <= CAMERAS; i++) {
        stage.smoke("cam-" + i, 0);
      }
      stage.seconds++;
      stage.smoke("cam-1", 0.9, witness("cam-1"));
      assertThat(stage.messages()).endsWith("smoke raised 1");
      assertThat(orders).hasSize(4);
    }
  }
}
