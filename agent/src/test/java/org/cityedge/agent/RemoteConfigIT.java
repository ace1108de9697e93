package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.config.Standing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orders pushed to the agent as a process, over a real broker: rows 1, 3, 4, 8, 9, 17 and 19 of
 * config.md §4; and from a file.
 */
class RemoteConfigIT {
  @TempDir Path folder;
  private OrderStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new OrderStage(folder);
  }

  @AfterEach
  void close() throws Exception {
    stage.close();
  }

  @Test
  void appliesCommitsAndRunsAnOrderAfterARestartAndFollowsNothingTwice() throws Exception {
    stage.factory();
    Path larger = stage.larger(stage.broker.uri());
    try (AgentProcess agent = stage.run()) {
      assertThat(stage.state(1).path("configSeq").asLong()).isZero();
      stage.push(stage.maintainer.order(1, larger, OrderStage.SHORT));
      JsonNode trial = stage.awaitReport(1, "probation", "");
      assertThat(trial.at("/active/seq").asLong()).isZero();
      JsonNode done = stage.awaitReport(1, "committed", "");
      assertThat(done.at("/active/seq").asLong()).isEqualTo(1);
      // A sensor more: the connection and the store stay open, and the state says what holds now.
      stage.state(1, 1);
      stage.centre.await(
          OrderStage.LIMIT, m -> m.topic().endsWith("/catalog") && m.text().contains("door-2"));

      // Row 4, row 3, row 8, row 19, and another gateway's order: all keep what is active.
      stage.push(stage.maintainer.order(1, stage.factory(), OrderStage.SHORT));
      stage.awaitReport(1, "rejected", "SEQ_REUSED");
      String followed = stage.maintainer.order(5, larger, OrderStage.SHORT);
      stage.push(followed);
      stage.awaitReport(5, "committed", "");
      stage.push(stage.maintainer.order(1, larger, OrderStage.SHORT));
      stage.awaitReport(1, "rejected", "SEQ_STALE");
      Files.writeString(larger, Files.readString(larger).replace("period: 1s", "period: 1ns"));
      stage.push(stage.maintainer.order(6, larger, OrderStage.SHORT));
      JsonNode schema = stage.awaitReport(6, "rejected", "SCHEMA");
      assertThat(schema.at("/attempt/problems/0/pointer").asText())
          .isEqualTo("/config/sensors/0/period");
      Files.writeString(larger, Files.readString(larger).replace("gw-test", "gw-other"));
      String renamed = stage.maintainer.order(6, larger, OrderStage.SHORT);
      stage.push(renamed);
      stage.centre.await(OrderStage.LIMIT, m -> m.text().contains("cannot rename a gateway"));
      stage.push("");
      stage.awaitReport(0, "rejected", "DESIRED_EMPTY");
      theSameAnswerComesToTheSameOrder(renamed, followed);
      // The order of sequence 5 was equal to what ran.
      stage.state(1, 5);
      assertThat(stage.centre.messages(m -> m.topic().equals(OrderStage.G + "state")))
          .hasSize(3)
          .allMatch(m -> m.text().contains("\"online\":true"));
      agent.kill();
    }
    try (AgentProcess agent = stage.run()) {
      assertThat(stage.state(2).path("configSeq").asLong()).isEqualTo(5);
      assertThat(agent.stop()).isZero();
    }
    assertThat(stage.standing().good().map(Standing.Version::sequence)).contains(5L);
    assertThat(stage.standing().earlier().stream().map(Standing.Version::sequence))
        .containsExactly(1L);
    theAuditTellsItAll();
  }

  /** And it is the order's own, whatever was told of others meanwhile. */
  private void theSameAnswerComesToTheSameOrder(String refused, String followed) {
    stage.push(refused);
    Eventually.await(
        "refused as before",
        OrderStage.LIMIT,
        () ->
            stage.reports(6, "rejected") == 3
                && OrderStage.data(stage.lastReport()).toString().contains("rename"));
    stage.push(followed);
    Eventually.await(
        "committed as before",
        OrderStage.LIMIT,
        () ->
            stage.reports(5, "committed") == 2
                && OrderStage.data(stage.lastReport()).at("/active/seq").asLong() == 5);
  }

  /** Rows 1 and 4, and what the centre has heard is what lies on disk. */
  private void theAuditTellsItAll() throws Exception {
    assertThat(Chain.verify(stage.data)).isInstanceOf(Chain.State.Whole.class);
    List<AuditRecord> records = Chain.records(stage.data);
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
        stage.centre.messages(m -> m.topic().equals(OrderStage.G + "audit")).stream()
            .map(m -> OrderStage.data(m).path("sha256").asText())
            .distinct() // at least once: the kill fell between a message and its PUBACK
            .toList();
    assertThat(heard).isEqualTo(records.stream().map(AuditRecord::sha256).toList());
  }

  /** Rows 9 and 17. */
  @Test
  void theNewestOfThoseThatCameInProbationIsFollowedAndTheOthersAreSuperseded() throws Exception {
    stage.factory();
    Path larger = stage.larger(stage.broker.uri());
    Path camera =
        stage
            .city(stage.broker.uri())
            .camera("cam-1", URI.create("rtsp://127.0.0.1:9/none"))
            .write(Files.createTempDirectory(stage.folder, "camera"));
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      stage.push(
          stage.maintainer.order(
              1, camera, "{\"deadline\":\"10s\",\"need\":[\"queue\"],\"strict\":true}"));
      stage.awaitReport(1, "rejected", "PRECHECK");
      stage.push(
          stage.maintainer.order(
              2, camera, "{\"deadline\":\"10s\",\"need\":[\"queue\",\"cameras>=100%\"]}"));
      JsonNode trial = stage.awaitReport(2, "probation", "");
      assertThat(trial.at("/attempt/warnings/0").asText()).startsWith("camera cam-1");
      stage.push(stage.maintainer.order(3, camera, OrderStage.NEVER));
      stage.push(stage.maintainer.order(4, larger, OrderStage.SHORT));
      stage.awaitReport(2, "rolled_back", "HEALTH_CAMERAS");
      stage.awaitReport(3, "superseded", "SUPERSEDED");
      stage.awaitReport(4, "committed", "");
      assertThat(agent.stop()).isZero();
    }
  }

  /**
   * The same file from a stick, and the way back by hand: beside the agent, and while it is
   * stopped.
   */
  @Test
  void takesAnOrderFromAFileAndGoesBackByHand() throws Exception {
    stage.factory();
    Path order = stage.folder.resolve("order.jws");
    Files.writeString(
        order, stage.maintainer.order(1, stage.larger(stage.broker.uri()), OrderStage.SHORT));
    String at = stage.data.toString();
    assertThat(AgentProcess.verb(1, "config", "apply", order.toString(), "--data", at))
        .contains("no agent runs here");
    try (AgentProcess agent = stage.run()) {
      stage.awaitReport(1, "committed", "");
      assertThat(AgentProcess.verb(0, "config", "history", "--data", at))
          .contains(" 0  epoch 1, sequence 1  issued ", "by ops-li: a test", " 1  factory");
      Files.writeString(
          order,
          stage
              .maintainer
              .order(2, stage.factory(), OrderStage.SHORT)
              .replace("payload", "paylaod"));
      assertThat(AgentProcess.verb(2, "config", "apply", order.toString(), "--data", at))
          .contains("rejected SIG_INVALID");
      assertThat(AgentProcess.verb(0, "config", "rollback", "--data", at))
          .contains("rolled_back ROLLBACK by hand");
      stage.awaitReport(1, "rolled_back", "ROLLBACK");
      assertThat(Indicators.rolledBack(stage.data.resolve("config"))).isFalse();
      assertThat(AgentProcess.verb(2, "config", "rollback", "--data", at))
          .contains("the factory document is active");
      Files.writeString(
          order, stage.maintainer.order(3, stage.larger(stage.broker.uri()), OrderStage.SHORT));
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
