package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.testing.CertificateAuthority;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.SignedConfig;
import org.cityedge.fixtures.CoapCity;
import org.cityedge.fixtures.SimulatedSensor.Behaviour;
import org.cityedge.fixtures.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * More than twenty faults, made for real: doctor names the right cause of all but two at most.
 * Faults that do not mask each other share one examination.
 */
@Timeout(180)
class SeededFaultsIT {
  /** A fault that was made, and what doctor is to call it. */
  private record Seed(String subject, Diagnosis diagnosis, List<Finding> report) {
    boolean named() {
      return report.stream()
          .anyMatch(
              finding -> finding.diagnosis() == diagnosis && finding.subject().endsWith(subject));
    }
  }

  @TempDir Path folder;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Seed> seeds = new ArrayList<>();

  private <T extends AutoCloseable> T opened(T one) {
    open.push(one);
    return one;
  }

  @AfterEach
  void closeAll() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @Test
  void namesTheCauseOfAtLeastEighteenOfTwentyFaults() throws Exception {
    brokersAndSecrets();
    sensorsAndCameras();
    storeAndConfiguration();
    disksAndClock();

    List<Seed> missed = seeds.stream().filter(seed -> !seed.named()).toList();
    System.out.printf(
        "SeededFaultsIT named %d of %d%n", seeds.size() - missed.size(), seeds.size());
    missed.forEach(
        seed -> System.out.println("  not named: " + seed.subject() + " " + seed.diagnosis()));
    assertThat(seeds).hasSizeGreaterThanOrEqualTo(20);
    assertThat(missed)
        .as("%s", missed)
        .hasSizeLessThanOrEqualTo(seeds.size() - (seeds.size() * 18 + 19) / 20);
  }

  private void seed(List<Finding> report, String subject, Diagnosis diagnosis) {
    seeds.add(new Seed(subject, diagnosis, report));
  }

  private static List<Finding> examine(Patient patient, String... only) throws Exception {
    Report report = Doctor.examine(patient, List.of(only));
    assertThat(report.seconds()).isLessThan(10);
    return report.findings();
  }

  private static Patient patient(Path home) {
    return Patient.of(
        home.resolve("gateway.yaml"),
        home.resolve("data"),
        home.resolve("data/run"),
        Patient.Machine.real());
  }

