package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertHandlingTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ROOT = "city/v1/510108/gw-1/";

  @TempDir Path folder;
  private final InstantSource clock = () -> Instant.parse("2026-06-01T00:30:00Z");
  private EventStore store;
  private AlertTracker alerts;
  private AlertHandling handling;
  private String alertId = "";
  private long nanos;

  @BeforeEach
  void raiseAnAlert() throws Exception {
    GatewayConfig config =
        ConfigLoader.parse(
            "test",
            """
            gateway: {id: gw-1, district: "510108"}
            uplink: {brokers: ["mqtt://h"]}
            sensors: [{id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}]
            rules: [{id: door-open, kind: contact, sensor: door, quantity: open}]
            """,
            root -> GatewayConfig.read(root, folder));
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-1"),
            config.gateway().zone(),
            clock,
            new Ulid(clock, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    alerts =
        new AlertTracker(
            config,
            store,
            events,
            clock,
            () -> 0,
            () -> new Alert.Clock("ntp", 12L),
            _ -> Optional.empty(),
            new Outputs(List.of(), () -> 0),
            new MemoryShelf());
    handling =
        new AlertHandling(
            store, events, alerts, new Audit(folder, clock, () -> "none"), () -> nanos);
    alerts.accept(
        new Sample.Measured(
            new Reading(
                "door", "open", new Reading.Flag(true), "", clock.instant(), 0, Quality.GOOD)));
    alertId = alert().get("alertId").asText();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private JsonNode alert() throws IOException {
    return JSON.readTree(
        store.read(Lane.ALERT, 0, 1000, Long.MAX_VALUE).stream()
            .filter(e -> e.event().topic().contains("/alert/"))
            .reduce((_, later) -> later)
            .orElseThrow()
            .event()
            .payload());
  }

  private static Incoming message(String payload, boolean retained, Optional<String> answers) {
    return new Incoming(
        ROOT + "alert-handling",
        payload.getBytes(StandardCharsets.UTF_8),
        retained,
        Optional.of("application/json"),
        answers,
        "7".getBytes(StandardCharsets.UTF_8),
        Map.of(),
        1,
        1);
  }

  private JsonNode say(String payload, boolean retained, Optional<String> answers)
      throws IOException {
    long before = store.account().appended();
    handling.accept(message(payload, retained, answers));
    List<StoredEvent> said = store.read(Lane.REPORT, before, 10, Long.MAX_VALUE);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst().event().topic()).isEqualTo(answers.orElse(ROOT + "cmd-res/unknown"));
    return JSON.readTree(said.getFirst().event().payload());
  }

  private JsonNode say(String payload) throws IOException {
    return say(payload.replace("ALERT", alertId), false, Optional.of(ROOT + "cmd-res/desk-7"));
  }

  @Test
  void tellsTheAlertWhatTheCentreSaysAndAnswers() throws IOException {
    JsonNode answer =
        say(
            """
            {"alertId":"ALERT","rev":1,"handling":"accepted","by":"值班员-3","at":"2026-06-01T08:31:00+08:00",
             "case":"2026-17","department":"城管","note":"已派巡查"}
            """);
    assertThat(answer.toString())
        .isEqualTo(
            "{\"ok\":true,\"verb\":\"alert-handling\",\"alertId\":\"%s\",\"rev\":2,\"state\":\"updated\"}"
                .formatted(alertId));
    assertThat(alert().get("handling").toString())
        .isEqualTo(
            "{\"state\":\"accepted\",\"by\":\"值班员-3\",\"at\":\"2026-06-01T08:31:00+08:00\","
                + "\"case\":\"2026-17\",\"department\":\"城管\",\"note\":\"已派巡查\"}");
  }

  @Test
  void answersAlsoWhoDoesNotSayWhereTo() throws IOException {
    String payload = "{\"alertId\":\"" + alertId + "\",\"handling\":\"accepted\",\"by\":\"x\"}";
    assertThat(say(payload, false, Optional.empty()).get("ok").asBoolean()).isTrue();
  }

  @Test
  void refusesWhatWasRetained() throws IOException {
    String payload = "{\"alertId\":\"" + alertId + "\",\"handling\":\"accepted\",\"by\":\"x\"}";
    JsonNode answer = say(payload, true, Optional.of(ROOT + "cmd-res/desk-7"));
    assertThat(answer.get("code").asText()).isEqualTo("RETAINED");
    assertThat(alert().has("handling")).isFalse();
  }

  @Test
  void saysWhenAFalsePositiveIsSaidOfAnOlderMessage() throws IOException {
    say("{\"alertId\":\"ALERT\",\"handling\":\"accepted\",\"by\":\"x\"}");
    JsonNode older =
        say("{\"alertId\":\"ALERT\",\"rev\":1,\"handling\":\"false_positive\",\"by\":\"x\"}");
    assertThat(older.get("code").asText()).isEqualTo("OLD_REVISION");
    assertThat(older.get("message").asText()).contains("revision 2");
    say("{\"alertId\":\"ALERT\",\"rev\":2,\"handling\":\"false_positive\",\"by\":\"x\"}");
    assertThat(alert().get("state").asText()).isEqualTo("cancelled");
  }

  @Test
  void aFloodOfWhatIsRefusedIsCountedAndHoldsUpNothingThatIsTaken() throws IOException {
    long before = store.account().appended();
    for (int i = 0; i < 1000; i++) {
      handling.accept(message("garbage " + i, false, Optional.empty()));
    }
    assertThat(store.account().appended()).isEqualTo(before + AlertHandling.MOST);
    assertThat(Chain.records(folder)).hasSize(AlertHandling.MOST);
    assertThat(alert().get("rev").asInt()).isEqualTo(1);
    say("{\"alertId\":\"ALERT\",\"handling\":\"accepted\",\"by\":\"x\"}");
    List<AuditRecord> records = Chain.records(folder);
    assertThat(records).hasSize(AlertHandling.MOST + 2);
    assertThat(records.get(AlertHandling.MOST).entry().detail())
        .isEqualTo("980 more were refused, or said before, unanswered");
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(say("[1]").get("code").asText()).isEqualTo("BAD_REQUEST");
  }

  /** Else whoever repeats a word for long enough rotates all else out of the audit. */
  @Test
  void aFloodOfWhatWasSaidBeforeIsCountedAsWell() throws IOException {
    String word = "{\"alertId\":\"ALERT\",\"handling\":\"accepted\",\"by\":\"x\"}";
    assertThat(say(word).get("ok").asBoolean()).isTrue();
    assertThat(say(word).get("ok").asBoolean()).isTrue();
    for (int i = 0; i < 1000; i++) {
      handling.accept(message(word.replace("ALERT", alertId), false, Optional.empty()));
    }
    assertThat(Chain.records(folder)).hasSize(1 + AlertHandling.MOST);
    say("{\"alertId\":\"ALERT\",\"handling\":\"dispatched\",\"by\":\"x\"}");
    assertThat(Chain.records(folder).get(1 + AlertHandling.MOST).entry().detail())
        .startsWith("981 more were refused, or said before");
    assertThat(alert().get("handling").get("state").asText()).isEqualTo("dispatched");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1]|BAD_REQUEST|JSON object",
        "{|BAD_REQUEST|JSON",
        "{\"handling\":\"accepted\",\"by\":\"x\"}|BAD_REQUEST|alertId is missing",
        "{\"alertId\":\"a/b\",\"handling\":\"accepted\",\"by\":\"x\"}|BAD_REQUEST|alertId must be",
        "{\"alertId\":\"ALERT\",\"handling\":\"ignored\",\"by\":\"x\"}|BAD_REQUEST|handling must be one of",
        "{\"alertId\":\"ALERT\",\"handling\":\"accepted\"}|BAD_REQUEST|by is missing",
        "{\"alertId\":\"ALERT\",\"handling\":\"accepted\",\"by\":7}|BAD_REQUEST|by must be",
        "{\"alertId\":\"ALERT\",\"handling\":\"accepted\",\"by\":\"x\",\"rev\":0}|BAD_REQUEST|rev must be",
        "{\"alertId\":\"01JWN8Z3T0K5V9Q2R7B4C6D8E1\",\"handling\":\"accepted\",\"by\":\"x\"}|NO_SUCH_ALERT|neither open",
      })
  void refusesWhatItDoesNotUnderstand(String payload, String code, String message)
      throws IOException {
    JsonNode answer = say(payload);
    assertThat(answer.get("code").asText()).isEqualTo(code);
    assertThat(answer.get("message").asText()).contains(message);
    assertThat(alert().get("rev").asInt()).isEqualTo(1);
  }
}
