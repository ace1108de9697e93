package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent in a vehicle; the drivers' own test asks the real gpsd. */
@Timeout(180)
class PositionIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;

  private static void report(OutputStream out, String line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static boolean has(MqttListener.Message message, String topic, String text) {
    return message.topic().contains(topic) && message.text().contains(text);
  }

  @Test
  void aVehicleTellsItsTrackAndWhereItsAlertsBegan() throws Exception {
    try (ServerSocket gpsd = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      ContactFile door = ContactFile.create(folder.resolve("door"));
      Path config = new City(broker.uri()).contact("door-1", door.path()).write(folder);
      String doubtful = "quantity: open, stuckAfter: 1d, warmUp: 3m,";
      Files.writeString(
          config,
          Files.readString(config).replace("quantity: open, debounce", doubtful + " debounce"));
      Files.writeString(
          config,
          "position: {source: gpsd, port: %d, track: {pack: 1s}}%n".formatted(gpsd.getLocalPort()),
          StandardOpenOption.APPEND);
      try (AgentProcess agent =
              AgentProcess.run(config, folder.resolve("data"), folder.resolve("agent.log"));
          Socket peer = gpsd.accept()) {
        OutputStream out = peer.getOutputStream();
        report(out, "{\"class\":\"VERSION\",\"proto_major\":3}");
        report(out, "{\"class\":\"TPV\",\"mode\":1}");
        report(
            out,
            "{\"class\":\"TPV\",\"mode\":3,\"lat\":30.7,\"lon\":104.2,\"speed\":8.4,\"track\":271.5,\"eph\":6.5}");

        MqttListener.Message track = centre.await(LIMIT, m -> m.topic().endsWith("/position"));
        JsonNode pack = JSON.readTree(track.payload());
        assertThat(pack.get(0).get("v").asDouble()).isEqualTo(30.7);
        assertThat(pack.get(3).get("n").asText()).isEqualTo("heading");
        assertThat(track.userProperties()).containsEntry("type", "org.cityedge.position.v1");

        door.set(true);
        MqttListener.Message alert = centre.await(LIMIT, m -> has(m, "/alert/", "raised"));
        JsonNode where = JSON.readTree(alert.payload()).at("/data/where");
        assertThat(where.get("lat").asDouble()).isEqualTo(30.7);
        assertThat(where.get("positionSource").asText()).isEqualTo("gpsd");
        assertThat(where.get("accuracyM").asDouble()).isEqualTo(6.5);
        assertThat(where.has("gridCode")).isFalse();

        JsonNode channel =
            JSON.readTree(centre.await(LIMIT, m -> m.topic().endsWith("/catalog")).payload())
                .at("/data/sensors/0");
        assertThat(channel.get("stuckAfterS").asDouble()).isEqualTo(86_400);
        assertThat(channel.get("warmUpS").asDouble()).isEqualTo(180);
        assertThat(channel.get("periodS").asDouble()).isEqualTo(1);
        assertThat(agent.stop()).isZero();
      }
    }
  }
}
