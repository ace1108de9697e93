package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signed configuration by Kura's requests, to the agent as a process. */
class KuraConfigIT {
  private static final String CONTROL = "$EDC/city/gw-test/";
  private static final String REPLY = "$EDC/city/ops/CITY-CONF-V1/REPLY/";
  private static final Duration LIMIT = Duration.ofSeconds(40);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private int questions;

  @Test
  void judgesWhatIsPutByItsSignatureAndTellsWhatBecameOfIt() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Maintainer maintainer = Maintainer.provision(folder, data);
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city")) {
      Path config = kura(new City(broker.uri()).telemetryEvery("1s").write(folder));
      ContactFile door = ContactFile.create(folder.resolve("door"));
      Path larger =
          kura(
              new City(broker.uri())
                  .telemetryEvery("1s")
                  .contact("door-1", door.path())
                  .write(Files.createDirectory(folder.resolve("larger"))));
      try (AgentProcess agent = AgentProcess.run(config, data, folder.resolve("agent.log"))) {
        platform.await(CONTROL + "MQTT/BIRTH");
        // The subscription follows BIRTH, so the first question is asked until it is answered.
        Eventually.await("an answer", LIMIT, () -> asked(platform).isPresent());
        String order =
            maintainer.order(1, larger, "{\"deadline\":\"10s\",\"need\":[\"broker\",\"queue\"]}");
        platform.put(CONTROL + "CITY-CONF-V1/PUT/desired", "ops", "put", bytes(larger.toString()));
        assertThat(platform.await(REPLY + "put").payload().metrics())
            .containsEntry("response.code", 200);
        platform.put(CONTROL + "CITY-CONF-V1/PUT/desired", "ops", "put", bytes(order));
        Eventually.await(
            "committed",
            LIMIT,
            () ->
                asked(platform)
                    .filter(told -> told.at("/attempt/state").asText().equals("committed"))
                    .filter(told -> told.at("/active/seq").asInt() == 1)
                    .isPresent());
        assertThat(platform.heard())
            .as("each state is told as data as well")
            .filteredOn(message -> message.topic().equals("city/gw-test/CITY-V1/config/reported"))
            .extracting(message -> json(message).at("/data/attempt/state").asText())
            .contains("rejected", "probation", "committed");
        assertThat(agent.stop()).isZero();
      }
    }
  }

  /** Asks, and reads the newest answer there is so far. */
  private Optional<JsonNode> asked(KuraPlatform platform) {
    platform.put(CONTROL + "CITY-CONF-V1/GET/reported", "ops", "get-" + questions++, bytes("{}"));
    return platform.heard().stream()
        .filter(message -> message.topic().startsWith(REPLY + "get-"))
        .reduce((earlier, later) -> later)
        .map(KuraConfigIT::json);
  }

  private static Path kura(Path config) throws IOException {
    return Files.writeString(
        config,
        Files.readString(config).replace("uplink: {", "uplink: {format: kura, account: city, "));
  }

  private static JsonNode json(KuraPlatform.Heard message) {
    try {
      return JSON.readTree(message.payload().body().orElseThrow());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
