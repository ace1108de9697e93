package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.fixtures.ContactFile;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signed commands to the agent as a process, over a real broker (wire.md §6). */
class RemoteCommandsIT {
  private static final String G = "city/v1/510108/gw-test/";
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private int asked;

  /** A gateway that never was connected hears what is said from its subscription on. */
  private static void awaitSubscribed(MqttListener centre) {
    long[] next = {System.nanoTime()};
    Eventually.await(
        "the gateway answers",
        LIMIT,
        () -> {
          if (System.nanoTime() - next[0] >= 0) {
            next[0] = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            publish(centre, "ping", "", "first".getBytes(StandardCharsets.UTF_8));
          }
          return centre.messages().stream().anyMatch(m -> m.topic().contains("/cmd-res/"));
        });
  }

  private static void publish(
      MqttListener centre, String verb, String payload, byte[] correlation) {
    MqttProperties properties = new MqttProperties();
    properties.setResponseTopic(G + "cmd-res/desk-7");
    properties.setCorrelationData(correlation);
    properties.setMessageExpiryInterval(60L);
    centre.publish(G + "cmd/" + verb, payload, properties);
  }

  private JsonNode ask(MqttListener centre, String verb, String payload) throws Exception {
    byte[] correlation = ("ask-" + ++asked).getBytes(StandardCharsets.UTF_8);
    publish(centre, verb, payload, correlation);
    return JSON.readTree(
            centre
                .await(
                    LIMIT,
                    m ->
                        m.topic().equals(G + "cmd-res/desk-7")
                            && Arrays.equals(m.correlationData(), correlation))
                .payload())
        .path("data");
  }

  private static String level(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file).strip() : "";
    } catch (java.io.IOException e) {
      return "";
    }
  }

  @Test
  void switchesGoesBackAndRestartsBySignedCommandsOfWhichEachIsCarriedOutOnce() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path log = folder.resolve("agent.log");
    Path siren = folder.resolve("siren");
    ContactFile door = ContactFile.create(folder.resolve("door"));
    Maintainer maintainer = Maintainer.provision(folder, data);
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      centre.tolerate(m -> m.topic().contains("/cmd/"));
      Path config =
          new City(broker.uri()).contact("door-1", door.path()).telemetryEvery("1s").write(folder);
      Files.writeString(
          config,
          "outputs: [{id: siren-1, kind: siren, chip: sim, simFile: \"%s\", maxOn: 2s, rules: [door-1-open]}]\n"
              .formatted(siren),
          java.nio.file.StandardOpenOption.APPEND);
      try (AgentProcess agent = AgentProcess.run(config, data, log)) {
        Eventually.await("the siren is off", LIMIT, () -> level(siren).equals("0"));
        awaitSubscribed(centre);
        String on =
            maintainer.command("gw-test", "output-set", "c-1", "{\"id\":\"siren-1\",\"on\":true}");
        assertThat(ask(centre, "output-set", on).path("ok").asBoolean()).isTrue();
        Eventually.await("it is on", LIMIT, () -> level(siren).equals("1"));
        assertThat(ask(centre, "output-set", on).path("code").asText()).isEqualTo("REPLAYED");
        Eventually.await("it is off after maxOn", LIMIT, () -> level(siren).equals("0"));
        assertThat(ask(centre, "restart", "{}").path("code").asText()).isEqualTo("NOT_SIGNED");
        String back = maintainer.command("gw-test", "config-rollback", "c-2", "{}");
        assertThat(ask(centre, "config-rollback", back).path("code").asText())
            .isEqualTo("NOTHING_BEFORE");

        Path larger =
            new City(broker.uri())
                .contact("door-1", door.path())
                .contact("door-2", door.path())
                .write(Files.createTempDirectory(folder, "larger"));
        centre.publishRetained(
            G + "config/desired",
            maintainer.order(1, larger, "{\"deadline\":\"10s\",\"need\":[\"queue\"]}"));
        centre.await(LIMIT, m -> m.topic().endsWith("reported") && m.text().contains("committed"));
        back = maintainer.command("gw-test", "config-rollback", "c-3", "{}");
        assertThat(ask(centre, "config-rollback", back).path("ok").asBoolean()).isTrue();
        centre.await(
            LIMIT,
            m ->
                m.topic().endsWith("reported")
                    && m.text().contains("rolled_back")
                    && m.text().contains("by command of command-1 (ops-li)"));

        String restart = maintainer.command("gw-test", "restart", "c-4", "{}");
        assertThat(ask(centre, "restart", restart).path("ok").asBoolean()).isTrue();
        Eventually.await("the process ends", LIMIT, () -> !agent.isAlive());
        assertThat(agent.stop()).isEqualTo(75);
      }
      try (AgentProcess agent = AgentProcess.run(config, data, log)) {
        String restart = maintainer.command("gw-test", "restart", "c-4", "{}");
        assertThat(ask(centre, "restart", restart).path("code").asText()).isEqualTo("REPLAYED");
        assertThat(agent.stop()).isZero();
      }
      assertThat(Chain.verify(data)).isInstanceOf(Chain.State.Whole.class);
      List<AuditRecord> records = Chain.records(data);
      assertThat(records)
          .filteredOn(r -> r.entry().kind().word().equals("command"))
          .filteredOn(r -> !r.entry().subject().equals("ping"))
          .extracting(r -> (r.entry().subject() + " " + r.entry().what()))
          .containsExactly(
              "output-set c-1 taken",
              "output-set c-1 done",
              "output-set c-1 refused",
              "restart refused",
              "config-rollback c-2 taken",
              "config-rollback c-2 refused",
              "config-rollback c-3 taken",
              "config-rollback c-3 done",
              "restart c-4 taken",
              "restart c-4 done",
              "restart c-4 refused");
      assertThat(records)
          .anySatisfy(
              r -> {
                assertThat(r.entry().what()).isEqualTo("stop");
                assertThat(r.entry().actor()).isEqualTo("command-1 (ops-li)");
              });
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }
}
