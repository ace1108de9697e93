package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.Browser;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.config.Secrets;
import org.cityedge.fixtures.CameraScene;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.fixtures.Fault;
import org.cityedge.fixtures.FaultProxy;
import org.cityedge.fixtures.MjpegCamera;
import org.cityedge.fixtures.Script;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Ground;
import org.cityedge.video.Observation;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.Zone;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of a real agent in a real browser. What it looks like in each state lies in {@code
 * target/page} afterwards.
 */
class StatusPageIT {
  private static final Path PICTURES = Path.of("target", "page");
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String CODE = "k7-lamp-42";
  private static final int PHONE = 390;

  @TempDir Path folder;

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private Path secrets() throws IOException {
    Path secrets = Files.createDirectories(folder.resolve("data/secrets"));
    Files.writeString(
        Files.createFile(
            secrets.resolve("page"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
        CODE + "\n");
    return secrets;
  }

  private Path configure(City city, int port) throws IOException {
    secrets();
    Path config = city.write(folder);
    Files.writeString(
        config, Files.readString(config).replace("detect: [smoke]", "detect: [smoke, crowd]"));
    return Files.writeString(
        config,
        "page: {listen: \"127.0.0.1:%d\", codeRef: page, pictures: true}\n".formatted(port),
        StandardOpenOption.APPEND);
  }

  /** A clock that is vouched for, wherever the test runs. */
  private Map<String, String> environment() throws IOException {
    Path synchronised = Files.createFile(folder.resolve("synchronised"));
    return Map.of("JAVA_TOOL_OPTIONS", "-Dcityedge.timesync=" + synchronised);
  }

  @Test
  void aPersonSeesEachStateAsItComes() throws Exception {
    int port = freePort();
    String page = "http://127.0.0.1:" + port + "/";
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")));
        Mosquitto broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
        CoapCity coap = CoapCity.start(Duration.ofMillis(500));
        MjpegCamera camera =
            MjpegCamera.start(new CameraScene(Script.quiet(Duration.ofMinutes(3)), 1));
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      ContactFile door = ContactFile.create(folder.resolve("door"));
      Path config =
          configure(
              new City(broker.uri())
                  .observed(
                      "pm25-1",
                      coap.uri("pm25"),
                      "{quantity: pm2_5, unit: ug/m3}, {quantity: temperature, unit: Cel}")
                  .observed("level-1", coap.uri("level"), "{quantity: level, unit: m}")
                  .contact("door-1", door.path())
                  .camera("cam-1", camera.uri()),
              port);
      AutoCloseable silence = coap;
      try (AgentProcess agent =
          AgentProcess.run(config, folder.resolve("data"), folder.resolve("log"), environment())) {
        Eventually.await("the page listens", SOON, () -> status(page + "api/v1/light", "") == 200);
        browser.screen(PHONE, 844, true, false);
        browser.go(page);
        browser.await("the light alone is shown", "document.title.endsWith('网关状态')");
        browser.await("it asks for the code", "!document.getElementById('ask').hidden");
        assertThat(browser.eval("document.getElementById('rest').hidden").asBoolean()).isTrue();
        browser.picture(PICTURES.resolve("locked.png"));
        assertThat(browser.complaints()).isEmpty();

        browser.type("#code", "wrong-code");
        browser.click("#ask button");
        browser.await("it is refused", "document.getElementById('refused').innerText !== ''");
        assertThat(browser.complaints()).allMatch(text -> text.contains("401"));
        browser.forgetComplaints();

        // First, since the reasons above the button go as the parts come up, and it moves with
        // them.
        browser.await("everything is well", level("green"));
        browser.type("#code", CODE);
        browser.click("#ask button");
        browser.await(
            "all sensors speak",
            "document.getElementById('sensors').children.length > 0"
                + " && !document.body.innerText.includes('尚无')");
        browser.await("it is delivered", "document.querySelectorAll('#stages .ok').length === 3");
        assertThat(browser.text("#sensors")).contains("PM2.5", "µg/m³", "温度", "关闭");
        browser.await("the camera works", "document.querySelector('#cameras .tag.green')");
        assertThat(browser.text("#cameras")).contains("cam-1", "正常", "帧/秒");
        assertThat(browser.eval("location.href + document.cookie").asText()).isEqualTo(page);
        browser.await(
            "people are counted", "/约 \\d+ 人/.test(document.getElementById('cameras').innerText)");
        browser.click("#cameras button");
        browser.await("a masked picture", "document.querySelector('.still img').naturalWidth > 0");
        looksRightOn(browser, "green");
        drawsZones(browser, config);
        browser.go(page);
        browser.await("it is back", level("green"));

        door.set(true);
        browser.await("the alert is there", "document.getElementById('alerts').children.length");
        browser.await(
            "the sensor's line has changed by itself",
            "document.getElementById('sensors').innerText.includes('打开')");
        String id = browser.eval("document.querySelector('#alerts li').dataset.key").asText();
        centre.publish(
            "city/v1/510108/gw-test/alert-handling",
            "{\"alertId\":\"%s\",\"handling\":\"accepted\",\"by\":\"值班员-3\"}".formatted(id),
            new MqttProperties());
        browser.await(
            "the centre's word", "document.getElementById('alerts').innerText.includes('值班员-3')");
        looksRightOn(browser, "alert");
        door.set(false);

        silence.close();
        browser.await("sensors are missed", level("amber"));
        assertThat(browser.text("#reasons")).contains("pm25-1", "检查供电");
        browser.await(
            "what a sensor's driver says is Chinese as well",
            "/未按时应答|不应答|无法到达|没有收到数据/.test(document.getElementById('sensors').innerText)");
        looksRightOn(browser, "amber");

        door.remove();
        broker.kill();
        browser.await("no sensor works", level("red"));
        browser.await("the way ends", "document.querySelector('#stages .fault')");
        looksRightOn(browser, "red");

        browser.click("#lang");
        assertThat(browser.text("#level")).isEqualTo("Fault");
        assertThat(browser.eval("document.documentElement.lang").asText()).isEqualTo("en");
        browser.screen(1100, 900, false, false);
        browser.picture(PICTURES.resolve("red-desk-english.png"));
        assertThat(browser.complaints()).isEmpty();

        assertThat(agent.stop()).isZero();
        browser.await("the page says that it is old", "!document.getElementById('stale').hidden");
        assertThat(Files.readString(folder.resolve("log"))).doesNotContain(CODE);
      } catch (AssertionError e) {
        browser.picture(PICTURES.resolve("failed.png"));
        throw new AssertionError(AgentProcess.tail(folder.resolve("log")), e);
      }
    }
  }

  @Test
  void anHourIsACurveWithItsGaps() throws Exception {
    Snapshot well = Snapshots.well();
    float[] points = new float[LastHour.MINUTES];
    for (int i = 0; i < points.length; i++) {
      points[i] = i > 20 && i < 30 ? Float.NaN : (float) (40 + 15 * Math.sin(i / 6.0) + i % 3);
    }
    Snapshot hour = Snapshots.with(well, List.of(new LastHour.Curve("pm25-1", "pm2_5", points)));
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")))) {
      PageServer server = serve(hour, List.of());
      browser.screen(PHONE, 844, true, false);
      browser.go("http://127.0.0.1:" + server.port() + "/");
      browser.await("it asks for the code", "!document.getElementById('ask').hidden");
      browser.type("#code", CODE);
      browser.click("#ask button");
      browser.await(
          "the curve is drawn", "document.querySelector('.curve path')?.getAttribute('d')");
      String drawn =
          browser.eval("document.querySelector('.curve path').getAttribute('d')").asText();
      assertThat(drawn.chars().filter(c -> c == 'M')).hasSize(2);
      assertThat(drawn.chars().filter(c -> c == 'L')).hasSize(LastHour.MINUTES - 9 - 2);
      assertThat(
              browser.eval("document.querySelector('.curve').getAttribute('aria-label')").asText())
          .startsWith("近一小时：最低 2");
      looksRightOn(browser, "curve");
      server.close();
    }
  }

