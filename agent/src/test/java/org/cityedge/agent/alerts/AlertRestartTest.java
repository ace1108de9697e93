package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cityedge.buffer.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A restart in every state that an alert can be in: what comes after it, on a real store. */
class AlertRestartTest {
  private static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: other, type: contact, chip: sim, simFile: /tmp/other, quantity: open}
      rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 10s, coolDown: 1m, incident: hall}
        - {id: other-open, kind: contact, sensor: other, quantity: open, clear: 10s, coolDown: 1m, incident: hall}
      alerts: {acceptWithin: 2m}
      """;

  /** Before the restart: how it comes about; after it: what is said at once, and what follows. */
  record State(String name, Before before, List<String> says, int open) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<State> states() {
    return Stream.of(
        new State("raised", s -> s.flag("door", true), List.of("updated 2 resumed"), 1),
        new State(
            "joined",
            s -> {
              s.flag("door", true);
              s.flag("other", true);
            },
            List.of("updated 3 resumed"),
            1),
        new State(
            "clearing",
            s -> {
              s.flag("door", true);
              s.flag("door", false);
              s.pass(5, () -> s.flag("door", false));
            },
            List.of("updated 2 resumed"),
            1),
        new State(
            "escalated",
            s -> {
              s.flag("door", true);
              s.pass(121, () -> s.flag("door", true));
            },
            List.of("resumed", "escalation 1"),
            1),
        new State(
            "handled",
            s -> {
              s.flag("door", true);
              s.say(id(s), "accepted");
            },
            List.of("updated 3 resumed", "accepted"),
            1),
        new State(
            "reopened",
            s -> {
              openAndClear(s);
              s.flag("door", true);
            },
            List.of("updated 4 resumed", "reopened 1"),
            1),
        new State(
            "flapping",
            s -> {
              for (int i = 0; i < 6; i++) {
                openAndClear(s);
              }
            },
            List.of("resumed", "flapping"),
            1),
        new State("cleared", AlertRestartTest::openAndClear, List.of("cleared 2"), 0),
        new State(
            "cancelled",
            s -> {
              s.flag("door", true);
              s.say(id(s), "false_positive");
            },
            List.of("cancelled 2"),
            0),
        new State(
            "drill",
            s -> {
              s.tracker.drill(
                  new Drill.Order(
                      Optional.of("door-open"), Optional.empty(), Duration.ofMinutes(5)));
              s.pass(1, () -> {});
            },
            List.of("expired 2"),
            0));
  }

  /** What happens before the restart. */
  interface Before {
    void happens(AlertStage stage) throws Exception;
  }

  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource("states")
  void goesOnWhereItWas(State state) throws Exception {
    try (AlertStage stage = new AlertStage(folder, SECTIONS)) {
      state.before().happens(stage);
      String id = id(stage);

      stage.restart();

      assertThat(stage.tracker.openCount()).isEqualTo(state.open());
      for (String word : state.says()) {
        assertThat(told(stage.last())).contains(word);
      }
      assertThat(stage.alerts().stream().filter(AlertRestartTest::isRaised).count())
          .as("never raised anew")
          .isLessThanOrEqualTo(1);
      // Whatever it was, its case goes on, and it ends once its condition is gone.
      assertThat(stage.say(id, "dispatched")).isInstanceOf(Handled.Taken.class);
      stage.pass(
          75,
          () -> {
            stage.flag("door", false);
            stage.flag("other", false);
          });
      assertThat(stage.tracker.openCount()).isZero();
      assertThat(id(stage)).isEqualTo(id);
      assertThat(told(stage.last())).contains("dispatched");
      assertThat(listed(stage)).as("the retained list agrees").isZero();
      assertRevisionsAreWhole(stage);
    }
  }

  private static void assertRevisionsAreWhole(AlertStage stage) throws Exception {
    int rev = 0;
    for (JsonNode alert : stage.alerts()) {
      assertThat(alert.get("rev").asInt()).isEqualTo(++rev);
    }
  }

  private static void openAndClear(AlertStage stage) {
    stage.flag("door", true);
    stage.flag("door", false);
    stage.pass(10, () -> stage.flag("door", false));
  }

  private static String id(AlertStage stage) throws Exception {
    return stage.last().get("alertId").asText();
  }

  private static boolean isRaised(JsonNode alert) {
    return alert.get("state").asText().equals("raised");
  }

  private static String told(JsonNode alert) {
    return alert.get("state").asText()
        + " "
        + alert.get("rev").asInt()
        + (alert.path("resumed").asBoolean() ? " resumed" : "")
        + (alert.has("reopened") ? " reopened " + alert.get("reopened").asInt() : "")
        + (alert.path("flapping").asBoolean() ? " flapping" : "")
        + (alert.has("escalation") ? " escalation " + alert.get("escalation").asInt() : "")
        + (alert.has("handling") ? " " + alert.at("/handling/state").asText() : "");
  }

  /** Entries of the last list of open alerts; 0 when there never was one. */
  private static int listed(AlertStage stage) throws Exception {
    int entries = 0;
    for (JsonNode list : stage.payloads(Lane.ALERT, "/alert-active")) {
      entries = list.get("alerts").size();
    }
    return entries;
  }

  /** A window that is empty knows of no change, and of none that is over. */
  @Test
  void theAlertOfAChangeStaysUntilAWholeWindowHasNone() throws Exception {
    String river =
        """
        sensors:
          - {id: river, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}]}
        rules:
          - {id: river-rises, kind: rate, sensor: river, quantity: level, change: 1, within: 60s}
        """;
    try (AlertStage stage = new AlertStage(folder, river)) {
      stage.number("river", 1);
      stage.pass(1, () -> stage.number("river", 3));
      stage.restart();
      stage.pass(60, () -> stage.number("river", 3));
      assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor updated 2");
      stage.pass(15, () -> stage.number("river", 3));
      assertThat(stage.messages()).endsWith("sensor cleared 3");
    }
  }

  private static final String BRIDGE =
      """
      sensors:
        - {id: river, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}]}
      cameras:
        - {id: cam-1, source: "rtsp://h/1", detect: [crowd]}
      rules:
        - {id: high, kind: threshold, sensor: river, quantity: level, above: 3, hold: 0s, raises: crowd, incident: bridge}
        - {id: packed, kind: crowd, camera: cam-1, persons: 20, hold: 0s, incident: bridge}
      """;

  @Test
  void aValueOutlivesARestart() throws Exception {
    try (AlertStage s = new AlertStage(folder, BRIDGE)) {
      s.number("river", 4.5);
      s.restart();
      s.crowd("cam-1", 40);
      assertThat(s.last().get("rev").asInt()).isEqualTo(3);
      assertThat(s.last().at("/why/rule").asText()).isEqualTo("high");
      assertThat(s.last().at("/why/value").asDouble()).isEqualTo(4.5);
    }
  }

  @Test
  void aCountOfPeopleOutlivesARestart() throws Exception {
    try (AlertStage s = new AlertStage(folder, BRIDGE)) {
      s.crowd("cam-1", 40);
      s.restart();
      s.number("river", 4.5);
      assertThat(s.last().get("rev").asInt()).isEqualTo(3);
      assertThat(s.last().at("/why/rule").asText()).isEqualTo("packed");
      assertThat(s.last().at("/why/count").asInt()).isEqualTo(40);
    }
  }
}
