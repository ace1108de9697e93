package org.cityedge.agent.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.alerts.House.raisedDoor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.cityedge.agent.testing.LogLines;
import org.cityedge.buffer.Append;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A start from notes that are not what the agent writes, JSON and yet something else, or that the
 * disk does not give back.
 */
class AlertNotesTest {
  private static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: gate, type: contact, chip: sim, simFile: /tmp/gate, quantity: open}
        - {id: detector, type: contact, chip: sim, simFile: /tmp/detector, quantity: open}
      rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 0s}
        - {id: gate-open, kind: contact, sensor: gate, quantity: open, clear: 0s}
        - {id: detector-1, kind: contact, sensor: detector, quantity: open, raises: smoke, incident: hall, severity: severe, clear: 0s}
      """;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private AlertStage stage;
  private LogLines log;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, SECTIONS);
    log = LogLines.of(AlertNotes.class);
  }

  @AfterEach
  void close() {
    log.close();
    stage.close();
  }

  private void note(String key, String value) {
    assertThat(stage.store.append(List.of(), Map.of(key, value.getBytes(UTF_8))))
        .isNotInstanceOf(Append.Refused.class);
  }

  private String note(String key) throws IOException {
    return new String(stage.store.note(key).orElseThrow(), UTF_8);
  }

  private List<String> openSources() {
    return stage.tracker.openAlerts().stream().map(Alert::source).toList();
  }

  static Stream<Arguments> lists() {
    return Stream.of("alerts.open", "alerts.past", "alerts.verdicts", "alerts.muted")
        .flatMap(
            key ->
                Stream.of("null", "7", "\"hall\"", "[null]", "[[]]", "{\"hall\":null}")
                    .map(value -> Arguments.of(key, value)));
  }

  /** The alerts have notes of their own. */
  @ParameterizedTest
  @MethodSource("lists")
  void goesOnWithEachAlertWhateverTheNotesOfAllOfThemHold(String key, String value)
      throws Exception {
    String over = raisedDoor(stage);
    stage.flag("door", false);
    stage.flag("detector", true);
    stage.flag("gate", true);
    stage.seconds += 120;
    note(key, value);
    stage.restart();
    assertThat(log.lines()).isNotEmpty().allMatch(line -> line.contains(key));
    assertThat(openSources()).containsExactlyInAnyOrder("detector", "gate");
    assertThat(stage.say(over, "accepted")).isInstanceOf(Handled.Taken.class);
    stage.flag("door", true);
    assertThat(stage.messages().getLast()).isEqualTo("sensor raised 1");
  }

  /** {@code alert.} and {@code past.} are what lists the notes of single alerts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "alerts.open",
        "alerts.past",
        "alerts.verdicts",
        "alerts.muted",
        "alerts.unlisted",
        "alerts.rhythms",
        "alert.",
        "past."
      })
  void goesOnWithEachAlertWhereTheDiskDoesNotGiveBackANoteOfAllOfThem(String key) throws Exception {
    String over = raisedDoor(stage);
    stage.flag("door", false);
    stage.flag("detector", true);
    stage.flag("gate", true);
    stage.store.unreadable = Set.of(key);
    try (LogLines rhythms = LogLines.of(Rhythms.class)) {
      stage.restart();
      assertThat(Stream.concat(log.lines().stream(), rhythms.lines().stream()))
          .isNotEmpty()
          .allMatch(line -> line.contains(key));
    }
    assertThat(openSources()).containsExactlyInAnyOrder("detector", "gate");
    assertThat(stage.say(over, "accepted")).isInstanceOf(Handled.Taken.class);
  }

  @Test
  void goesOnWithTheOthersWhereTheDiskDoesNotGiveBackAnAlertsNote() throws Exception {
    String over = raisedDoor(stage);
    stage.flag("door", false);
    stage.flag("detector", true);
    stage.flag("gate", true);
    String past = "past." + over.toLowerCase(Locale.ROOT);
    stage.store.unreadable = Set.of("alert..hall", past);
    stage.restart();
    assertThat(openSources()).containsExactly("gate");
    assertThat(log.lines()).anyMatch(line -> line.contains("alert..hall"));
    assertThat(log.lines()).anyMatch(line -> line.contains(past));
    assertThat(stage.say(over, "accepted")).isInstanceOf(Handled.Unknown.class);
    stage.flag("detector", true);
    assertThat(openSources()).containsExactly("gate", "detector");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{}",
        "alertId",
        "state",
        "kind",
        "status",
        "severity",
        "urgency",
        "certainty",
        "headline",
        "onset",
        "where",
        "why",
        "clock"
      })
  void goesOnWithTheOthersWhereAnAlertsNoteIsSomethingElse(String lacks) throws Exception {
    String over = raisedDoor(stage);
    stage.flag("door", false);
    stage.flag("detector", true);
    stage.flag("gate", true);
    String past = "past." + over.toLowerCase(Locale.ROOT);
    String damaged = without(note("alert..hall"), lacks);
    note("alert..hall", damaged);
    note(past, without(note(past), lacks));
    stage.restart();
    assertThat(openSources()).containsExactly("gate");
    assertThat(log.lines()).anyMatch(line -> line.contains("alert..hall"));
    assertThat(log.lines()).anyMatch(line -> line.contains(past));
    assertThat(note("alert..hall")).as("it is left").isEqualTo(damaged);
    assertThat(stage.say(over, "accepted")).isInstanceOf(Handled.Unknown.class);
    stage.flag("detector", true);
    assertThat(openSources()).containsExactly("gate", "detector");
  }

  private static String without(String note, String lacks) throws Exception {
    JsonNode alert = JSON.readTree(note);
    return alert.has(lacks) ? ((ObjectNode) alert).putNull(lacks).toString() : lacks;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"why\":{\"rule\":null,\"observations\":1}}",
        "{\"why\":{\"rule\":\"detector-1\",\"observations\":1,\"with\":[null]}}",
        "{\"why\":7}",
        "{\"evidence\":[null]}",
        "{\"evidence\":[{\"type\":null}]}",
        "{\"eventCode\":[{\"scheme\":\"local\"}]}",
        "{\"popup\":{}}",
        "{\"handling\":{\"by\":\"duty-3\"}}",
        "{\"clock\":{}}",
        "{\"severity\":\"Unheard\"}",
        "{\"kind\":\"../x\"}",
        "{\"alertId\":\"A B\"}"
      })
  void takesNoAlertOfWhichAPartIsSomethingElse(String part) throws Exception {
    stage.flag("detector", true);
    ObjectNode alert = (ObjectNode) JSON.readTree(note("alert..hall"));
    alert.setAll((ObjectNode) JSON.readTree(part));
    note("alert..hall", alert.toString());
    stage.restart();
    assertThat(stage.tracker.openCount()).isZero();
    assertThat(log.lines()).singleElement().asString().contains("alert..hall");
  }

  /** An update, the way back from it, and the update again. */
  @Test
  void leavesAnAlertThatItCannotReadToTheAgentThatCan() throws Exception {
    stage.flag("detector", true);
    raisedDoor(stage);
    String whole = note("alert..hall");
    note("alert..hall", whole.replace("\"Severe\"", "\"Unheard\""));
    stage.restart();
    assertThat(openSources()).containsExactly("door");
    note("alert..hall", note("alert..hall").replace("\"Unheard\"", "\"Severe\""));
    stage.restart();
    assertThat(openSources()).containsExactly("door", "detector");
    assertThat(stage.last().get("resumed").asBoolean()).isTrue();
  }

  @Test
  void keepsTheVerdictsThatItCanRead() throws Exception {
    note(
        "alerts.verdicts",
        "{\"door\":null,\"cam-1\":[],\"detector\":{\"raised\":3,\"falsePositives\":1}}");
    stage.restart();
    assertThat(stage.tracker.verdicts()).containsExactly(Map.entry("detector", new Verdicts(3, 1)));
    assertThat(log.lines()).hasSize(2).allMatch(line -> line.contains("alerts.verdicts"));
  }

  @Test
  void keepsTheWordOfTheCentreThatItCanRead() throws Exception {
    note(
        "alerts.muted",
        "{\"a\":null,\"b\":7,\"door-open\":[null,\"door-open\"],\"hall\":[\"detector-1\"]}");
    stage.restart();
    stage.flag("detector", true);
    stage.flag("door", true);
    assertThat(stage.messages()).isEmpty();
    stage.flag("door", false);
    stage.flag("door", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    assertThat(log.lines()).hasSize(3).allMatch(line -> line.contains("alerts.muted"));
  }
}
