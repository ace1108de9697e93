package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.Deployment;
import org.cityedge.config.Standing;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orders pushed to the agent as a process, over a real broker: rows 1, 3, 4, 8, 9, 12 to 19 of
 * config.md §4. Beside the broker's listener everything heard is held against the contract.
 */
class RemoteConfigIT {
  private static final String G = "city/v1/510108/gw-test/";
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final String SHORT = "{\"deadline\":\"10s\",\"need\":[\"broker\",\"queue\"]}";

  /** Needs what never comes, so that the order stays on trial. */
  private static final String NEVER = "{\"deadline\":\"120s\",\"need\":[\"cameras>=1\"]}";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private Path data;
  private Path log;
  private Mosquitto broker;
  private MqttListener centre;
  private Maintainer maintainer;
  private ContactFile door;

  @BeforeEach
  void open() throws Exception {
    data = Files.createDirectory(folder.resolve("data"));
    log = folder.resolve("agent.log");
    broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
    maintainer = Maintainer.provision(folder, data);
    door = ContactFile.create(folder.resolve("door"));
  }

  @AfterEach
  void close() throws Exception {
    try {
      centre.close();
    } finally {
      broker.close();
    }
  }

  private City city(URI uri) {
    return new City(uri).telemetryEvery("1s").contact("door-1", door.path());
  }

  private Path factory() throws Exception {
    return city(broker.uri()).write(folder);
  }

  /** A configuration with a second sensor. */
  private Path larger(URI uri) throws Exception {
    return city(uri)
        .contact("door-2", door.path())
        .write(Files.createTempDirectory(folder, "larger"));
  }

  private AgentProcess run() throws Exception {
    return AgentProcess.run(folder.resolve("gateway.yaml"), data, log);
  }

  private void push(String order) {
    centre.publishRetained(G + "config/desired", order);
  }

  private JsonNode awaitReport(long sequence, String state, String code) throws Exception {
    try {
      return data(
          centre.await(
              LIMIT,
              message ->
                  message.topic().equals(G + "config/reported")
                      && is(data(message).path("attempt"), sequence, state, code)));
    } catch (AssertionError e) {
      List<String> reports =
          centre.messages(m -> m.topic().equals(G + "config/reported")).stream()
              .map(m -> data(m).toString())
              .toList();
      throw new AssertionError(
          "wanted %d %s %s, were %s%n%s"
              .formatted(sequence, state, code, reports, AgentProcess.tail(log)),
          e);
    }
  }

  private static boolean is(JsonNode attempt, long sequence, String state, String code) {
    return attempt.path("seq").asLong(-1) == sequence
        && attempt.path("state").asText().equals(state)
        && (code.isEmpty() || attempt.path("code").asText().equals(code));
  }

