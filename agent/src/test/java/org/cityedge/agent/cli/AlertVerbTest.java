package org.cityedge.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
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
import org.cityedge.agent.cap.StoredAlerts;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Reads beside the open store what the tracker itself has written. */
class AlertVerbTest {
  private static final String CONFIG = "src/test/resources/cases/whole/gateway.yaml";
  private static final Instant START = Instant.parse("2026-06-01T00:30:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(START);

  @TempDir Path data;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private EventStore store;
  private AlertTracker tracker;
  private long nanos;

  @BeforeEach
  void openTheManhole() throws Exception {
    GatewayConfig config = GatewayConfig.load(Path.of(CONFIG), data);
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-0042"),
            config.gateway().zone(),
            CLOCK,
            new Ulid(CLOCK, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(data), events::loss, CLOCK);
    tracker =
        new AlertTracker(
            config,
            store,
            events,
            CLOCK,
            () -> nanos,
            () -> new Alert.Clock("ntp", 12L),
            _ -> Optional.empty(),
            new Outputs(List.of(), () -> 0L),
            new MemoryShelf());
    tracker.resume();
    manhole(true);
  }

  private void manhole(boolean open) {
    Reading.Flag flag = new Reading.Flag(open);
    tracker.accept(
        new Sample.Measured(
            new Reading("manhole-1", "open", flag, "", START, nanos, Quality.GOOD)));
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  @Test
  void printsAnOpenAlertAsJson() throws Exception {
    assertThat(run("show", "--config", CONFIG, "--data", data.toString(), keptId()))
        .isEqualTo(Verb.OK);
    JsonNode alert = new JsonMapper().readTree(out.toString());
    assertThat(alert.at("/why/rule").textValue()).isEqualTo("manhole-open");
    assertThat(alert.get("state").textValue()).isEqualTo("raised");
  }

  @Test
  void printsAnOpenAlertAsCap() throws Exception {
    String id = keptId();
    assertThat(run("show", id, "--cap", "--config", CONFIG, "--data", data.toString()))
        .isEqualTo(Verb.OK);
    assertThat(out.toString())
        .startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .contains("<identifier>" + id + "-1</identifier>")
        .contains("<sent>2026-06-01T08:30:00+08:00</sent>");
  }

  @Test
  void printsAnAlertThatIsOver() throws Exception {
    String id = keptId();
    for (int second = 1; second <= 120; second++) {
      nanos += Duration.ofSeconds(1).toNanos();
      manhole(false);
      tracker.tick();
    }
    assertThat(run("show", id, "--cap", "--config", CONFIG, "--data", data.toString()))
        .isEqualTo(Verb.OK);
    assertThat(out.toString())
        .contains("<msgType>Update</msgType>", "<responseType>AllClear</responseType>");
  }

  @Test
  void namesTheAlertsThatAreKeptWhenTheIdIsNoneOfThem() throws Exception {
    assertThat(run("show", "01", "--config", CONFIG, "--data", data.toString()))
        .isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("no alert is kept under the id 01; kept are: " + keptId());
  }

  /** A newer agent's note after the way back to this one, and one that the card has damaged. */
  @Test
  void passesOverWhatItCannotRead() throws Exception {
    byte[] note = store.note("alert.manhole-open").orElseThrow();
    String newer = new String(note, UTF_8).replaceFirst("\\{", "{\"colour\":\"red\",");
    Event any = store.read(Lane.ALERT, 0, 1, Long.MAX_VALUE).getFirst().event();
    store.append(
        List.of(any),
        Map.of(
            "alert.manhole-open",
            newer.getBytes(UTF_8),
            "alert.a",
            "null".getBytes(UTF_8),
            "alert.b",
            "{\"state\":\"raised\"}".getBytes(UTF_8),
            "past.damaged",
            new byte[] {'{', '"'}));
    assertThat(run("show", keptId(), "--config", CONFIG, "--data", data.toString()))
        .isEqualTo(Verb.OK);
  }

  @Test
  void namesTheStoreThatIsNotThere() {
    String elsewhere = data.resolve("elsewhere").toString();
    assertThat(run("show", "01", "--config", CONFIG, "--data", elsewhere)).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("no event store at " + elsewhere);
  }

  private String keptId() throws Exception {
    return StoredAlerts.read(BufferConfig.defaults(data).file()).getFirst().alertId();
  }

  private int run(String... arguments) {
    AlertVerb verb = new AlertVerb(CLOCK);
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(arguments),
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }
}
