package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.config.Standing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orders that do not pass their trial, pushed to the agent as a process: rows 12 to 16 and 18 of
 * config.md §4.
 */
class OrderGoneBackIT {
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

  /** Row 13, and a restart after the rollback. */
  @Test
  void comesBackFromABrokerThatDoesNotExistWithinTheDeadline() throws Exception {
    stage.factory();
    Path nowhere = stage.larger(URI.create("mqtt://127.0.0.1:9"));
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      long pushed = System.nanoTime();
      stage.push(stage.maintainer.order(1, nowhere, OrderStage.SHORT));
      JsonNode back = stage.awaitReport(1, "rolled_back", "HEALTH_BROKER_UNREACHABLE");
      Duration took = Duration.ofNanos(System.nanoTime() - pushed);
      System.out.println("OrderGoneBackIT back after " + took.toMillis() + " ms, deadline 10 s");
      assertThat(took).isLessThan(Duration.ofSeconds(15));
      assertThat(back.at("/active/seq").asLong()).isZero();
      agent.kill();
    }
    int reports =
        stage.centre.messages(m -> m.topic().equals(OrderStage.G + "config/reported")).size();
    try (AgentProcess agent = stage.run()) {
      // The order still lies at the broker: it is told again what became of it, and not tried. What
      // the killed one had told without a PUBACK may come before that.
      stage.centre.await(
          OrderStage.LIMIT,
          _ ->
              stage
                  .centre
                  .messages(m -> m.topic().equals(OrderStage.G + "config/reported"))
                  .stream()
                  .skip(reports)
                  .map(m -> OrderStage.data(m).path("attempt"))
                  .anyMatch(a -> OrderStage.is(a, 1, "rolled_back", "HEALTH_BROKER_UNREACHABLE")));
      assertThat(agent.isAlive()).isTrue();
      assertThat(agent.stop()).isZero();
    }
    assertThat(stage.standing().attempt()).isEmpty();
    assertThat(stage.standing().blocked())
        .containsExactly(new Standing.Blocked(1, 1, "HEALTH_BROKER_UNREACHABLE"));
  }

  /** A broker that takes readings and no report: what the gate asks for is the report's PUBACK. */
  @Test
  void comesBackFromABrokerThatRefusesItsReports() throws Exception {
    stage.factory();
    Path rights = stage.folder.resolve("rights");
    Files.writeString(
        rights, "topic deny city/v1/+/+/config/reported\ntopic readwrite city/v1/#\n");
    try (Mosquitto narrow =
            Mosquitto.start(
                Files.createDirectory(stage.folder.resolve("narrow")), "acl_file " + rights);
        AgentProcess agent = stage.run()) {
      stage.state(1);
      // Mosquitto 2.0 also ends the connection at each refusal, so there must be time to come back.
      stage.push(
          stage.maintainer.order(
              1, stage.larger(narrow.uri()), "{\"deadline\":\"35s\",\"need\":[\"queue\"]}"));
      stage.awaitReport(1, "rolled_back", "HEALTH_QUEUE");
      assertThat(agent.stop()).isZero();
    }
  }

  /** Nor can what ran before be started again; the next start tells of it. */
  @Test
  void anOrderThatCannotBeStartedIsGoneBackFrom() throws Exception {
    stage.factory();
    Path clips = stage.data.resolve("clips");
    Path aside = stage.folder.resolve("clips");
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      Files.move(clips, aside);
      Files.writeString(clips, "where a folder should be");
      Path other =
          stage
              .city(stage.broker.uri())
              .maxBytes("1GiB")
              .write(Files.createTempDirectory(stage.folder, "other"));
      stage.push(stage.maintainer.order(1, other, OrderStage.SHORT));
      Eventually.await("the process ends", OrderStage.LIMIT, () -> !agent.isAlive());
    }
    Files.delete(clips);
    Files.move(aside, clips);
    try (AgentProcess agent = stage.run()) {
      JsonNode back = stage.awaitReport(1, "rolled_back", "HEALTH_START");
      assertThat(back.at("/active/seq").asLong()).isZero();
      assertThat(agent.stop()).isZero();
    }
    assertThat(stage.standing().attempt()).isEmpty();
    assertThat(stage.standing().blocked())
        .containsExactly(new Standing.Blocked(1, 1, "HEALTH_START"));
  }

  /** Rows 12 and 14. */
  @Test
  void twoKillsInProbationEndWithLastKnownGood() throws Exception {
    stage.factory();
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      stage.push(stage.maintainer.order(1, stage.larger(stage.broker.uri()), OrderStage.NEVER));
      stage.awaitReport(1, "probation", "");
      agent.kill();
    }
    try (AgentProcess agent = stage.run()) {
      assertThat(stage.state(2).path("configSeq").asLong()).isEqualTo(1);
      agent.kill();
    }
    try (AgentProcess agent = stage.run()) {
      assertThat(stage.state(3).path("configSeq").asLong()).isZero();
      stage.awaitReport(1, "rolled_back", "CRASH_LOOP");
      assertThat(agent.stop()).isZero();
    }
  }

  /** Rows 15 and 18, then 16 twice: the version before, and the factory document. */
  @Test
  void whenTheCentreIsDownAsWellTheResultWaitsAndADamagedVersionGivesWayToTheOneBefore()
      throws Exception {
    stage.factory();
    try (AgentProcess agent = stage.run()) {
      stage.state(1);
      stage.push(stage.maintainer.order(1, stage.larger(stage.broker.uri()), OrderStage.SHORT));
      stage.awaitReport(1, "committed", "");
      stage.push(stage.maintainer.order(2, stage.factory(), OrderStage.SHORT));
      stage.awaitReport(2, "committed", "");
      stage.push(
          stage.maintainer.order(
              3,
              stage.larger(stage.broker.uri()),
              "{\"deadline\":\"10s\",\"need\":[\"cameras>=1\"]}"));
      stage.awaitReport(3, "probation", "");
      stage.broker.stop();
      // Once for the deadline and once more, since the broker of what was good is gone as well.
      Eventually.await(
          "the order is given up and its result stored", OrderStage.LIMIT, stage::isGivenUp);
      assertThat(stage.standing().last().orElseThrow().code()).isEqualTo("GATE_UNDECIDED");
      assertThat(stage.centre.messages(m -> m.text().contains("GATE_UNDECIDED"))).isEmpty();
      agent.kill();
    }
    damage("1-2-");
    stage.broker.start();
    stage.centre.reconnect();
    try (AgentProcess agent = stage.run()) {
      JsonNode late = stage.awaitReport(3, "rolled_back", "GATE_UNDECIDED");
      assertThat(late.at("/active/seq").asLong()).isEqualTo(2);
      JsonNode lost = stage.awaitReport(2, "rolled_back", "LKG_LOST");
      assertThat(lost.at("/active/seq").asLong()).isEqualTo(1);
      agent.kill();
    }
    damage("1-1-");
    try (AgentProcess agent = stage.run()) {
      JsonNode lost = stage.awaitReport(1, "rolled_back", "LKG_LOST");
      assertThat(lost.at("/active/seq").asLong()).isZero();
      assertThat(agent.stop()).isZero();
    }
    assertThat(stage.standing().floor().sequence()).isEqualTo(3);
  }

  private void damage(String name) throws Exception {
    try (var files = Files.list(stage.data.resolve("config"))) {
      Path file =
          files.filter(f -> f.getFileName().toString().startsWith(name)).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
  }
}