  private Path home(String name, String config) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.createDirectories(home.resolve("data/run"));
    Files.createDirectories(home.resolve("data/secrets"));
    Files.createDirectories(home.resolve("data/certificates"));
    Files.writeString(
        home.resolve("gateway.yaml"),
        "gateway: {id: gw-test, district: \"510108\", location: {lat: 30.66, lon: 104.1}}\n"
            + config);
    return home;
  }

  private static void secret(Path home, String name, String text, String mode) throws IOException {
    Path file = home.resolve("data/secrets").resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** Takes connections in the kernel and never says a word. */
  private ServerSocket silent() throws IOException {
    return opened(new ServerSocket(0, 16, InetAddress.getLoopbackAddress()));
  }

  private void brokersAndSecrets() throws Exception {
    CertificateAuthority city = CertificateAuthority.create(folder.resolve("ca"), "city");
    CertificateAuthority foreign = CertificateAuthority.create(folder.resolve("other"), "other");
    Instant now = Instant.now();
    city.issue("old", "IP:127.0.0.1", now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)));
    city.issue("elsewhere", "DNS:broker.example");
    foreign.issue("stranger", "IP:127.0.0.1");
    Path passwords = folder.resolve("passwords");
    run("mosquitto_passwd", "-b", "-c", passwords.toString(), "gw-test", "right");

    String[] login = {"allow_anonymous false", "password_file " + passwords};
    Mosquitto strict = broker("strict", login);
    Mosquitto old = broker("old", city.listener("old"));
    Mosquitto elsewhere = broker("elsewhere", city.listener("elsewhere"));
    Mosquitto stranger = broker("stranger", foreign.listener("stranger"));
    Mosquitto plain = broker("plain", login);
    Mosquitto frozen = broker("frozen");
    frozen.freeze();
    int closed = closedPort();
    List<String> brokers =
        List.of(
            strict.uri().toString(),
            "mqtt://127.0.0.1:" + closed,
            old.secureUri("127.0.0.1").toString(),
            elsewhere.secureUri("127.0.0.1").toString(),
            stranger.secureUri("127.0.0.1").toString(),
            plain.secureUri("127.0.0.1").toString(),
            frozen.uri().toString(),
            "mqtt://no-such-name.invalid:1883");
    Path home =
        home(
            "brokers",
            """
            uplink: {brokers: ["%s"], user: gw-test, passwordRef: broker, tls: {ca: city.pem}}
            cameras: [{id: cam-9, source: "rtsp://127.0.0.1:1/x", user: view, passwordRef: lost, detect: [crowd]}]
            sensors:
              - {id: s-9, type: coap, uri: "coaps://127.0.0.1:1/x", mode: poll, format: text, security: {psk: {keyRef: loose}},
                 channels: [{quantity: q, unit: m}]}
            """
                .formatted(String.join("\", \"", brokers)));
    Files.copy(city.certificate(), home.resolve("data/certificates/city.pem"));
    secret(home, "broker", "wrong", "rw-------");
    secret(home, "loose", "00112233445566778899aabbccddeeff", "rw-r--r--");

    List<Finding> report = examine(patient(home), "broker-tcp", "dns", "secrets", "certificates");
    seed(report, brokers.get(0), Diagnosis.LOGIN_FORBIDDEN);
    seed(report, brokers.get(1), Diagnosis.TCP_REFUSED);
    seed(report, brokers.get(2), Diagnosis.TLS_EXPIRED);
    seed(report, brokers.get(3), Diagnosis.TLS_WRONG_NAME);
    seed(report, brokers.get(4), Diagnosis.TLS_UNKNOWN_CA);
    seed(report, brokers.get(5), Diagnosis.TLS_FAILED);
    seed(report, brokers.get(6), Diagnosis.LOGIN_FAILED);
    seed(report, "no-such-name.invalid", Diagnosis.NAMES_FAIL);
    seed(report, "lost", Diagnosis.SECRET_MISSING);
    seed(report, "loose", Diagnosis.SECRET_LOOSE);
    // Valid for a month less a moment.
    seed(report, "city.pem", Diagnosis.CERTIFICATE_SOON);
    frozen.thaw();
  }

  private Mosquitto broker(String name, String... lines) throws IOException {
    return opened(Mosquitto.start(Files.createDirectory(folder.resolve("broker-" + name)), lines));
  }

  private void sensorsAndCameras() throws Exception {
    CoapCity coap = opened(CoapCity.start(Duration.ofMillis(500)));
    coap.pm25().behave(Behaviour.GARBAGE);
    coap.level().behave(Behaviour.SILENT);
    HttpServer guarded =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    guarded.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"camera\"");
          exchange.sendResponseHeaders(401, -1);
          exchange.close();
        });
    guarded.start();
    opened(() -> guarded.stop(0));
    Path black = film("black.avi", "color=black:s=320x180:r=4:d=20", "format=yuv420p");
    Path frozen = film("frozen.avi", "testsrc2=s=320x180:r=4:d=0.25", "loop=80:1:0");
    Path blurred = film("blurred.avi", "testsrc2=s=320x180:r=4:d=20", "gblur=sigma=40");
    Path home =
        home(
            "field",
            """
            uplink: {brokers: ["mqtt://127.0.0.1:1883"]}
            sensors:
              - {id: pm25-1, type: coap, uri: "%s", mode: observe, format: senml, channels: [{quantity: pm2_5, unit: ug/m3}]}
              - {id: level-1, type: coap, uri: "%s", mode: observe, format: senml, channels: [{quantity: level, unit: m}]}
              - {id: gone-1, type: coap, uri: "%s", mode: observe, format: senml, channels: [{quantity: x, unit: m}]}
              - {id: door-1, type: contact, chip: /dev/gpiochip9, line: 3, quantity: open}
            cameras:
              - {id: guarded, source: "http://127.0.0.1:%d/cam", user: view, passwordRef: cam, detect: [crowd]}
              - {id: silent, source: "rtsp://127.0.0.1:%d/cam", detect: [crowd]}
              - {id: black, source: "%s", detect: [crowd]}
              - {id: frozen, source: "%s", detect: [crowd]}
              - {id: blurred, source: "%s", detect: [crowd]}
            """
                .formatted(
                    coap.uri("pm25"),
                    coap.uri("level"),
                    coap.uri("no-such"),
                    guarded.getAddress().getPort(),
                    silent().getLocalPort(),
                    black.toUri(),
                    frozen.toUri(),
                    blurred.toUri()));
    secret(home, "cam", "wrong", "rw-------");

    List<Finding> report = examine(patient(home), "sensors", "cameras", "gpio", "sensor-security");
    seed(report, "pm25-1", Diagnosis.SENSOR_FORMAT);
    seed(report, "level-1", Diagnosis.SENSOR_SILENT);
    seed(report, "gone-1", Diagnosis.SENSOR_REFUSED);
    seed(report, "door-1", Diagnosis.CHIP_MISSING);
    seed(report, "guarded", Diagnosis.CAMERA_LOGIN);
    seed(report, "silent", Diagnosis.CAMERA_SILENT);
    seed(report, "black", Diagnosis.PICTURE_BLACK);
    seed(report, "frozen", Diagnosis.PICTURE_FROZEN);
    seed(report, "blurred", Diagnosis.PICTURE_BLURRED);
    seed(report, "", Diagnosis.SECURITY_PLAIN);
  }

  private Path film(String name, String source, String filter) throws Exception {
    Path file = folder.resolve(name);
    List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class)));
    command.addAll(
        List.of(
            "-loglevel",
            "error",
            "-f",
            "lavfi",
            "-i",
            source,
            "-vf",
            filter,
            "-c:v",
            "mjpeg",
            "-q:v",
            "3",
            file.toString()));
    run(command.toArray(String[]::new));
    return file;
  }

  private void storeAndConfiguration() throws Exception {
    String broken = "uplink: {brokers: [\"mqtt://127.0.0.1:1883\"], windou: 3}\nsensors: 7\n";
    Path home = home("broken", broken);
    fill(home);
    Path store = BufferConfig.defaults(home.resolve("data")).file();
    byte[] bytes = Files.readAllBytes(store);
    for (int page = 2 * 4096; page + 4096 <= bytes.length; page += 4096) {
      java.util.Arrays.fill(bytes, page, page + 2000, (byte) 0x5a);
    }
    Files.write(store, bytes);
    Files.writeString(
        Files.createDirectories(home.resolve("data/clips")).resolve("01m84.clip"), "sealed");
    List<Finding> report = examine(patient(home), "store", "config", "evidence-key");
    seed(report, "", Diagnosis.STORE_DAMAGED);
    seed(report, "", Diagnosis.CONFIG_INVALID);
    seed(report, "", Diagnosis.SEAL_LOST);

    Path late = home("late", "uplink: {brokers: [\"mqtt://127.0.0.1:1883\"]}\n");
    fill(late);
    Path waiting = BufferConfig.defaults(late.resolve("data")).file();
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + waiting);
        var sql = connection.createStatement()) {
      // Two hours of power without a broker.
      sql.executeUpdate("UPDATE meta SET lived = lived + 7200000");
    }
    rollBack(late);
    List<Finding> second = examine(patient(late), "queue", "config-result", "agent");
    seed(second, "", Diagnosis.QUEUE_STUCK);
    seed(second, "", Diagnosis.RESULT_ROLLED_BACK);
    seed(second, "", Diagnosis.AGENT_ABSENT);
  }

  private static void fill(Path home) throws IOException {
    try (SqliteEventStore store =
        SqliteEventStore.open(
            BufferConfig.defaults(home.resolve("data")),
            _ -> {
              throw new AssertionError("nothing is lost here");
            },
            InstantSource.system())) {
      byte[] payload = "x".repeat(2000).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 200; i++) {
        store.append(new Event("event-" + i, Lane.ALERT, "city/v1/alert", "{}", payload));
      }
    }
  }

  private void rollBack(Path home) throws Exception {
    Path data = home.resolve("data");
    Maintainer maintainer = Maintainer.provision(home, data);
    String gate = "{\"deadline\":\"120s\",\"need\":[\"broker\"]}";
    byte[] signed =
        maintainer.order(7, home.resolve("gateway.yaml"), gate).getBytes(StandardCharsets.UTF_8);
    SignedConfig.Verdict<Integer> verdict =
        SignedConfig.judge(
            signed,
            new TrustedKeys(data).read(),
            new SignedConfig.Situation(
                "gw-test", Order.Version.of("0.1.0"), SignedConfig.Floor.NONE, Instant.now(), true),
            section -> {
              section.ignoreRest();
              return 0;
            });
    assertThat(verdict).isInstanceOf(SignedConfig.Verdict.Accepted.class);
    try (Deployment deployment = Deployment.open(data.resolve("config"), "boot")) {
      deployment.begin(signed, (SignedConfig.Verdict.Accepted<Integer>) verdict, 1);
      deployment.rollBack("HEALTH_BROKER", "the new broker did not answer");
    }
  }

  private void disksAndClock() throws Exception {
    Path home = home("disk", "uplink: {brokers: [\"mqtt://127.0.0.1:1883\"]}\n");
    Path data = home.resolve("data");
    // Only root may; without it those faults are left out.
    Optional<SmallDisk> mounted = SmallDisk.mount(data, "size=1m,nr_inodes=64");
    if (mounted.isEmpty()) {
      System.out.println("SeededFaultsIT: no small file system can be mounted here (root only)");
    } else {
      SmallDisk disk = mounted.get();
      opened(disk);
      Files.write(data.resolve("filler"), new byte[1000 * 1024]);
      List<Finding> full = examine(patient(home), "disk-space");
      seed(full, "", Diagnosis.DISK_FULL);
      Files.delete(data.resolve("filler"));
      for (int i = 0; i < 60; i++) {
        Files.writeString(data.resolve("small-" + i), "");
      }
      disk.remount("ro");
      List<Finding> readOnly = examine(patient(home), "disk-write", "inodes");
      seed(readOnly, "", Diagnosis.WRITE_READ_ONLY);
      seed(readOnly, "", Diagnosis.INODES_OUT);
    }
    Path root = Files.createDirectories(folder.resolve("board"));
    Files.writeString(
        Files.createDirectories(root.resolve("sys/devices/platform/soc/soc:firmware"))
            .resolve("get_throttled"),
        "50005\n");
    Patient unset =
        Patient.of(
            home.resolve("gateway.yaml"),
            data,
            data.resolve("run"),
            new Patient.Machine(root, InstantSource.system(), System::nanoTime));
    List<Finding> board = examine(unset, "clock", "power");
    seed(board, "", Diagnosis.CLOCK_UNSYNCHRONISED);
    seed(board, "", Diagnosis.POWER_LOW_NOW);
  }

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s", List.of(command)).isZero();
  }
}
