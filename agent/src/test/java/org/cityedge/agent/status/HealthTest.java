package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.care.UncleanEnds;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.agent.uplink.WireSchemas;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.position.PositionConfig.Gpsd;
import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.drivers.position.Report;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.model.Models;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How sensors and the position stand in the document. */
class HealthTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:30:00Z");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;

  private final InstantSource clock = InstantSource.fixed(NOW);
  private final Whereabouts whereabouts =
      new Whereabouts(
          Optional.of(new Gpsd("h", 2947, Optional.empty(), false, TrackSettings.DEFAULT)),
          () -> 0L);
  private final Models models = new Models(Path.of("no-models-here"));
  private long nanos;
  private @Nullable String uplinkFault;
  private Health health;
  private AlertTracker alerts;

  @BeforeEach
  void build() throws Exception {
    GatewayConfig config =
        GatewayConfig.load(Path.of("src/test/resources/cases/whole/gateway.yaml"), folder);
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-0042"),
            config.gateway().zone(),
            clock,
            new Ulid(clock, new Random(1)));
    MemoryEventStore store = new MemoryEventStore(events::loss);
    Outputs outputs = new Outputs(config.outputs(), () -> 0L);
    alerts =
        new AlertTracker(
            config,
            store,
            events,
            clock,
            () -> 0L,
            () -> new Alert.Clock("ntp", 12L),
            whereabouts::at,
            outputs,
            new MemoryShelf());
    health =
        new Health(
            store,
            events,
            config.quantities(),
            0,
            whereabouts,
            outputs,
            models,
            () -> 0L,
            folder,
            () -> nanos);
  }

  private Publisher.Status uplink(Optional<String> deaf) {
    return new Publisher.Status(
        deaf.isPresent(),
        Optional.empty(),
        Duration.ZERO,
        0,
        0,
        0,
        0,
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        deaf,
        Optional.ofNullable(uplinkFault));
  }

  private JsonNode document() throws Exception {
    JsonNode document = JSON.readTree(health.document(uplink(Optional.empty()), alerts, NOW));
    assertThat(WireSchemas.schemaProblems("health", document)).isEmpty();
    return document;
  }

  private void pm25(String quantity, Quality quality) {
    health.accept(
        new Sample.Measured(
            new Reading("pm25-1", quantity, new Reading.Quantity(1), "1", NOW, 0, quality)));
  }

  private void assertSensors(int init, int ok, int stale, int bad) throws Exception {
    JsonNode sensors = document().get("sensors");
    assertThat(sensors)
        .isEqualTo(
            JSON.readTree(
                "{\"init\":%d,\"ok\":%d,\"stale\":%d,\"bad\":%d,\"plain\":0}"
                    .formatted(init, ok, stale, bad)));
  }

  @Test
  void toolsOnTheMachineAreToldThatNothingOfTheCentreArrives() throws Exception {
    assertThat(
            health.bulletin(uplink(Optional.of("refused")), alerts, List.of()).at("/uplink/deaf"))
        .isEqualTo(JSON.readTree("\"refused\""));
    assertThat(
            health.bulletin(uplink(Optional.empty()), alerts, List.of()).get("uplink").has("deaf"))
        .isFalse();
  }

  @Test
  void tellsWhatACameraRemarksThoughItIsOk() throws Exception {
    camera("cam-1", "pictures arrive");
    camera("cam-2", "looked at once a second, because the board is hot");
    for (JsonNode camera : document().get("cameras")) {
      assertThat(camera.path("detail").asText().startsWith("looked at once"))
          .isEqualTo(camera.get("id").asText().equals("cam-2"));
      assertThat(camera.has("detail")).isEqualTo(camera.get("id").asText().equals("cam-2"));
    }
  }

  @Test
  void aFramesAgeGoesOnWhileItsCameraSaysNothing() throws Exception {
    camera("cam-1", "pictures arrive");
    nanos += Duration.ofSeconds(90).toNanos();
    assertThat(document().at("/cameras/0/frameAgeMs").asLong()).isEqualTo(90_300);
  }

  private void camera(String id, String detail) {
    health.accept(
        new CameraHealth(
            id, CameraHealth.State.OK, detail, 2, 300, 10, false, 5, 0, 0, NOW, nanos));
  }

  @Test
  void sixteenCamerasWithEverythingFitIntoFourKibibytes() throws Exception {
    uplinkFault = "x".repeat(200);
    for (int i = 0; i < 16; i++) {
      String id = "camera-with-the-longest-name-%03d".formatted(i);
      health.accept(
          new CameraHealth(
              id,
              CameraHealth.State.DEGRADED,
              "画面长时间没有变化".repeat(20),
              24.9,
              123_456,
              1234.5,
              true,
              99.9,
              1_234_567_890,
              123_456,
              NOW,
              nanos));
    }
    JsonNode document = document();
    assertThat(document.toString().getBytes(StandardCharsets.UTF_8))
        .hasSizeLessThanOrEqualTo(Health.MAX_BYTES);
    assertThat(document.get("cameras"))
        .hasSize(16)
        .allMatch(camera -> camera.has("state") && camera.has("framesPerSecond"));
  }

  @Test
  void aFewCamerasKeepTheirDetails() throws Exception {
    for (int i = 0; i < 6; i++) {
      camera("cam-" + i, "looked at once a second, because the board is hot");
    }
    assertThat(document().get("cameras")).hasSize(6).allMatch(camera -> camera.has("detail"));
  }

  @Test
  void tellsRunsThatEndedWithoutAnOrderlyStop() throws Exception {
    assertThat(document().get("uncleanEnds").toString())
        .isEqualTo("{\"crashes\":0,\"powerCuts\":0}");
    UncleanEnds.in(folder, () -> false).started();
    UncleanEnds.in(folder, () -> false).started();
    assertThat(document().get("uncleanEnds").toString())
        .isEqualTo("{\"crashes\":1,\"powerCuts\":0}");
  }

  @Test
  void countsTheModelsThatCamerasUseAndSaysWhatIsWrongWithOne() throws Exception {
    assertThat(document().has("models")).isFalse();
    GatewayConfig config =
        ConfigLoader.parse(
            "test",
            """
            gateway: {id: gw-1, district: "510108"}
            uplink: {brokers: ["mqtt://h"]}
            cameras:
              - {id: c, source: "rtsp://h", detect: [crowd], models: {crowd: {file: m.json, sha256: %s}}}
            """
                .formatted("a".repeat(64)),
            root -> GatewayConfig.read(root, folder));
    CameraConfig camera = config.cameras().values().iterator().next().config();
    try (Detector _ = Detectors.of(camera, models).getFirst()) {
      assertThat(document().at("/models/ok").asInt()).isZero();
      assertThat(document().at("/models/bad").asInt()).isEqualTo(1);
      assertThat(document().at("/models/detail").asText())
          .contains("m.json: there is no such file");
    }
    assertThat(document().has("models")).isFalse();
  }

  @Test
  void aSensorIsAsGoodAsItsWorstChannel() throws Exception {
    assertSensors(2, 0, 0, 0);
    pm25("pm2_5", Quality.GOOD);
    pm25("temperature", Quality.SIM);
    assertSensors(1, 1, 0, 0);
    pm25("temperature", Quality.STUCK);
    pm25("pm2_5", Quality.GOOD);
    assertSensors(1, 0, 0, 1);
    pm25("temperature", Quality.STALE);
    assertSensors(1, 0, 1, 0);
    pm25("temperature", Quality.INIT);
    assertSensors(2, 0, 0, 0);
    pm25("temperature", Quality.GOOD);
    assertSensors(1, 1, 0, 0);
  }

  @Test
  void aLossIsOfTheWholeSensor() throws Exception {
    pm25("pm2_5", Quality.GOOD);
    health.accept(new Sample.Missed("pm25-1", NOW, 0, new Fault(Fault.Kind.LOST, "nothing heard")));
    assertSensors(1, 0, 1, 0);
    health.accept(
        new Sample.Missed("manhole-1", NOW, 0, new Fault(Fault.Kind.HARDWARE, "no chip")));
    assertSensors(0, 0, 1, 1);
    pm25("pm2_5", Quality.GOOD);
    assertSensors(0, 1, 0, 1);
  }

  @Test
  void tellsHowThePositionIs() throws Exception {
    assertThat(document().get("position"))
        .isEqualTo(JSON.readTree("{\"source\":\"gpsd\",\"state\":\"init\",\"refused\":0}"));
    whereabouts.accept(
        new Report.Fix(
            30,
            104,
            OptionalDouble.of(17.14),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            NOW,
            0,
            false));
    assertThat(document().get("position"))
        .isEqualTo(
            JSON.readTree(
                "{\"source\":\"gpsd\",\"state\":\"fix\",\"refused\":0,\"ageS\":0.0,\"accuracyM\":17.1}"));
    whereabouts.accept(new Report.NoFix("the receiver has no fix", 0));
    JsonNode without = document().get("position");
    assertThat(without.get("state").asText()).isEqualTo("no-fix");
    assertThat(without.get("detail").asText()).isEqualTo("the receiver has no fix");
  }
}
