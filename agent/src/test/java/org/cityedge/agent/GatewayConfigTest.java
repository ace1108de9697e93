package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.care.Lights;
import org.cityedge.agent.status.Catalog;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Problem;
import org.cityedge.drivers.ButtonConfig;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.LampConfig;
import org.cityedge.drivers.position.PositionConfig;
import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.video.evidence.EvidenceConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayConfigTest {
  private static final Path CASES = Path.of("src/test/resources/cases");
  private static final Path DATA = Path.of("data");

  @ParameterizedTest
  @ValueSource(strings = {"contradictory", "unknown-names", "empty-lists", "not-yaml"})
  void listsEveryProblemWithItsPlace(String name) throws Exception {
    Path folder = CASES.resolve(name);
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> GatewayConfig.load(folder.resolve("gateway.yaml"), DATA));
    String found =
        e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n", "", "\n"));
    assertThat(found).isEqualTo(Files.readString(folder.resolve("expected.txt")));
  }

  @Test
  void readsTheLampsAndSaysWhatIsWrongWithThem() throws Exception {
    assertThat(led("{cloud: {led: ACT}, fault: {chip: /dev/gpiochip0, line: 24, activeLow: true}}"))
        .isEqualTo(
            new Lights.Config(
                Optional.of(new LampConfig.OfKernel("ACT")),
                Optional.of(
                    new LampConfig.OnLine(
                        new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 24), true))));
    assertProblem("{}", "or fault must be there; leave out led where there is no lamp");
    assertProblem("{cloud: {led: ACT}, fault: {led: ACT}}", "is the same lamp as cloud");
    assertProblem("{cloud: {led: ../../etc}}", "a name in /sys/class/leds");
    assertProblem("{cloud: {led: ACT, chip: sim}}", "and led exclude each other");
  }

  /** Of each value by which something stored is dropped the one that drops less. */
  @Test
  void sparesWhatAnotherKeeps() throws Exception {
    GatewayConfig good =
        keeping(
            "{maxBytes: 64MiB, ttl: {telemetry: 7d, alert: 2d}}",
            "{keep: 1d, originals: {keep: 2d, maxBytes: 8MiB}}");
    GatewayConfig next =
        keeping(
            "{maxBytes: 8MiB, ttl: {telemetry: 1m, alert: 9d, report: 1m}}",
            "{keep: 3d, clips: false, originals: {keep: 0s, maxBytes: 16MiB}}");
    GatewayConfig spared =
        keeping(
            "{maxBytes: 64MiB, ttl: {telemetry: 7d, alert: 9d}}",
            "{keep: 3d, clips: false, originals: {keep: 2d, maxBytes: 16MiB}}");
    assertThat(next.sparing(good)).isEqualTo(spared);
    assertThat(next.sparing(next)).isEqualTo(next);
  }

  private static GatewayConfig keeping(String buffer, String evidence) throws ConfigException {
    String document =
        "gateway: {id: g, district: \"510108\"}\nuplink: {brokers: [\"mqtt://b:1\"]}\nbuffer: "
            + buffer
            + "\nevidence: "
            + evidence;
    return ConfigLoader.parse("gateway.yaml", document, root -> GatewayConfig.read(root, DATA));
  }

  @Test
  void readsTheButton() throws Exception {
    String document =
        """
        gateway: {id: g, district: "510108"}
        uplink: {brokers: ["mqtt://b:1"]}
        button: {chip: /dev/gpiochip0, line: 3, activeLow: true, bias: pull-up}
        """;
    assertThat(
            ConfigLoader.parse("gateway.yaml", document, root -> GatewayConfig.read(root, DATA))
                .button())
        .contains(
            new ButtonConfig(
                new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 3),
                true,
                ContactConfig.Bias.PULL_UP));
  }

  private static void assertProblem(String led, String text) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> led(led));
    assertThat(e).hasMessageContaining(text);
  }

  private static Lights.Config led(String led) throws ConfigException {
    String document =
        "gateway: {id: g, district: \"510108\"}\nuplink: {brokers: [\"mqtt://b:1\"]}\nled: " + led;
    return ConfigLoader.parse("gateway.yaml", document, root -> GatewayConfig.read(root, DATA))
        .led();
  }

  @Test
  void readsAWholeDocument() throws Exception {
    GatewayConfig config = GatewayConfig.load(CASES.resolve("whole/gateway.yaml"), DATA);
    assertThat(config.gateway().urn()).isEqualTo("urn:cityedge:510108:gw-0042");
    assertThat(config.uplink().brokers()).hasSize(2);
    assertThat(config.sensors()).containsOnlyKeys("pm25-1", "manhole-1");
    assertThat(config.cameras()).containsOnlyKeys("cam-1");
    assertThat(config.buffer().maxBytes()).isEqualTo(256L << 20);
    assertThat(config.evidence())
        .isEqualTo(
            new EvidenceConfig(
                true,
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                8 << 20,
                Duration.ofDays(1),
                new EvidenceConfig.Originals(Duration.ofDays(2), 256 << 20)));
    assertThat(config.rules())
        .extracting(rule -> rule.head().id())
        .containsExactly(
            "smoke-cam-1",
            "crowd-cam-1",
            "pm25-high",
            "manhole-open",
            "cam-1.fault",
            "pm25-1.lost",
            "manhole-1.lost");
  }

  /** An equal configuration restarts nothing, whether it came as a file or in an order. */
  @Test
  void isEqualWhenItSaysTheSameInJson() throws Exception {
    Path file = CASES.resolve("whole/gateway.yaml");
    String json = ConfigLoader.json("whole", Files.readString(file));
    GatewayConfig config = ConfigLoader.parse("json", json, root -> GatewayConfig.read(root, DATA));
    assertThat(config).isEqualTo(GatewayConfig.load(file, DATA));
  }

  @Test
  void aThingWithoutAPlaceIsWhereItsGatewayIs() throws Exception {
    GatewayConfig config = GatewayConfig.load(CASES.resolve("whole/gateway.yaml"), DATA);
    About camera = config.cameras().values().iterator().next().about();
    assertThat(camera.name()).isEqualTo("建设路3号探头");
    assertThat(camera.gridCode()).contains("510108004002017");
    assertThat(camera.location().orElseThrow().lat()).isEqualTo(30.66012);
  }

  @Test
  void rulesHaveDefaultsThatFitTheirKind() throws Exception {
    GatewayConfig config = GatewayConfig.load(CASES.resolve("whole/gateway.yaml"), DATA);
    Rule.Head smoke = config.rules().getFirst().head();
    assertThat(smoke.headline()).isEqualTo("建设路3号探头疑似烟雾");
    assertThat(smoke.severity()).isEqualTo(Rule.Severity.SEVERE);
    assertThat(smoke.popups()).containsExactly("cam-1");
    assertThat(smoke.hold()).isEqualTo(Duration.ofSeconds(6));
    Rule.Head manhole = config.rules().get(3).head();
    assertThat(manhole.headline()).isEqualTo("3号井盖触发报警");
    assertThat(manhole.hold()).isZero();
  }

  @Test
  void namesTheIpsoObjectOfWhatIsADigitalInput() throws Exception {
    GatewayConfig config = GatewayConfig.load(CASES.resolve("whole/gateway.yaml"), DATA);
    String catalogue = new String(Catalog.of(config).json(), StandardCharsets.UTF_8);
    assertThat(catalogue).containsOnlyOnce("\"ipso\":3200").contains("\"manhole-1/open\"");
  }

  @Test
  void namesTheIpsoObjectOfWhatItSwitches() throws Exception {
    String outputs =
        """
        cameras: [{id: cam-1, source: "rtsp://h/1", detect: [smoke]}]
        rules: [{id: smoke-1, kind: smoke, camera: cam-1}]
        outputs:
          - {id: siren-1, kind: siren, chip: sim, simFile: /tmp/siren, maxOn: 90s, rules: [smoke-1], name: 3号警笛}
          - {id: beacon-1, kind: beacon, chip: sim, simFile: /tmp/beacon, rules: [smoke-1]}
          - {id: relay-1, chip: sim, simFile: /tmp/relay, rules: [smoke-1]}
        """;
    JsonNode catalogue = new JsonMapper().readTree(Catalog.of(with(outputs)).json()).get("outputs");
    assertThat(catalogue.findValuesAsText("ipso")).containsExactly("3338", "3311", "3201");
    assertThat(catalogue.get(0).get("name").textValue()).isEqualTo("3号警笛");
    assertThat(catalogue.get(0).get("maxOnS").doubleValue()).isEqualTo(90);
  }

  @Test
  void aRuleByDensityNeedsTheGroundOfItsZone() throws Exception {
    String camera =
        """
        cameras:
          - {id: cam-1, source: "rtsp://h/1", detect: [crowd]%s,
             zones: [{id: far, polygon: [[0, 0], [1, 0], [1, 1]]}, {id: near, polygon: [[0.3, 0.8], [0.6, 0.8], [0.5, 1]]}]}
        rules: [{id: full, kind: crowd, camera: cam-1, %s}]
        """;
    String ground =
        ", ground: {points: [[0.2, 1], [0.8, 1], [0.52, 0.4], [0.48, 0.4]], metres: [[0, 0], [2, 0], [2, 30], [0, 30]]}";
    assertThat(with(camera.formatted(ground, "zone: near, density: 2")).rules().getFirst())
        .isInstanceOfSatisfying(Rule.Video.class, rule -> assertThat(rule.density()).hasValue(2.0));
    assertRefused(camera.formatted("", "density: 2"), "needs the key ground of camera \"cam-1\"");
    assertRefused(
        camera.formatted(ground, "density: 2"),
        "needs ground, and zone \"far\" reaches the horizon");
    assertRefused(
        camera.formatted(ground, "zone: near, density: 2, persons: 5"), "write one of them");
  }

  @Test
  void refusesALineThatTwoEntriesName() {
    assertRefused(
        """
        sensors: [{id: door-1, type: contact, chip: /dev/gpiochip0, line: 4, quantity: open}]
        button: {chip: /dev/gpiochip0, line: 4}
        """,
        "line 4 of /dev/gpiochip0 is named by two entries");
  }

  @Test
  void goesOnOpenOnlyAsTheSameGatewayWithTheSameStore() throws Exception {
    GatewayConfig config = with("");
    assertThat(config.canBecome(with("page: {listen: '127.0.0.1:8080'}"))).isTrue();
    assertThat(config.canBecome(with("buffer: {maxBytes: 300MiB}"))).isFalse();
    assertThat(config.canBecome(as("car-8", "510108"))).isFalse();
    assertThat(config.canBecome(as("car-7", "430100"))).isFalse();
  }

  @Test
  void aPolygonInPixelsIsRefusedAlsoWhereARuleAsksForItsGround() {
    String document =
        """
        cameras:
          - {id: cam-1, source: "rtsp://h/1", detect: [crowd],
             zones: [{id: near, polygon: [[100, 200], [300, 200], [200, 400]]}],
             ground: {points: [[0.2, 1], [0.8, 1], [0.52, 0.4], [0.48, 0.4]], metres: [[0, 0], [2, 0], [2, 30], [0, 30]]}}
        rules: [{id: full, kind: crowd, camera: cam-1, density: 2}]
        """;
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> with(document));
    assertThat(e.problems())
        .extracting(Problem::path)
        .isNotEmpty()
        .allMatch(path -> path.startsWith("cameras[0].zones[0].polygon"));
  }

  private static void assertRefused(String document, String text) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> with(document));
    assertThat(e.problems()).hasSize(1);
    assertThat(e.problems().getFirst().message()).contains(text);
  }

  @Test
  void refusesWhatDoesNotFitIntoOneCatalogue() {
    StringBuilder text =
        new StringBuilder(
            "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\nsensors:\n");
    for (int i = 0; i < 25; i++) {
      text.append("  - {id: s")
          .append(i)
          .append(", type: coap, uri: \"coap://h/s\", address: ")
          .append("街".repeat(20));
      text.append(", channels: [");
      for (int c = 0; c < 20; c++) {
        text.append("{quantity: q").append(c).append(", unit: Cel},");
      }
      text.append("]}\n");
    }
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                ConfigLoader.parse(
                    "test", text.toString(), root -> GatewayConfig.read(root, DATA)));
    assertThat(e.problems()).hasSize(1);
    assertThat(e.problems().getFirst().message()).contains("at most 65536 fit into one message");
  }

  private static GatewayConfig with(String more) throws ConfigException {
    return as("car-7", "510108", more);
  }

  private static GatewayConfig as(String id, String district, String... more)
      throws ConfigException {
    String document =
        "gateway: {id: %s, district: \"%s\"}\nuplink: {brokers: [\"mqtt://h\"]}\n"
            .formatted(id, district);
    return ConfigLoader.parse(
        "test", document + String.join("", more), root -> GatewayConfig.read(root, DATA));
  }

  @Test
  void readsEachSourceOfAPosition() throws Exception {
    assertThat(with("").position()).isEmpty();
    assertThat(with("position: {source: gpsd}").position())
        .contains(
            new PositionConfig.Gpsd(
                "127.0.0.1", 2947, Optional.empty(), false, TrackSettings.DEFAULT));
    assertThat(
            with("position: {source: nmea, device: /dev/ttyUSB0, baud: 4800, simulated: true,"
                    + " track: {distanceM: 100, every: 5s, still: 1h, maxSpeed: 30, pack: 2s}}")
                .position())
        .contains(
            new PositionConfig.Nmea(
                Path.of("/dev/ttyUSB0"),
                4800,
                true,
                new TrackSettings(
                    100, Duration.ofSeconds(5), Duration.ofHours(1), 30, Duration.ofSeconds(2))));
    assertThat(with("position: {source: fixed, lat: 30.5, lon: 104}").position())
        .contains(new PositionConfig.Fixed(30.5, 104, 10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "position: {source: sextant}",
        "position: {source: nmea}",
        "position: {source: nmea, device: ttyUSB0}",
        "position: {source: nmea, device: /dev/ttyUSB0, baud: 1234}",
        "position: {source: gpsd, device: 'a\"b'}",
        "position: {source: gpsd, track: {distanceM: 1}}",
        "position: {source: fixed, lat: 91, lon: 104}",
        "position: {source: fixed, lat: 30, lon: 104, track: {every: 5s}}"
      })
  void refusesAPositionThatCannotBe(String position) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> with(position));
    assertThat(e.problems()).hasSize(1);
    assertThat(e.problems().getFirst().toString()).contains("position");
  }

  @Test
  void equalDocumentsGiveEqualRecordsSoThatNothingRestarts() throws Exception {
    Path file = CASES.resolve("whole/gateway.yaml");
    assertThat(GatewayConfig.load(file, DATA)).isEqualTo(GatewayConfig.load(file, DATA));
  }
}
