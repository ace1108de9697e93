package org.cityedge.agent.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.alerts.House.openAndClose;
import static org.cityedge.agent.alerts.House.raisedDoor;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.drivers.Quality;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alerts from onset to end: what reopens one, what flaps, and what a restart takes up. */
class AlertLifeTest {
  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, House.SECTIONS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void whatComesBackWithinTheCoolDownIsTheSameAlert() throws Exception {
    String id = raisedDoor(stage);
    stage.flag("door", false);
    stage.seconds += 59;
    stage.flag("door", true);
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor cleared 2", "sensor updated 3");
    assertThat(stage.last().get("alertId").asText()).isEqualTo(id);
    assertThat(stage.last().get("reopened").asInt()).isEqualTo(1);
    assertThat(stage.last().has("clearedAt")).isFalse();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.flag("door", false);
    stage.seconds += 61;
    stage.flag("door", true);
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
  }

  @Test
  void aClosedCaseIsNotOpenedAgain() throws Exception {
    String id = raisedDoor(stage);
    stage.flag("door", false);
    stage.say(id, "closed");
    stage.flag("door", true);
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
    assertThat(stage.messages().getLast()).isEqualTo("sensor raised 1");
  }

  @Test
  void whatIsMadeUpDoesNotReopenWhatWasReal() throws Exception {
    raisedDoor(stage);
    stage.flag("door", false);
    stage.flag("door", true, Quality.SIM);
    assertThat(stage.messages().getLast()).isEqualTo("sensor raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Test");
  }

  @Test
  void aLooseContactIsOneAlertThatStaysOpenUntilItIsQuiet() throws Exception {
    stage.pass(600, () -> openAndClose(stage));
    // Raised and cleared four times, reopened a fifth time, then a keep-alive a minute.
    assertThat(stage.messages()).hasSizeLessThan(25);
    assertThat(stage.messages().stream().filter(m -> m.contains("cleared"))).hasSize(4);
    assertThat(stage.last().get("flapping").asBoolean()).isTrue();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    assertThat(stage.tracker.flapping()).isEqualTo(1);
    stage.pass(61, () -> {});
    assertThat(stage.messages().getLast()).startsWith("sensor cleared");
    assertThat(stage.tracker.openCount()).isZero();
  }

  /** A newer agent's note after the way back to this one, and a byte that the card has lost. */
  @Test
  void takesUpEveryOpenAlertThatItCanRead() throws Exception {
    raisedDoor(stage);
    stage.flag("detector", true);
    byte[] door = stage.store.note("alert.door-open").orElseThrow();
    byte[] newer =
        new String(door, UTF_8).replaceFirst("\\{", "{\"colour\":\"red\",").getBytes(UTF_8);
    note("alert.door-open", newer);
    stage.restart();
    assertThat(stage.tracker.openCount()).isEqualTo(2);
    note("alert.door-open", Arrays.copyOf(newer, newer.length - 1));
    stage.restart();
    assertThat(stage.tracker.openAlerts())
        .singleElement()
        .satisfies(alert -> assertThat(alert.source()).isEqualTo("detector"));
    assertThat(stage.last().get("resumed").asBoolean()).isTrue();
  }

  private void note(String key, byte[] value) {
    Event any = stage.store.read(Lane.ALERT, 0, 1, Long.MAX_VALUE).getFirst().event();
    stage.store.append(List.of(any), Map.of(key, value));
  }

  @Test
  void measuresHowLongTheReportTook() throws Exception {
    String id = raisedDoor(stage);
    stage.seconds += 7;
    stage.tracker.delivered(id + "-1");
    stage.tracker.delivered("somebody-elses");
    assertThat(stage.tracker.reporting()).isEqualTo(new AlertTracker.Reporting(1, 1, 7000, 7000));
    stage.pass(1, () -> {});
    assertThat(stage.alerts()).as("no message for that alone").hasSize(1);
    stage.flag("door", false);
    assertThat(stage.last().get("reportedMs").asLong()).isEqualTo(7000);
    stage.tracker.delivered(id + "-2");
    assertThat(stage.tracker.reporting().count()).isEqualTo(1);
  }

  /** Whatever 100 loose contacts do, every alert's revisions are whole and in order. */
  @Test
  void aHundredFlappingSensorsLoseAndReorderNothing() throws Exception {
    StringBuilder sensors = new StringBuilder("sensors:\n");
    StringBuilder rules = new StringBuilder("rules:\n");
    for (int i = 0; i < 100; i++) {
      sensors.append(
          "  - {id: s%d, type: contact, chip: sim, simFile: /tmp/s, quantity: open}\n"
              .formatted(i));
      rules.append(
          "  - {id: r%d, kind: contact, sensor: s%d, quantity: open, clear: 0s}\n".formatted(i, i));
    }
    Path other = Files.createDirectory(folder.resolve("other"));
    try (AlertStage many = new AlertStage(other, sensors.toString() + rules)) {
      many.pass(
          60,
          () -> {
            for (int i = 0; i < 100; i++) {
              many.flag("s" + i, true);
              many.flag("s" + i, false);
            }
          });
      Map<String, Integer> revs = new HashMap<>();
      Set<String> ids = new HashSet<>();
      for (JsonNode alert : many.alerts()) {
        String id = alert.get("alertId").asText();
        ids.add(id);
        assertThat(alert.get("rev").asInt()).isEqualTo(revs.merge(id, 1, Integer::sum));
      }
      assertThat(ids).as("one alert for each").hasSize(100);
      assertThat(many.alerts()).as("bounded, however often they flap").hasSizeLessThan(1_300);
      assertThat(many.tracker.flapping()).isEqualTo(100);
    }
  }
}
