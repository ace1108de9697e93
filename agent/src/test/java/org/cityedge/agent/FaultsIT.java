package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.Script;
import org.cityedge.fixtures.SimulatedSensor.Behaviour;
import org.cityedge.fixtures.SmallDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A part that fails is reported, and stops none of the others. */
class FaultsIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String PM25 =
      "{quantity: pm2_5, unit: ug/m3}, {quantity: temperature, unit: Cel}";

  @TempDir Path folder;

  private static Predicate<Message> on(String topic, String text) {
    return m -> m.topic().endsWith(topic) && m.text().contains(text);
  }

  private static JsonNode data(Message message) throws Exception {
    return JSON.readTree(message.payload()).get("data");
  }

  /** Waits for a message that came after {@code seen} others. */
  private static void awaitFresh(MqttListener centre, int seen, Predicate<Message> wanted) {
    Eventually.await(
        "a fresh message", SOON, () -> centre.messages().stream().skip(seen).anyMatch(wanted));
  }

  @Test
  @SuppressWarnings("try") // the camera goes away in the middle, which is the test
  void garbageFromASensorAndALostCameraAreReportedAndTheRestGoesOn() throws Exception {
    Path log = folder.resolve("agent.log");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(500));
        MjpegCamera camera =
            MjpegCamera.start(new CameraScene(Script.quiet(Duration.ofMinutes(10)), 1));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      Path config =
          new City(broker.uri())
              .observed("pm25-1", coap.uri("pm25"), PM25)
              .observed("level-1", coap.uri("level"), "{quantity: level, unit: m}")
              .contact("door-1", contact.path())
              .camera("cam-1", camera.uri())
              .rule("{id: pm25-high, kind: threshold, sensor: pm25-1, quantity: pm2_5, above: 500}")
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, folder.resolve("data"), log)) {
        centre.await(SOON, on("/telemetry/env", "pm25-1/pm2_5"));
        centre.await(SOON, on("/telemetry/env", "level-1/level"));

        coap.pm25().behave(Behaviour.GARBAGE);
        Message lost = centre.await(SOON, on("/alert/sensor", "pm25-1.lost"));
        assertThat(data(lost).get("headline").asText()).contains("失联");
        assertThat(AgentProcess.tail(log)).contains("pm25-1").containsIgnoringCase("malformed");

        camera.close();
        Message fault = centre.await(SOON, on("/alert/camera", "cam-1.fault"));
        assertThat(data(fault).get("state").asText()).isEqualTo("raised");

        // The others go on, and alerts with them.
        awaitFresh(centre, centre.messages().size(), on("/telemetry/env", "level-1/level"));
        contact.set(true);
        centre.await(SOON, on("/alert/sensor", "door-1-open"));

        coap.pm25().behave(Behaviour.NORMAL);
        awaitFresh(centre, centre.messages().size(), on("/telemetry/env", "pm25-1/pm2_5"));
        centre.await(
            SOON,
            m -> on("/alert/sensor", "pm25-1.lost").test(m) && m.text().contains("\"cleared\""));
        assertThat(agent.stop()).isZero();
      }
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }

  @Test
  void aFullDiskIsReportedAndTheAgentGoesOnAndRecovers() throws Exception {
    Path log = folder.resolve("agent.log");
    try (SmallDisk disk =
            SmallDisk.mount(folder.resolve("disk"), "size=16m")
                .orElseGet(() -> abort("only root may mount a small file system"));
        Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(500));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      Path config =
          new City(broker.uri())
              .maxBytes("8MiB")
              .observed("pm25-1", coap.uri("pm25"), PM25)
              .contact("door-1", contact.path())
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, disk.folder().resolve("data"), log)) {
        centre.await(SOON, on("/telemetry/env", "pm25-1/pm2_5"));
        // Whatever is left: another program has filled the disk.
        disk.fill();
        Message health = centre.await(SOON, on("/health", "\"trouble\""));
        assertThat(JSON.readTree(health.payload()).at("/store/trouble").asText())
            .containsIgnoringCase("full");
        assertThat(agent.isAlive()).isTrue();

        // An alert that could not be stored meanwhile is stored once there is room again.
        contact.set(true);
        disk.free();
        centre.await(SOON, on("/alert/sensor", "door-1-open"));
        awaitFresh(centre, centre.messages().size(), on("/telemetry/env", "pm25-1/pm2_5"));
        assertThat(agent.stop()).isZero();
      }
      JsonNode account =
          JSON.readTree(
              AgentProcess.verb(
                  0, "queue", "--data", disk.folder().resolve("data").toString(), "--json"));
      assertThat(account.get("unexplained").asLong()).isZero();
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }
}
