package org.cityedge.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.config.Deployment;
import org.cityedge.config.Standing;
import org.cityedge.fixtures.ContactFile;

/**
 * A gateway whose configuration comes over a real broker, from a maintainer whom it trusts. Beside
 * the broker's listener everything heard is held against the contract.
 */
final class OrderStage {
  static final String G = "city/v1/510108/gw-test/";
  static final Duration LIMIT = Duration.ofSeconds(40);
  static final String SHORT = "{\"deadline\":\"10s\",\"need\":[\"broker\",\"queue\"]}";

  /** Needs what never comes, so that the order stays on trial. */
  static final String NEVER = "{\"deadline\":\"120s\",\"need\":[\"cameras>=1\"]}";

  static final JsonMapper JSON = JsonMapper.builder().build();

  final Path folder;
  final Path data;
  final Path log;
  final Mosquitto broker;
  final MqttListener centre;
  final Maintainer maintainer;
  final ContactFile door;

  /**
   * @param folder empty; all lies below it
   */
  OrderStage(Path folder) throws Exception {
    this.folder = folder;
    data = Files.createDirectory(folder.resolve("data"));
    log = folder.resolve("agent.log");
    broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
    maintainer = Maintainer.provision(folder, data);
    door = ContactFile.create(folder.resolve("door"));
  }

  void close() throws Exception {
    try {
      centre.close();
    } finally {
      broker.close();
    }
  }

  City city(URI uri) {
    return new City(uri).telemetryEvery("1s").contact("door-1", door.path());
  }

  Path factory() throws Exception {
    return city(broker.uri()).write(folder);
  }

  /** A configuration with a second sensor. */
  Path larger(URI uri) throws Exception {
    return city(uri)
        .contact("door-2", door.path())
        .write(Files.createTempDirectory(folder, "larger"));
  }

  AgentProcess run() throws Exception {
    return AgentProcess.run(folder.resolve("gateway.yaml"), data, log);
  }

  void push(String order) {
    centre.publishRetained(G + "config/desired", order);
  }

  JsonNode awaitReport(long sequence, String state, String code) throws Exception {
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

  static boolean is(JsonNode attempt, long sequence, String state, String code) {
    return attempt.path("seq").asLong(-1) == sequence
        && attempt.path("state").asText().equals(state)
        && (code.isEmpty() || attempt.path("code").asText().equals(code));
  }

  static JsonNode data(MqttListener.Message message) {
    try {
      return JSON.readTree(message.payload()).path("data");
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode state(long boot) throws JsonProcessingException {
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

  void state(long boot, long configSeq) {
    centre.await(
        LIMIT,
        m ->
            m.topic().equals(G + "state")
                && m.text().contains("\"online\":true,\"boot\":" + boot + ",")
                && m.text().contains("\"configSeq\":" + configSeq + ","));
  }

  Standing standing() throws Exception {
    return Deployment.inspect(data.resolve("config"));
  }

  /** How often that was told. */
  long reports(long sequence, String state) {
    return centre.messages(m -> m.topic().equals(G + "config/reported")).stream()
        .filter(m -> is(data(m).path("attempt"), sequence, state, ""))
        .count();
  }

  MqttListener.Message lastReport() {
    return centre.messages(m -> m.topic().equals(G + "config/reported")).getLast();
  }

  /**
   * Whether an order has been gone back from, and what became of it is with the centre or stored.
   */
  boolean isGivenUp() {
    try {
      return standing().attempt().isEmpty()
          && standing().last().filter(Standing.Outcome::told).isPresent();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
