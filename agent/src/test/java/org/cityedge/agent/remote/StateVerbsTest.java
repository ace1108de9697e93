package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;
import org.cityedge.config.SignedCommand;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each signed command does, on the parts that it does it to. */
class StateVerbsTest {
  @TempDir Path folder;
  private final List<String> asked = new ArrayList<>();
  private final Steering steering =
      new Steering() {
        @Override
        public void restart(String actor) {
          asked.add("restart by " + actor);
        }

        @Override
        public Optional<String> goBack(int versions, String actor) {
          asked.add(versions + " back by " + actor);
          return versions > 2 ? Optional.of("there are 1..2") : Optional.empty();
        }

        @Override
        public void goBackToFactory(String actor) {
          throw new AssertionError("no verb asks for it");
        }

        @Override
        public byte[] reported() {
          throw new AssertionError("no verb that is signed asks for it");
        }
      };
  private long nanos;
  private EventStore store;
  private AlertTracker alerts;
  private Clips masked;
  private Clips originals;
  private LogLevel logLevel;
  private Map<String, Function<Section, Action>> verbs;

  @BeforeEach
  void open() throws Exception {
    GatewayConfig config =
        ConfigLoader.parse(
            "test",
            """
            gateway: {id: gw-1, district: "510108"}
            uplink: {brokers: ["mqtt://h"]}
            sensors: [{id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}]
            rules: [{id: door-open, kind: contact, sensor: door, quantity: open, clear: 0s, coolDown: 0s}]
            outputs: [{id: siren-1, kind: siren, chip: sim, simFile: /tmp/none, rules: [door-open]}]
            """,
            root -> GatewayConfig.read(root, folder));
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-1"),
            config.gateway().zone(),
            Instant::now,
            new Ulid(Instant::now, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, Instant::now);
    Outputs outputs = new Outputs(config.outputs(), () -> nanos);
    alerts =
        new AlertTracker(
            config,
            store,
            events,
            Instant::now,
            () -> nanos,
            () -> new Alert.Clock("ntp", 12L),
            _ -> Optional.empty(),
            outputs,
            new MemoryShelf());
    Seal seal = new Seal(folder.resolve("key"));
    masked = Clips.open(folder.resolve("masked"), seal);
    originals = Clips.open(folder.resolve("originals"), seal);
    logLevel = new LogLevel(() -> nanos);
    verbs = StateVerbs.of(outputs, alerts, logLevel, steering, List.of(masked, originals));
  }

  @AfterEach
  void close() {
    logLevel.close();
    store.close();
  }

  private Answer run(String verb, String args) throws ConfigException {
    Function<Section, Action> reader = Optional.ofNullable(verbs.get(verb)).orElseThrow();
    Action action = ConfigLoader.parse("args", args, reader);
    Instant now = Instant.now();
    return action
        .carryOut()
        .apply(
            new SignedCommand(
                "c-1", verb, List.of("gw-1"), now, now.plusSeconds(60), "ops-li", "cmd-1"));
  }

  private static void refused(Answer answer, String code) {
    assertThat(answer)
        .isInstanceOfSatisfying(Answer.Refused.class, no -> assertThat(no.code()).isEqualTo(code));
  }

  private static void done(Answer answer, Map<String, Object> facts) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Done.class, yes -> assertThat(yes.facts()).containsAllEntriesOf(facts));
  }

  @Test
  void everySignedVerbIsThereAndReadsItsArgumentsStrictly() {
    assertThat(verbs).containsOnlyKeys(Commands.SIGNED);
    for (String verb : Commands.SIGNED) {
      assertThatThrownBy(() -> run(verb, "{\"nonsense\":1}"))
          .as(verb)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("nonsense");
    }
    assertThatThrownBy(() -> run("output-set", "{\"id\":\"siren-1\"}"))
        .hasMessageContaining("must be true or false");
    assertThatThrownBy(() -> run("log-level", "{\"level\":\"debug\",\"minutes\":31}"))
        .hasMessageContaining("1..30");
  }

  @Test
  void setsAnOutput() throws ConfigException {
    done(run("output-set", "{\"id\":\"siren-1\",\"on\":true}"), Map.of("on", true));
    refused(run("output-set", "{\"id\":\"siren-2\",\"on\":true}"), "NO_SUCH_OUTPUT");
  }

  private void door(boolean open) {
    nanos += Duration.ofSeconds(10).toNanos();
    alerts.accept(
        new Sample.Measured(
            new Reading(
                "door", "open", new Reading.Flag(open), "", Instant.now(), nanos, Quality.GOOD)));
    alerts.tick();
  }

  private List<String> told() {
    return store.read(Lane.ALERT, 0, 1000, Long.MAX_VALUE).stream()
        .filter(e -> e.event().topic().contains("/alert/"))
        .map(e -> new String(e.event().payload(), java.nio.charset.StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void clearsAnAlertWhichIsNotRaisedAgainBeforeItsCauseWasGone() throws Exception {
    door(true);
    String id = told().getLast().replaceAll(".*\"alertId\":\"([^\"]+)\".*", "$1");
    done(run("alert-clear", "{\"alertId\":\"" + id + "\"}"), Map.of("state", "cleared"));
    assertThat(told().getLast()).contains("\"state\":\"cleared\"", "\"reason\":\"operator\"");
    refused(run("alert-clear", "{\"alertId\":\"" + id + "\"}"), "NO_SUCH_ALERT");
    int count = told().size();
    door(true);
    assertThat(told()).hasSize(count);
    door(false);
    door(true);
    assertThat(told().getLast()).contains("\"state\":\"raised\"").doesNotContain(id);
  }

  @Test
  void changesTheLogLevelForAWhile() throws ConfigException {
    Logger logger = Logger.getLogger("org.cityedge");
    Level before = logger.getLevel();
    done(run("log-level", "{\"level\":\"debug\",\"minutes\":10}"), Map.of("minutes", 10));
    nanos += Duration.ofMinutes(9).toNanos();
    logLevel.tick();
    assertThat(logger.getLevel()).isEqualTo(Level.FINE);
    nanos += Duration.ofMinutes(1).toNanos();
    logLevel.tick();
    assertThat(logger.getLevel()).isEqualTo(before);
  }

  @Test
  void restartsOnlyAfterItsAnswer() throws ConfigException {
    Answer answer = run("restart", "{}");
    assertThat(asked).isEmpty();
    ((Answer.Done) answer).afterwards().run();
    assertThat(asked).containsExactly("restart by cmd-1 (ops-li)");
  }

  @Test
  void goesBackWhereThereIsSomethingToGoBackTo() throws ConfigException {
    done(run("config-rollback", "{}"), Map.of("versions", 1));
    refused(run("config-rollback", "{\"versions\":3}"), "NOTHING_BEFORE");
    assertThat(asked).containsExactly("1 back by cmd-1 (ops-li)", "3 back by cmd-1 (ops-li)");
  }

  @Test
  void deletesEvidenceMaskedAndUnmasked() throws ConfigException, IOException {
    masked.put("e1.jpg", new byte[] {1});
    masked.put("e11.jpg", new byte[] {1});
    originals.put("e1.jpg", new byte[] {1});
    done(run("evidence-delete", "{\"id\":\"e1\"}"), Map.of("files", 2));
    assertThat(masked.names()).containsExactly("e11.jpg");
    assertThat(originals.names()).isEmpty();
    refused(run("evidence-delete", "{\"id\":\"e1\"}"), "NO_SUCH_EVIDENCE");
  }
}
