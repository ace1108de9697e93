package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.cityedge.agent.cli.AlertVerb;
import org.cityedge.agent.cli.EvidenceVerb;
import org.cityedge.agent.cli.Verb;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Browser;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.CoapServer;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.WireSchemas;
import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.RtspCamera;
import org.cityedge.fixtures.Script;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Sensors and a camera in, alerts and telemetry out at a real broker, every message as the contract
 * says.
 */
class MainJobIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PM25 =
      "{quantity: pm2_5, unit: ug/m3, min: 0, max: 1000}, {quantity: temperature, unit: Cel}";
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final WireSchemas schemas = new WireSchemas(new Topics("510108", "gw-test"));
  private Path log = Path.of("");

  @BeforeEach
  void nameTheLog() {
    log = folder.resolve("agent.log");
  }

  private static Predicate<Message> on(String topic) {
    return m -> m.topic().equals("city/v1/510108/gw-test/" + topic);
  }

  private static Predicate<Message> telemetry(String name, String value) {
    return m ->
        m.topic().contains("/telemetry/") && m.text().contains(name) && m.text().contains(value);
  }

  private static JsonNode data(Message message) throws Exception {
    return JSON.readTree(message.payload()).get("data");
  }

  private int drill(StringWriter told, String... arguments) {
    AlertVerb verb = new AlertVerb(InstantSource.system());
    List<String> line =
        new ArrayList<>(List.of("test", "--data", folder.resolve("data").toString()));
    line.addAll(List.of(arguments));
    PrintWriter out = new PrintWriter(told, true);
    return verb.run(new CommandLine(verb.spec()).parseArgs(line.toArray(String[]::new)), out, out);
  }

  @Test
  void everySensorAndCameraReachesTheCentreAsTheContractSays() throws Exception {
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapServer libcoap = CoapServer.start();
        CoapCity coap = CoapCity.start(Duration.ofSeconds(1));
        MjpegCamera camera = MjpegCamera.start(new CameraScene(Script.DEMO, 1));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      ContactFile contact = ContactFile.create(folder.resolve("contact"));
      libcoap.put("21.5", "text/plain");
      Path config =
          new City(broker.uri())
              .observed("pm25-1", coap.uri("pm25"), PM25)
              .polled(
                  "temp-1",
                  libcoap.uri(),
                  "text",
                  "{quantity: temperature, unit: Cel, min: -40, max: 85}")
              .contact("door-1", contact.path())
              .camera("cam-1", camera.uri())
              .clips("4s", "2s")
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, folder.resolve("data"), log)) {
        Message state = centre.await(SOON, on("state"));
        assertThat(JSON.readTree(state.payload()).get("online").asBoolean()).isTrue();
        Message catalog = centre.await(SOON, on("catalog"));
        assertThat(JSON.readTree(state.payload()).get("catalog"))
            .isEqualTo(data(catalog).get("hash"));
        centre.await(SOON, on("health"));
        centre.await(SOON, telemetry("pm25-1/pm2_5", "ug/m3"));
        centre.await(SOON, telemetry("temp-1/temperature", "21.5"));
        centre.await(SOON, telemetry("door-1/open", "false"));

        libcoap.put("23.75", "text/plain");
        centre.await(SOON, telemetry("temp-1/temperature", "23.75"));

        contact.set(true);
        Message opened = centre.await(SOON, on("alert/sensor"));
        assertThat(data(opened).get("status").asText()).isEqualTo("Test");
        centre.publish(
            "city/v1/510108/gw-test/alert-handling",
            "{\"alertId\":\"%s\",\"handling\":\"accepted\",\"by\":\"值班员-3\"}"
                .formatted(data(opened, "alertId")),
            new MqttProperties());
        centre.await(SOON, m -> on("alert/sensor").test(m) && m.text().contains("值班员-3"));
        contact.set(false);
        Message closed =
            centre.await(SOON, m -> on("alert/sensor").test(m) && m.text().contains("\"cleared\""));
        assertThat(data(closed).at("/handling/state").asText()).isEqualTo("accepted");

        Message smoke = centre.await(Duration.ofSeconds(90), on("alert/smoke"));
        assertThat(data(smoke).at("/popup/gb28181").asText()).isEqualTo("51010800001320000001");
        assertThat(data(smoke).get("headline").asText()).contains("疑似烟雾");
        String evidence = data(smoke).at("/evidence/0/id").asText();
        Message thumb = centre.await(SOON, on("evidence/" + evidence + "/thumb"));
        assertThat(thumb.payload()).startsWith(0xFF, 0xD8).hasSizeLessThanOrEqualTo(64 * 1024);
        theThumbCameInTime(data(smoke).at("/evidence/0/takenAt").asText());
        Message active =
            centre.await(
                SOON, m -> on("alert-active").test(m) && m.text().contains(data(smoke, "alertId")));
        assertThat(active.text()).contains("smoke");

        Message withClip =
            centre.await(
                Duration.ofSeconds(60),
                m -> on("alert/smoke").test(m) && m.text().contains("video/mp4"));
        JsonNode clip = clip(withClip);
        assertThat(clip.path("withheld").asText()).isEmpty();
        assertThat(data(withClip).get("alertId")).isEqualTo(data(smoke).get("alertId"));
        assertThat(folder.resolve("data/clips/" + clip.get("id").asText() + ".mp4"))
            .isNotEmptyFile();

        StringWriter told = new StringWriter();
        int code = drill(told, "--exercise", "--kind", "smoke", "--seconds", "5");
        assertThat(told.toString()).contains("演练：", "cleared", "the broker confirmed it after");
        assertThat(code).as("nobody accepted it").isEqualTo(Verb.WARNING);
        Message exercise =
            centre.await(SOON, m -> on("alert/smoke").test(m) && m.text().contains("\"Exercise\""));
        assertThat(data(exercise).at("/popup/gb28181").asText()).isEqualTo("51010800001320000001");
        String picture = data(exercise).at("/evidence/0/id").asText();
        centre.await(SOON, on("evidence/" + picture + "/thumb"));

        JsonNode taken = ask(centre, "snapshot", "{\"camera\":\"cam-1\"}");
        assertThat(taken.path("type").asText()).as(taken.toString()).isEqualTo("image/jpeg");
        Message chunk = centre.await(SOON, on("evidence/" + taken.get("id").asText() + "/0"));
        assertThat(chunk.payload()).startsWith(0xFF, 0xD8);
        // All of it, within the agent's own process.
        JsonNode examined = ask(centre, "doctor", "{\"lang\":\"en\"}");
        assertThat(examined.path("checks").asInt()).as(examined.toString()).isGreaterThan(30);
        assertThat(examined.findValuesAsText("code"))
            .doesNotContain("AGENT_ABSENT", "AGENT_DEAD", "AGENT_STUCK", "CHECK_BROKEN");

        assertThat(agent.stop()).isZero();
        assertThat(drill(told, "--exercise", "--kind", "smoke")).isEqualTo(Verb.FAILURE);
        assertThat(told.toString()).contains("no agent runs on the data folder");
        assertThat(folder.resolve("data/run/ring/cam-1")).doesNotExist();
        aBrowserPlays(clip.get("id").asText());
        centre.await(SOON, m -> on("state").test(m) && m.text().contains("\"stopped\""));
        schemas.assertValid(
            centre.messages(m -> !on("alert-handling").test(m) && !m.topic().contains("/cmd/")));
      } catch (AssertionError e) {
        throw new AssertionError(AgentProcess.tail(log), e);
      }
    }
  }

  private void aBrowserPlays(String clip) throws Exception {
    if (!Browser.isAvailable()) {
      System.out.println("MainJobIT: no Chromium, so no browser plays the clip");
      return;
    }
    Path file = folder.resolve("clip.mp4");
    EvidenceVerb evidence = new EvidenceVerb();
    PrintWriter quiet = new PrintWriter(new StringWriter());
    int code =
        evidence.run(
            new CommandLine(evidence.spec())
                .parseArgs(
                    "export", clip, file.toString(), "--data", folder.resolve("data").toString()),
            quiet,
            quiet);
    assertThat(code).isZero();
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")))) {
      browser.go(file.toUri().toString());
      String video = "document.querySelector('video')";
      browser.await("it shows a picture", video + ".readyState >= 2");
      assertThat(browser.eval("[%1$s.videoWidth, %1$s.videoHeight]".formatted(video)).toString())
          .isEqualTo("[640,360]");
      assertThat(browser.eval(video + ".duration").asDouble()).isBetween(4.0, 8.0);
      browser.eval("%1$s.muted = true, %1$s.play()".formatted(video));
      browser.await("it plays", "%1$s.currentTime > 1 || %1$s.ended".formatted(video));
    }
  }

  private JsonNode ask(MqttListener centre, String verb, String payload) throws Exception {
    String answers = "city/v1/510108/gw-test/cmd-res/desk";
    MqttProperties properties = new MqttProperties();
    properties.setResponseTopic(answers);
    properties.setCorrelationData(verb.getBytes(StandardCharsets.UTF_8));
    centre.publish("city/v1/510108/gw-test/cmd/" + verb, payload, properties);
    Message answer =
        centre.await(
            SOON,
            m ->
                m.topic().equals(answers)
                    && new String(m.correlationData(), StandardCharsets.UTF_8).equals(verb));
    return JSON.readTree(answer.payload()).path("data");
  }

  /** In the same second on a machine that has nothing else to do; docs/performance.md. */
  private static void theThumbCameInTime(String takenAt) {
    Duration took = Duration.between(OffsetDateTime.parse(takenAt).toInstant(), Instant.now());
    System.out.println(
        "MainJobIT look that raised the alert -> thumb heard: " + took.toMillis() + " ms");
    assertThat(took).as("the report's limit").isLessThan(Duration.ofSeconds(5));
  }

  private static JsonNode clip(Message alert) throws Exception {
    for (JsonNode one : data(alert).get("evidence")) {
      if (one.get("type").asText().equals("video/mp4")) {
        return one;
      }
    }
    throw new AssertionError("no clip in " + alert.text());
  }

  private static String data(Message message, String key) {
    try {
      return data(message).get(key).asText();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void realSmokeOverRtspBecomesAnAlertAndAClipOnceThePlaceIsKnown() throws Exception {
    Path forest = footage("smoke_roadside_forest.mp4");
    Path room = footage("smoke_comp_indoor_room.mp4");
    Assumptions.assumeTrue(Files.isRegularFile(forest), "no real footage at " + forest);
    Assumptions.assumeTrue(
        RtspCamera.isAvailable(), "no GStreamer RTSP server; .ci/run names its packages");
    try (Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        RtspCamera burning = RtspCamera.loop(forest);
        RtspCamera quiet = RtspCamera.loop(room);
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      Path config =
          new City(broker.uri())
              .camera("cam-1", burning.uri())
              .camera("cam-2", quiet.uri())
              .clips("4s", "2s")
              .write(folder);
      try (AgentProcess agent = AgentProcess.run(config, folder.resolve("data"), log)) {
        Message early = centre.await(Duration.ofMinutes(2), smokeOf("cam-1"));
        assertThat(data(early).at("/why/detector").asText()).startsWith("smoke-classical");
        // The smoke is there from the start on, before it can be known what stands still.
        assertThat(clip(early).path("withheld").asText()).contains("not yet learned");
        // Here it comes after ten seconds of an empty room.
        Message whole =
            centre.await(
                Duration.ofMinutes(2),
                m -> smokeOf("cam-2").test(m) && m.text().contains("video/mp4"));
        assertThat(clip(whole).path("withheld").asText()).isEmpty();
        assertThat(AgentProcess.tail(log)).doesNotContain("Recording of a camera is in trouble");
        assertThat(agent.stop()).isZero();
        aBrowserPlays(clip(whole).get("id").asText());
        schemas.assertValid(centre.messages());
      } catch (AssertionError e) {
        throw new AssertionError(AgentProcess.tail(log), e);
      }
    }
  }

  private static Predicate<Message> smokeOf(String camera) {
    return m ->
        on("alert/smoke").test(m) && m.text().contains("\"camera\":\"%s\"".formatted(camera));
  }

  private static Path footage(String clip) {
    String folder = System.getenv().getOrDefault("CITYEDGE_FOOTAGE", "../../shared/footage");
    return Path.of(folder, clip).toAbsolutePath().normalize();
  }

  @Test
  void aContradictoryConfigurationEndsWithExit2AndTheWholeListBeforeAnythingStarts()
      throws Exception {
    Path config = Path.of("src/test/resources/cases/contradictory/gateway.yaml");
    Path data = folder.resolve("data");
    String said =
        AgentProcess.verb(2, "run", "--config", config.toString(), "--data", data.toString());
    assertThat(said.lines().skip(1).toList())
        .containsExactlyElementsOf(
            Files.readAllLines(config.resolveSibling("expected.txt")).stream()
                .map(line -> "  " + line)
                .toList());
    assertThat(data).doesNotExist();
  }

  @Test
  void itStartsWithoutBrokerSensorOrCameraAndStopsOrderly() throws Exception {
    Path config =
        new City(URI.create("mqtt://127.0.0.1:9"))
            .observed("pm25-1", URI.create("coap://127.0.0.1:9/pm25"), PM25)
            .contact("door-1", folder.resolve("missing"))
            .camera("cam-1", URI.create("rtsp://127.0.0.1:9/cam"))
            .write(folder);
    Path data = folder.resolve("data");
    try (AgentProcess agent = AgentProcess.run(config, data, log)) {
      // The loss of a sensor that a rule depends on is stored although nobody can hear it yet.
      Eventually.await(
          "the lost contact is an alert", SOON, () -> logged("missing") && logged("Alert raised"));
      assertThat(agent.stop()).isZero();
    }
    List<String> account =
        AgentProcess.verb(0, "queue", "--data", data.toString()).lines().toList();
    assertThat(account.getLast()).contains("acknowledged 0 ").endsWith("unexplained 0");
  }

  private boolean logged(String text) {
    try {
      return AgentProcess.tail(log).contains(text);
    } catch (IOException e) {
      return false;
    }
  }
}
