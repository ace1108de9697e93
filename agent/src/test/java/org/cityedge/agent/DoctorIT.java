package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.NotifyListener;
import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.Script;
import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The verb beside the agent, as a technician types it. */
@Timeout(180)
class DoctorIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void seesARunningAgentWithoutDisturbingItAndThenThatItDied() throws Exception {
    Path data = folder.resolve("data");
    Path log = folder.resolve("agent.log");
    int inbox = freePort();
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(500));
        MjpegCamera camera =
            MjpegCamera.start(new CameraScene(Script.quiet(Duration.ofMinutes(10)), 1))) {
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      Path config =
          new City(broker.uri())
              .observed("level-1", coap.uri("level"), "{quantity: level, unit: m}")
              .contact("door-1", contact.path())
              .posting("meter-1", inbox)
              .camera("cam-1", camera.uri())
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, data, log)) {
        Eventually.await(
            "the agent tells that all is well",
            SOON,
            () ->
                word(data).at("/sensors/level-1/state").asText().equals("ok")
                    && word(data).at("/cameras/0/state").asText().equals("ok")
                    && word(data).at("/uplink/connected").asBoolean());
        postThreeTimes(inbox);
        Eventually.await(
            "the agent tells of posts that it refused",
            SOON,
            () -> word(data).at("/losses/0/count").asInt() == 2);
        Path page = folder.resolve("report.html");

        JsonNode report = doctor(1, config, "--report", page.toString());

        assertThat(report.get("seconds").asDouble()).isLessThan(10);
        assertThat(codes(report))
            .containsEntry("agent", "AGENT_RUNS")
            .containsEntry("uplink", "UPLINK_UP")
            .containsEntry("broker-puback", "PUBACK_GOOD")
            .containsEntry("store", "STORE_SOUND")
            .containsEntry("account", "ACCOUNT_WHOLE")
            .containsEntry("sensors", "SENSOR_GOOD")
            .containsEntry("sensor-losses", "LOSS_POSTS")
            .containsEntry("cameras", "CAMERA_GOOD")
            .containsEntry("pictures", "PICTURE_GOOD")
            .containsEntry("gpio", "LINE_SIMULATED");
        JsonNode loss = finding(report, "sensor-losses");
        assertThat(loss.get("subject").asText()).isEqualTo("meter-1");
        assertThat(loss.at("/en/cause").asText()).startsWith("2 of its posts were refused (4.29)");
        assertThat(page).content().contains("<!doctype html>", "网关程序");
        // Its client id was not taken over, and nobody else looked through its camera.
        assertThat(word(data).at("/uplink/reconnects").asInt()).isZero();
        assertThat(word(data).at("/cameras/0/reconnects").asInt()).isZero();

        agent.kill();
        assertThat(codes(doctor(2, config, "--only", "agent")))
            .containsEntry("agent", "AGENT_DEAD");
      }
      tellsTheServiceManager(config, data, log);
      // The kill is remembered beyond the run that followed it.
      assertThat(codes(doctor(1, config, "--only", "agent", "--only", "ends")))
          .containsEntry("agent", "AGENT_ABSENT")
          .containsEntry("ends", "ENDS_CRASH");
    } catch (AssertionError e) {
      throw new AssertionError(AgentProcess.tail(log), e);
    }
  }

  private void tellsTheServiceManager(Path config, Path data, Path log) throws Exception {
    String socket = folder.resolve("notify").toString();
    Map<String, String> environment = Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "3000000");
    try (NotifyListener manager = NotifyListener.bind(socket);
        AgentProcess agent = AgentProcess.run(config, data, log, environment)) {
      Eventually.await(
          "it is told of a connection and fed twice",
          SOON,
          () ->
              manager.messages().stream().anyMatch(m -> m.startsWith("STATUS=connected, sensors 2"))
                  && Collections.frequency(manager.messages(), "WATCHDOG=1") >= 2);
      assertThat(manager.messages()).startsWith("READY=1");
      Eventually.await(
          "the agent runs again", SOON, () -> word(data).path("pid").asLong() == agent.pid());
      assertThat(agent.stop()).isZero();
      assertThat(manager.messages()).last().isEqualTo("STOPPING=1");
    }
  }

  /** Twice more than the inbox allows within a minute. */
  private static void postThreeTimes(int port) throws Exception {
    CoapEndpoint endpoint =
        CoapEndpoint.builder().setConfiguration(Configuration.createStandardWithoutFile()).build();
    CoapClient meter =
        new CoapClient("coap://127.0.0.1:" + port + "/in/meter-1")
            .setEndpoint(endpoint)
            .setTimeout(30_000L);
    try {
      for (ResponseCode expected :
          List.of(
              ResponseCode.CHANGED,
              ResponseCode.TOO_MANY_REQUESTS,
              ResponseCode.TOO_MANY_REQUESTS)) {
        CoapResponse response = meter.post("3.6", MediaTypeRegistry.TEXT_PLAIN);
        assertThat(response).isNotNull();
        assertThat(response.getCode()).isEqualTo(expected);
      }
    } finally {
      meter.shutdown();
      endpoint.destroy();
    }
  }

  private static int freePort() throws java.io.IOException {
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static JsonNode finding(JsonNode report, String check) {
    return report
        .get("findings")
        .valueStream()
        .filter(f -> f.get("check").asText().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode word(Path data) {
    try {
      return JSON.readTree(Files.readAllBytes(data.resolve("run/health.json")));
    } catch (java.io.IOException e) {
      return JSON.createObjectNode();
    }
  }

  private JsonNode doctor(int exit, Path config, String... more) throws Exception {
    String[] all = new String[more.length + 4];
    all[0] = "doctor";
    all[1] = "--config";
    all[2] = config.toString();
    all[3] = "--json";
    System.arraycopy(more, 0, all, 4, more.length);
    return JSON.readTree(AgentProcess.verb(exit, all));
  }

  private static Map<String, String> codes(JsonNode report) {
    Map<String, String> codes = new HashMap<>();
    report.get("findings").forEach(f -> codes.put(f.get("check").asText(), f.get("code").asText()));
    return codes;
  }
}