  private static final String STALE = "!document.getElementById('stale').hidden";

  @Test
  void aGatewayThatDoesNotAnswerMakesThePageOld() throws Exception {
    PageServer server = serve(Snapshots.well(), List.of());
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")));
        FaultProxy line = FaultProxy.start(server.port())) {
      browser.screen(PHONE, 844, true, false);
      browser.go("http://127.0.0.1:" + line.port() + "/");
      browser.await("it asks for the code", "!document.getElementById('ask').hidden");
      // Its clocks run a hundred times as fast from here on.
      browser.eval(
          """
          (() => {
            const once = window.setTimeout, often = window.setInterval, now = Date.now, from = now();
            window.setTimeout = (f, ms) => once(f, ms / 100);
            window.setInterval = (f, ms) => often(f, ms / 100);
            Date.now = () => from + 100 * (now() - from);
          })()
          """);
      line.set(new Fault.BlackHole());
      browser.type("#code", CODE);
      browser.click("#ask button");
      browser.await("nothing answers", STALE);
      browser.picture(PICTURES.resolve("old.png"));
    } finally {
      server.close();
    }
  }

  @Test
  void whatIsOldIsNeverShownAsFresh() throws Exception {
    Snapshot well =
        Snapshots.withFaults(
            Snapshots.well(),
            Stream.of("2026-11-25T08:29", "2026-11-24T23:59", "2025-12-31T23:58")
                .map(at -> new Snapshot.Change(at + ":00.000+08:00", "pm25-1", "sensor-lost", ""))
                .toList());
    PageServer server = serve(well, List.of());
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")));
        FaultProxy line = FaultProxy.start(server.port())) {
      browser.screen(PHONE, 844, true, false);
      browser.go("http://127.0.0.1:" + line.port() + "/");
      browser.await("it asks for the code", "!document.getElementById('ask').hidden");
      browser.type("#code", CODE);
      browser.click("#ask button");
      browser.await("all is shown", "!document.getElementById('rest').hidden");
      assertThat(browser.text("#faults").lines().filter(text -> text.contains(":00")))
          .zipSatisfy(
              List.of("08:29:00", "11-24 23:59:00", "2025-12-31 23:58:00"),
              (shown, time) -> assertThat(shown).startsWith(time));
      looksRightOn(browser, "faults");

      line.set(new Fault.BlackHole());
      String looksAgain = "document.dispatchEvent(new Event('visibilitychange'))";
      assertThat(
              browser.eval("(() => { %s; return %s; })()".formatted(looksAgain, STALE)).asBoolean())
          .as("somebody looks again after hours")
          .isTrue();
    } finally {
      server.close();
    }
  }

  @Test
  void whatTheConfigurationSaysOfTheGroundIsGoneOnWith() throws Exception {
    Zone square = zone("square", 0.1, 0.4, 0.9, 0.4, 0.9, 0.9, 0.1, 0.9);
    Zone pond = zone("pond", 0.3, 0.5, 0.6, 0.5, 0.6, 0.8);
    List<Ground.Mark> marks =
        List.of(
            new Ground.Mark(0.05, 0.95, 0, 0),
            new Ground.Mark(0.95, 0.95, 4, 0),
            new Ground.Mark(0.75, 0.15, 4, 8),
            new Ground.Mark(0.25, 0.15, 0, 8));
    Ground tile = new Ground(marks);
    Ground turned =
        new Ground(
            marks.stream()
                .map(m -> new Ground.Mark(m.x(), m.y(), m.north() + 2, -m.east()))
                .toList());
    try (Browser browser = Browser.open(Files.createDirectory(folder.resolve("browser")))) {
      PageServer server =
          serve(
              Snapshots.full(),
              List.of(drawn("cam-1", square, pond, tile), drawn("cam-2", square, pond, turned)));
      String page = "http://127.0.0.1:" + server.port() + "/";
      browser.screen(PHONE, 844, true, false);
      browser.go(page);
      browser.await("it asks for the code", "!document.getElementById('ask').hidden");
      browser.type("#code", CODE);
      browser.click("#ask button");
      browser.await(
          "the people and how dense they are",
          "document.getElementById('cameras').innerText.includes('square 约 12 人（0.31 人/米²）')");
      browser.go(page + "zones#cam-1");
      String yaml = "document.getElementById('yaml').textContent";
      browser.await("the rectangle", yaml + ".includes('ground:')");
      String known = browser.eval(yaml).asText();
      assertThat(known)
          .contains(
              "personHeight: {top: 0.1, bottom: 0.3}", "metres: [[0, 0], [4, 0], [4, 8], [0, 8]]");
      double told =
          Double.parseDouble(known.replaceAll("(?s).*id: square[^\n]* # ([0-9.]+) m².*", "$1"));
      double area = tile.area(square, List.of(pond)).orElseThrow();
      assertThat(told).isCloseTo(area, within(0.01 * area + 0.5));
      // Marks that are no rectangle of the page's stay as they are until one is drawn.
      browser.eval(
          "(() => { const e = document.getElementById('camera'); e.value = 'cam-2';"
              + " e.dispatchEvent(new Event('change')); })()");
      browser.await("the other camera's marks", yaml + ".includes('[2, 0], [2, -4], [10, -4]')");
      browser.click("[data-kind=ground]");
      assertThat(browser.text("#meaning")).contains("配置中已有 4 个量过的点");
      assertThat(browser.complaints()).isEmpty();
      server.close();
    }
  }

  /** The page alone, without a gateway behind it; the caller closes it. */
  private PageServer serve(Snapshot snapshot, List<CameraConfig> cameras) throws IOException {
    PageServer server =
        new PageServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Set.of("127.0.0.1"),
            new AccessCode(Optional.of("page"), new Secrets(secrets()), System::nanoTime),
            () -> snapshot,
            new Stills(List.of(), System::nanoTime),
            () -> Documents.zones(cameras),
            Duration.ofSeconds(10));
    server.start();
    return server;
  }

  private static Zone zone(String id, double... points) {
    List<Zone.Point> polygon = new ArrayList<>();
    for (int i = 0; i < points.length; i += 2) {
      polygon.add(new Zone.Point(points[i], points[i + 1]));
    }
    return new Zone(id, polygon);
  }

  private static CameraConfig drawn(String id, Zone zone, Zone ignore, Ground ground) {
    return new CameraConfig(
        id,
        Source.of(URI.create("http://127.0.0.1/stream")),
        Sampling.rate(2),
        Set.of(Observation.Kind.CROWD),
        List.of(zone),
        List.of(ignore),
        List.of(),
        Optional.of(new CameraConfig.PersonHeight(0.1, 0.3)),
        Optional.of(ground));
  }

  /** By mouse and by finger; what comes out is what our own configuration reads. */
  private void drawsZones(Browser browser, Path config) throws Exception {
    browser.screen(PHONE, 844, true, false);
    browser.click(".still a");
    browser.await("a picture to draw on", "document.getElementById('still')?.naturalWidth > 0");
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    for (double[] point :
        List.of(at(browser, 0.1, 0.2), at(browser, 0.7, 0.2), at(browser, 0.7, 0.8))) {
      browser.mouse("mousePressed", point[0], point[1]);
      browser.mouse("mouseReleased", point[0], point[1]);
    }
    // A point that is dragged goes along.
    browser.finger(List.of(at(browser, 0.7, 0.8), at(browser, 0.6, 0.8), at(browser, 0.5, 0.9)));
    browser.finger(List.of(at(browser, 0.1, 0.2)));
    browser.await("the shape is closed", "document.querySelectorAll('polygon.zones').length === 1");
    browser.click("[data-kind=privacy]");
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    for (double[] point :
        List.of(at(browser, 0.8, 0.1), at(browser, 0.95, 0.1), at(browser, 0.9, 0.4))) {
      browser.finger(List.of(point));
    }
    browser.click("#done");
    // Somebody far and somebody near, from head to feet.
    browser.click("[data-kind=people]");
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    for (double[] point :
        List.of(
            at(browser, 0.3, 0.30),
            at(browser, 0.3, 0.45),
            at(browser, 0.6, 0.60),
            at(browser, 0.6, 0.85))) {
      browser.finger(List.of(point));
    }
    // A tile of the square, 4 m by 8 m.
    browser.click("[data-kind=ground]");
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    for (double[] point :
        List.of(
            at(browser, 0.05, 0.95),
            at(browser, 0.95, 0.95),
            at(browser, 0.75, 0.15),
            at(browser, 0.25, 0.15))) {
      browser.finger(List.of(point));
    }
    browser.eval(
        "for (const [id, m] of [['wide', 4], ['long', 8]]) { const e = document.getElementById(id);"
            + " e.value = m; e.dispatchEvent(new Event('input', {bubbles: true})); }");
    // A corner that is dragged over an edge makes it no rectangle, so it is not to be copied.
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    browser.finger(List.of(at(browser, 0.25, 0.15), at(browser, 0.6, 0.5), at(browser, 0.9, 0.6)));
    browser.await(
        "it says that the corners cross",
        "document.getElementById('crossed').innerText.includes('交叉')");
    assertThat(browser.eval("document.getElementById('yaml').textContent").asText())
        .contains("zone-1")
        .doesNotContain("ground:", "m²");
    looksRightOn(browser, "zones-crossed");
    browser.eval("document.querySelector('.board').scrollIntoView({block:'center'})");
    browser.finger(List.of(at(browser, 0.9, 0.6), at(browser, 0.5, 0.4), at(browser, 0.25, 0.15)));
    browser.await(
        "it is a rectangle again",
        "document.getElementById('yaml').textContent.includes('ground:')");
    String drawn = browser.eval("document.getElementById('yaml').textContent").asText();
    looksRightOn(browser, "zones");
    browser.click("#copy");
    browser.await("it is copied", "document.getElementById('copied').innerText === '已复制'");

    String before = Files.readString(config);
    String entry =
        before.lines().filter(line -> line.contains("{id: cam-1, ")).findFirst().orElseThrow();
    String keys = entry.strip().replaceFirst("^- \\{", "").replaceFirst("}$", "");
    String block =
        Stream.of(keys.split(", (?=[a-z0-9]+: )"))
            .collect(Collectors.joining("\n    ", "  - ", "\n    "));
    Path with =
        Files.writeString(
            folder.resolve("drawn.yaml"),
            before.replace(entry, block + drawn.strip().replace("\n", "\n    ")));
    CameraConfig camera =
        GatewayConfig.load(with, folder.resolve("data"))
            .cameras()
            .values()
            .iterator()
            .next()
            .config();
    assertThat(camera.zones())
        .singleElement()
        .satisfies(
            zone -> {
              assertThat(zone.id()).isEqualTo("zone-1");
              assertThat(zone.contains(0.5, 0.4)).isTrue();
              assertThat(zone.contains(0.2, 0.7)).isFalse();
              assertThat(zone.polygon().getLast().x()).isCloseTo(0.5, within(0.02));
              assertThat(zone.polygon().getLast().y()).isCloseTo(0.9, within(0.02));
            });
    assertThat(camera.privacy())
        .singleElement()
        .satisfies(zone -> assertThat(zone.contains(0.88, 0.2)).isTrue());
    assertThat(camera.ignore()).isEmpty();
    // The page and the agent find the same area.
    double area =
        camera.ground().orElseThrow().area(camera.zones().getFirst(), List.of()).orElseThrow();
    assertThat(drawn).containsPattern("zone-1.* # [0-9.]+ m²");
    double told = Double.parseDouble(drawn.replaceAll("(?s).*zone-1[^\n]* # ([0-9.]+) m².*", "$1"));
    assertThat(told).isCloseTo(area, within(0.02 * area + 0.5));
    // 0.15 tall at 0.45, 0.25 at 0.85.
    assertThat(camera.personHeight().orElseThrow().top()).isCloseTo(0.0375, within(0.03));
    assertThat(camera.personHeight().orElseThrow().bottom()).isCloseTo(0.2875, within(0.03));
  }

  /** Where a fraction of the picture is on the screen. */
  private static double[] at(Browser browser, double x, double y) {
    JsonNode at =
        browser.eval(
            "(() => { const b = document.getElementById('draw').getBoundingClientRect(); return [b.x + b.width * %s, b.y + b.height * %s]; })()"
                .formatted(x, y));
    return new double[] {at.get(0).asDouble(), at.get(1).asDouble()};
  }

  private static String level(String word) {
    return "document.getElementById('light').dataset.level === '" + word + "'";
  }

  /**
   * On a phone, light and dark; nothing is wider than the screen, and nothing was complained of.
   */
  private static void looksRightOn(Browser browser, String state) throws IOException {
    for (boolean dark : new boolean[] {false, true}) {
      browser.screen(PHONE, 844, true, dark);
      assertThat(browser.eval("document.documentElement.scrollWidth").asInt())
          .isLessThanOrEqualTo(PHONE);
      browser.picture(PICTURES.resolve(state + (dark ? "-dark" : "-light") + ".png"));
    }
    assertThat(browser.complaints()).isEmpty();
  }

  private static int status(String address, String code) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create(address))
                  .header("Authorization", "Bearer " + code)
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
