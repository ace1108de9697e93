package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.ColourModel;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cameras whose smoke a network verifies, in the real agent: one whole, one damaged. */
@Timeout(300)
class ModelsIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Smokes for as long as is waited: a busy machine sees less of it, and so suspects it later. */
  private static final Script SMOKE = Script.ofSeconds(15, 240, 240, 240, 240, 0);

  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir Path folder;

  private static Predicate<Message> smokeOf(String camera) {
    return m -> m.topic().endsWith("/alert/smoke") && m.text().contains("\"" + camera + "\"");
  }

  private static String detector(Message alert) throws Exception {
    return JSON.readTree(alert.payload()).findValue("detector").asText();
  }

  private static JsonNode models(Message health) {
    try {
      return health.topic().endsWith("/health")
          ? JSON.readTree(health.payload()).path("models")
          : MissingNode.getInstance();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void verifiesWithAWholeModelAndGoesOnClassicallyWithADamagedOne() throws Exception {
    Path data = folder.resolve("data");
    Path models = data.resolve("models");
    Path log = folder.resolve("agent.log");
    // Every picture is bright enough for it, so it confirms what is suspected.
    String whole = ColourModel.writeOfBright(models, "whole", 0.05);
    String damaged = ColourModel.writeOfBright(models, "damaged", 0.05);
    Files.writeString(models.resolve("damaged.onnx"), "half of it");
    Files.writeString(models.resolve("faces.onnx"), "not named");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        MjpegCamera camera = MjpegCamera.start(new CameraScene(SMOKE, 1));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      Path config =
          new City(broker.uri())
              .camera("cam-1", camera.uri(), "models: {smoke: {" + whole + "}}")
              .camera("cam-2", camera.uri(), "models: {smoke: {" + damaged + "}}")
              .write(folder);
      assertThat(AgentProcess.verb(1, "check", "--config", config.toString()))
          .contains("camera cam-2 goes on without its model for smoke")
          .doesNotContain("cam-1");
      try (AgentProcess agent = AgentProcess.run(config, data, log)) {
        assertThat(detector(centre.await(SOON, smokeOf("cam-1")))).isEqualTo("smoke-whole-and/1");
        assertThat(detector(centre.await(SOON, smokeOf("cam-2")))).isEqualTo("smoke-classical/2");
        // Told as soon as a camera finds out, which may be before the other has looked.
        JsonNode told = models(centre.await(SOON, m -> models(m).path("bad").asInt() == 1));
        assertThat(told.get("detail").asText()).isNotEmpty();
        centre.await(SOON, m -> models(m).path("ok").asInt() == 1);
        assertThat(log)
            .content()
            .containsOnlyOnce("A model cannot be used; the classical detector goes on alone")
            .contains("A model is in use. model=whole.json");

        JsonNode report =
            JSON.readTree(
                AgentProcess.verb(
                    2, "doctor", "--config", config.toString(), "--json", "--only", "models"));
        assertThat(
                StreamSupport.stream(report.get("findings").spliterator(), false)
                    .map(f -> f.get("code").asText() + " " + f.get("subject").asText()))
            .containsExactlyInAnyOrder("MODEL_UNUSABLE cam-2", "MODEL_STRANGER faces.onnx");
        assertThat(agent.stop()).isZero();
      }
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }
}