  private static JsonNode data(MqttListener.Message message) {
    try {
      return JSON.readTree(message.payload()).path("data");
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode state(long boot) throws JsonProcessingException {
    return JSON.readTree(
        centre
            .await(
                LIMIT,
                m ->
                    m.topic().equals(G + "state")
                        && m.text().contains("\"online\":true")
                        && m.text().contains("\"boot\":" + boot + ","))
            .text());
  }

  private void state(long boot, long configSeq) {
    centre.await(
        LIMIT,
        m ->
            m.topic().equals(G + "state")
                && m.text().contains("\"online\":true,\"boot\":" + boot + ",")
                && m.text().contains("\"configSeq\":" + configSeq + ","));
  }

  private Standing standing() throws Exception {
    return Deployment.inspect(data.resolve("config"));
  }

  @Test
  void appliesCommitsAndRunsAnOrderAfterARestartAndFollowsNothingTwice() throws Exception {
    factory();
    Path larger = larger(broker.uri());
    try (AgentProcess agent = run()) {
      assertThat(state(1).path("configSeq").asLong()).isZero();
      push(maintainer.order(1, larger, SHORT));
      JsonNode trial = awaitReport(1, "probation", "");
      assertThat(trial.at("/active/seq").asLong()).isZero();
      JsonNode done = awaitReport(1, "committed", "");
      assertThat(done.at("/active/seq").asLong()).isEqualTo(1);
      // A sensor more: the connection and the store stay open, and the state says what holds now.
      state(1, 1);
      centre.await(LIMIT, m -> m.topic().endsWith("/catalog") && m.text().contains("door-2"));

      // Row 4, row 3, row 8, row 19, and another gateway's order: all keep what is active.
      push(maintainer.order(1, factory(), SHORT));
      awaitReport(1, "rejected", "SEQ_REUSED");
      String followed = maintainer.order(5, larger, SHORT);
      push(followed);
      awaitReport(5, "committed", "");
      push(maintainer.order(1, larger, SHORT));
      awaitReport(1, "rejected", "SEQ_STALE");
      Files.writeString(larger, Files.readString(larger).replace("period: 1s", "period: 1ns"));
      push(maintainer.order(6, larger, SHORT));
      JsonNode schema = awaitReport(6, "rejected", "SCHEMA");
      assertThat(schema.at("/attempt/problems/0/pointer").asText())
          .isEqualTo("/config/sensors/0/period");
      Files.writeString(larger, Files.readString(larger).replace("gw-test", "gw-other"));
      String renamed = maintainer.order(6, larger, SHORT);
      push(renamed);
      centre.await(LIMIT, m -> m.text().contains("cannot rename a gateway"));
      push("");
      awaitReport(0, "rejected", "DESIRED_EMPTY");
      theSameAnswerComesToTheSameOrder(renamed, followed);
      // The order of sequence 5 was equal to what ran.
      state(1, 5);
      assertThat(centre.messages(m -> m.topic().equals(G + "state")))
          .hasSize(3)
          .allMatch(m -> m.text().contains("\"online\":true"));
      agent.kill();
    }
    try (AgentProcess agent = run()) {
      assertThat(state(2).path("configSeq").asLong()).isEqualTo(5);
      assertThat(agent.stop()).isZero();
    }
    assertThat(standing().good().map(Standing.Version::sequence)).contains(5L);
    assertThat(standing().earlier().stream().map(Standing.Version::sequence)).containsExactly(1L);
    theAuditTellsItAll();
  }

  /** And it is the order's own, whatever was told of others meanwhile. */
  private void theSameAnswerComesToTheSameOrder(String refused, String followed) {
    push(refused);
    Eventually.await(
        "refused as before",
        LIMIT,
        () -> reports(6, "rejected") == 3 && data(lastReport()).toString().contains("rename"));
    push(followed);
    Eventually.await(
        "committed as before",
        LIMIT,
        () -> reports(5, "committed") == 2 && data(lastReport()).at("/active/seq").asLong() == 5);
  }

  private long reports(long sequence, String state) {
    return centre.messages(m -> m.topic().equals(G + "config/reported")).stream()
        .filter(m -> is(data(m).path("attempt"), sequence, state, ""))
        .count();
  }

  private MqttListener.Message lastReport() {
    return centre.messages(m -> m.topic().equals(G + "config/reported")).getLast();
  }

  /** Rows 1 and 4, and what the centre has heard is what lies on disk. */
  private void theAuditTellsItAll() throws Exception {
    assertThat(Chain.verify(data)).isInstanceOf(Chain.State.Whole.class);
    List<AuditRecord> records = Chain.records(data);
    assertThat(records)
        .extracting(r -> r.entry().kind().word() + " " + r.entry().what() + " " + r.entry().code())
        .containsExactly(
            "process start ",
            "keys provisioned ",
            "config received ",
            "config probation ",
            "config committed CLOCK_UNTRUSTED",
            "config rejected SEQ_REUSED",
            "config received ",
            "config probation ",
            "config committed CLOCK_UNTRUSTED",
            "config rejected SEQ_STALE",
            "config rejected SCHEMA",
            "config rejected SCHEMA",
            "config rejected DESIRED_EMPTY",
            "process start CRASH",
            "process stop ");
    assertThat(records.get(4).entry().actor()).isEqualTo("config-1 (ops-li)");
    assertThat(records.get(5).entry().high()).isTrue();
    List<String> heard =
        centre.messages(m -> m.topic().equals(G + "audit")).stream()
            .map(m -> data(m).path("sha256").asText())
            .distinct() // at least once: the kill fell between a message and its PUBACK
            .toList();
    assertThat(heard).isEqualTo(records.stream().map(AuditRecord::sha256).toList());
  }

  /** Row 13, and a restart after the rollback. */
  @Test
  void comesBackFromABrokerThatDoesNotExistWithinTheDeadline() throws Exception {
    factory();
    Path nowhere = larger(URI.create("mqtt://127.0.0.1:9"));
    try (AgentProcess agent = run()) {
      state(1);
      long pushed = System.nanoTime();
      push(maintainer.order(1, nowhere, SHORT));
      JsonNode back = awaitReport(1, "rolled_back", "HEALTH_BROKER_UNREACHABLE");
      Duration took = Duration.ofNanos(System.nanoTime() - pushed);
      System.out.println("RemoteConfigIT back after " + took.toMillis() + " ms, deadline 10 s");
      assertThat(took).isLessThan(Duration.ofSeconds(15));
      assertThat(back.at("/active/seq").asLong()).isZero();
      agent.kill();
    }
    int reports = centre.messages(m -> m.topic().equals(G + "config/reported")).size();
    try (AgentProcess agent = run()) {
      // The order still lies at the broker: it is told again what became of it, and not tried. What
      // the killed one had told without a PUBACK may come before that.
      centre.await(
          LIMIT,
          _ ->
              centre.messages(m -> m.topic().equals(G + "config/reported")).stream()
                  .skip(reports)
                  .map(m -> data(m).path("attempt"))
                  .anyMatch(a -> is(a, 1, "rolled_back", "HEALTH_BROKER_UNREACHABLE")));
      assertThat(agent.isAlive()).isTrue();
      assertThat(agent.stop()).isZero();
    }
    assertThat(standing().attempt()).isEmpty();
    assertThat(standing().blocked())
        .containsExactly(new Standing.Blocked(1, 1, "HEALTH_BROKER_UNREACHABLE"));
  }

  /** A broker that takes readings and no report: what the gate asks for is the report's PUBACK. */
  @Test
  void comesBackFromABrokerThatRefusesItsReports() throws Exception {
    factory();
    Path rights = folder.resolve("rights");
    Files.writeString(
        rights, "topic deny city/v1/+/+/config/reported\ntopic readwrite city/v1/#\n");
    try (Mosquitto narrow =
            Mosquitto.start(Files.createDirectory(folder.resolve("narrow")), "acl_file " + rights);
        AgentProcess agent = run()) {
      state(1);
      // Mosquitto 2.0 also ends the connection at each refusal, so there must be time to come back.
      push(
          maintainer.order(1, larger(narrow.uri()), "{\"deadline\":\"35s\",\"need\":[\"queue\"]}"));
      awaitReport(1, "rolled_back", "HEALTH_QUEUE");
      assertThat(agent.stop()).isZero();
    }
  }

  /** Nor can what ran before be started again; the next start tells of it. */
  @Test
  void anOrderThatCannotBeStartedIsGoneBackFrom() throws Exception {
    factory();
    Path clips = data.resolve("clips");
    Path aside = folder.resolve("clips");
    try (AgentProcess agent = run()) {
      state(1);
      Files.move(clips, aside);
      Files.writeString(clips, "where a folder should be");
      Path other =
          city(broker.uri()).maxBytes("1GiB").write(Files.createTempDirectory(folder, "other"));
      push(maintainer.order(1, other, SHORT));
      Eventually.await("the process ends", LIMIT, () -> !agent.isAlive());
    }
    Files.delete(clips);
    Files.move(aside, clips);
    try (AgentProcess agent = run()) {
      JsonNode back = awaitReport(1, "rolled_back", "HEALTH_START");
      assertThat(back.at("/active/seq").asLong()).isZero();
      assertThat(agent.stop()).isZero();
    }
    assertThat(standing().attempt()).isEmpty();
    assertThat(standing().blocked()).containsExactly(new Standing.Blocked(1, 1, "HEALTH_START"));
  }

  /** Rows 12 and 14. */
  @Test
  void twoKillsInProbationEndWithLastKnownGood() throws Exception {
    factory();
    try (AgentProcess agent = run()) {
      state(1);
      push(maintainer.order(1, larger(broker.uri()), NEVER));
      awaitReport(1, "probation", "");
      agent.kill();
    }
    try (AgentProcess agent = run()) {
      assertThat(state(2).path("configSeq").asLong()).isEqualTo(1);
      agent.kill();
    }
    try (AgentProcess agent = run()) {
      assertThat(state(3).path("configSeq").asLong()).isZero();
      awaitReport(1, "rolled_back", "CRASH_LOOP");
      assertThat(agent.stop()).isZero();
    }
  }

  /** Rows 9 and 17. */
  @Test
  void theNewestOfThoseThatCameInProbationIsFollowedAndTheOthersAreSuperseded() throws Exception {
    factory();
    Path larger = larger(broker.uri());
    Path camera =
        city(broker.uri())
            .camera("cam-1", URI.create("rtsp://127.0.0.1:9/none"))
            .write(Files.createTempDirectory(folder, "camera"));
    try (AgentProcess agent = run()) {
      state(1);
      push(
          maintainer.order(
              1, camera, "{\"deadline\":\"10s\",\"need\":[\"queue\"],\"strict\":true}"));
      awaitReport(1, "rejected", "PRECHECK");
      push(
          maintainer.order(
              2, camera, "{\"deadline\":\"10s\",\"need\":[\"queue\",\"cameras>=100%\"]}"));
      JsonNode trial = awaitReport(2, "probation", "");
      assertThat(trial.at("/attempt/warnings/0").asText()).startsWith("camera cam-1");
      push(maintainer.order(3, camera, NEVER));
      push(maintainer.order(4, larger, SHORT));
      awaitReport(2, "rolled_back", "HEALTH_CAMERAS");
      awaitReport(3, "superseded", "SUPERSEDED");
      awaitReport(4, "committed", "");
      assertThat(agent.stop()).isZero();
    }
  }

  /** Rows 15 and 18, then 16 twice: the version before, and the factory document. */
  @Test
  void whenTheCentreIsDownAsWellTheResultWaitsAndADamagedVersionGivesWayToTheOneBefore()
      throws Exception {
    factory();
    try (AgentProcess agent = run()) {
      state(1);
      push(maintainer.order(1, larger(broker.uri()), SHORT));
      awaitReport(1, "committed", "");
      push(maintainer.order(2, factory(), SHORT));
      awaitReport(2, "committed", "");
      push(
          maintainer.order(
              3, larger(broker.uri()), "{\"deadline\":\"10s\",\"need\":[\"cameras>=1\"]}"));
      awaitReport(3, "probation", "");
      broker.stop();
      // Once for the deadline and once more, since the broker of what was good is gone as well.
      Eventually.await("the order is given up and its result stored", LIMIT, this::isGivenUp);
      assertThat(standing().last().orElseThrow().code()).isEqualTo("GATE_UNDECIDED");
      assertThat(centre.messages(m -> m.text().contains("GATE_UNDECIDED"))).isEmpty();
      agent.kill();
    }
    damage("1-2-");
    broker.start();
    centre.reconnect();
    try (AgentProcess agent = run()) {
      JsonNode late = awaitReport(3, "rolled_back", "GATE_UNDECIDED");
      assertThat(late.at("/active/seq").asLong()).isEqualTo(2);
      JsonNode lost = awaitReport(2, "rolled_back", "LKG_LOST");
      assertThat(lost.at("/active/seq").asLong()).isEqualTo(1);
      agent.kill();
    }
    damage("1-1-");
    try (AgentProcess agent = run()) {
      JsonNode lost = awaitReport(1, "rolled_back", "LKG_LOST");
      assertThat(lost.at("/active/seq").asLong()).isZero();
      assertThat(agent.stop()).isZero();
    }
    assertThat(standing().floor().sequence()).isEqualTo(3);
  }

  /** config.md §1: no configuration may lose a stored event, so none that is only on trial. */
  @Test
  void anOrderThatIsGoneBackFromCostsNoStoredEvent() throws Exception {
    URI nobody = URI.create("mqtt://127.0.0.1:1");
    city(nobody).maxBytes("64MiB").write(folder);
    long stored = fill();
    Path smaller = city(nobody).maxBytes("8MiB").write(Files.createDirectory(folder.resolve("s")));
    Path order = folder.resolve("order.jws");
    Files.writeString(order, maintainer.order(1, smaller, SHORT));
    AgentProcess.verb(1, "config", "apply", order.toString(), "--data", data.toString());
    try (AgentProcess agent = run()) {
      Eventually.await("the order is gone back from", LIMIT.multipliedBy(2), this::isGivenUp);
      assertThat(agent.stop()).isZero();
    }
    Account account = SqliteEventStore.inspect(data.resolve("events.db"));
    assertThat(account.dropped()).isZero();
    assertThat(account.waiting(Lane.TELEMETRY).events()).isGreaterThanOrEqualTo(stored);
  }

  /** The smaller cap holds from the commit on, with the store opened anew. */
  @Test
  void anOrderThatIsCommittedTakesTheRoomThatItAsksFor() throws Exception {
    city(broker.uri()).maxBytes("64MiB").write(folder);
    Path smaller =
        city(broker.uri()).maxBytes("8MiB").write(Files.createDirectory(folder.resolve("s")));
    try (AgentProcess agent = run()) {
      state(1);
      push(maintainer.order(1, smaller, SHORT));
      awaitReport(1, "probation", "");
      assertThat(lastReport().text()).as("of the store as it was").contains("\"boot\":\"1\"");
      awaitReport(1, "committed", "");
      state(2, 1);
      assertThat(agent.stop()).isZero();
    }
  }

  /** 15 MiB of telemetry in a store of 64 MiB; how many events. */
  private long fill() throws Exception {
    try (EventStore store =
        SqliteEventStore.open(
            new BufferConfig(data.resolve("events.db"), 64 << 20),
            loss -> new Event("loss", Lane.REPORT, G + "loss", "{}", new byte[] {1}),
            InstantSource.system())) {
      Event event = new Event("t", Lane.TELEMETRY, G + "telemetry/env", "{}", new byte[30_000]);
      for (int i = 0; i < 20; i++) {
        store.append(Collections.nCopies(25, event), Map.of());
      }
      return store.account().waiting();
    }
  }

  private boolean isGivenUp() {
    try {
      return standing().attempt().isEmpty()
          && standing().last().filter(Standing.Outcome::told).isPresent();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void damage(String name) throws Exception {
    try (var files = Files.list(data.resolve("config"))) {
      Path file =
          files.filter(f -> f.getFileName().toString().startsWith(name)).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
  }

  /**
   * The same file from a stick, and the way back by hand: beside the agent, and while it is
   * stopped.
   */
  @Test
  void takesAnOrderFromAFileAndGoesBackByHand() throws Exception {
    factory();
    Path order = folder.resolve("order.jws");
    Files.writeString(order, maintainer.order(1, larger(broker.uri()), SHORT));
    String at = data.toString();
    assertThat(AgentProcess.verb(1, "config", "apply", order.toString(), "--data", at))
        .contains("no agent runs here");
    try (AgentProcess agent = run()) {
      awaitReport(1, "committed", "");
      assertThat(AgentProcess.verb(0, "config", "history", "--data", at))
          .contains(" 0  epoch 1, sequence 1  issued ", "by ops-li: a test", " 1  factory");
      Files.writeString(order, maintainer.order(2, factory(), SHORT).replace("payload", "paylaod"));
      assertThat(AgentProcess.verb(2, "config", "apply", order.toString(), "--data", at))
          .contains("rejected SIG_INVALID");
      assertThat(AgentProcess.verb(0, "config", "rollback", "--data", at))
          .contains("rolled_back ROLLBACK by hand");
      awaitReport(1, "rolled_back", "ROLLBACK");
      assertThat(Indicators.rolledBack(data.resolve("config"))).isFalse();
      assertThat(AgentProcess.verb(2, "config", "rollback", "--data", at))
          .contains("the factory document is active");
      Files.writeString(order, maintainer.order(3, larger(broker.uri()), SHORT));
      assertThat(AgentProcess.verb(0, "config", "apply", order.toString(), "--data", at))
          .contains("committed");
      assertThat(agent.stop()).isZero();
    }
    assertThat(AgentProcess.verb(0, "config", "rollback", "--data", at))
        .contains("active at the next start: factory");
    assertThat(AgentProcess.verb(0, "config", "status", "--data", at))
        .contains(
            "active   factory", "last     sequence 3 rolled_back ROLLBACK", "floor    epoch 1");
  }
}
