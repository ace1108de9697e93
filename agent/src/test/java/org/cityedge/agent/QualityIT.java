package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.fixtures.CoapCity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent: how far a reading can be trusted reaches the centre with it. */
@Timeout(180)
class QualityIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;

  private static boolean tells(MqttListener.Message message, String quality) {
    return message.topic().contains("/telemetry/")
        && message.text().contains("\"quality\":\"" + quality + "\"");
  }

  @Test
  void theCentreSeesDoubtAndSilence() throws Exception {
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
        CoapCity coap = CoapCity.start(Duration.ofMillis(500))) {
      AutoCloseable silence = coap;
      // Its level is about a metre.
      Path config =
          new City(broker.uri())
              .observed("level-1", coap.uri("level"), "{quantity: level, unit: m, max: 0.01}")
              .write(folder);
      Files.writeString(
          config, Files.readString(config).replace("type: coap,", "type: coap, warmUp: 2s,"));
      try (AgentProcess agent =
          AgentProcess.run(config, folder.resolve("data"), folder.resolve("agent.log"))) {
        centre.await(LIMIT, m -> tells(m, "init"));
        centre.await(LIMIT, m -> tells(m, "range"));
        silence.close();
        centre.await(LIMIT, m -> tells(m, "stale"));
        assertThat(agent.stop()).isZero();
      }
    }
  }
}
