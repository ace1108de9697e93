package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cityedge.agent.testing.CertificateAuthority;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cityedge mqtt ping} as a maintainer calls it, against a real Mosquitto. */
class MqttPingIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path data;

  @BeforeEach
  void makeTheDataFolder() throws IOException {
    data = folder.resolve("data");
    Files.createDirectories(data.resolve("certificates"));
    Files.createDirectories(data.resolve("secrets"));
  }

  private int ping(String uplink, String... more) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("gateway.yaml"),
            "gateway: {id: gw-test, district: \"510108\", location: {lat: 30.66, lon: 104.1}}\nuplink: "
                + uplink
                + "\n");
    List<String> arguments =
        new ArrayList<>(
            List.of("mqtt", "ping", "--config", config.toString(), "--data", data.toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private int run(String... arguments) {
    return Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private void secret(String name, String text) throws IOException {
    Path file = Files.writeString(data.resolve("secrets").resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private Mosquitto broker(String... lines) throws IOException {
    return Mosquitto.start(Files.createDirectories(folder.resolve("broker")), lines);
  }

  @Test
  void passesEveryStageAndLeavesTheAgentAlone() throws IOException {
    try (Mosquitto broker = broker();
        MqttListener agent = new MqttListener(broker.uri(), "gw-test", "city/v1/#")) {
      String uplink = "{brokers: [\"" + broker.uri() + "\"]}";
      assertThat(ping(uplink, "--count", "3")).as(out + " " + err).isZero();
      assertThat(out.toString())
          .containsSubsequence("resolve", "tcp", "connect", "subscribe", "publish", "disconnect")
          .contains("session fresh, receive maximum 20")
          .contains("topic aliases 10")
          .contains("3 x PUBACK in ")
          .contains("city/v1/510108/gw-test/cmd-res/ping");
      // The client that has the gateway's id was not taken over.
      agent.publish("city/v1/x", "still here", new MqttProperties());
      agent.await(LIMIT, m -> m.text().equals("still here"));
    }
  }

  @Test
  void speaksMqtt311AsTheAgentWould() throws IOException {
    try (Mosquitto broker = broker()) {
      assertThat(ping("{brokers: [\"" + broker.uri() + "\"], protocol: mqtt-3.1.1}"))
          .as(out.toString())
          .isZero();
    }
  }

  @Test
  void keepsToTheAccountsBranchInKurasFormat() throws IOException {
    Path acl =
        Files.writeString(
            folder.resolve("acl"),
            "topic readwrite city/gw-test/#\ntopic readwrite $EDC/city/gw-test/#\n");
    try (Mosquitto broker = broker("acl_file " + acl)) {
      assertThat(ping("{brokers: [\"" + broker.uri() + "\"], format: kura, account: city}"))
          .as(out.toString())
          .isZero();
      assertThat(out.toString()).contains("$EDC/city/gw-test/#", "city/gw-test/CITY-V1/ping");
    }
  }

  @Test
  void namesTheCertificateOfATlsBroker() throws IOException {
    CertificateAuthority city = CertificateAuthority.create(folder.resolve("city"), "City CA");
    CertificateAuthority other = CertificateAuthority.create(folder.resolve("other"), "Other CA");
    city.issue("broker", "DNS:localhost");
    Path ca = Files.copy(city.certificate(), data.resolve("certificates/ca.pem"));
    try (Mosquitto broker = broker(city.listener("broker"))) {
      String uplink = "{brokers: [\"" + broker.secureUri("localhost") + "\"], tls: {ca: ca.pem}}";
      assertThat(ping(uplink)).as(out.toString()).isZero();
      assertThat(out.toString()).contains("TLSv1.3 TLS_", "for localhost, ends ", "(29 days)");
      Files.write(ca, Files.readAllBytes(other.certificate()));
      assertThat(ping(uplink)).isEqualTo(2);
      assertThat(out.toString())
          .containsPattern(
              "tls +[0-9.]+ ms  FAILED the broker's certificate was issued by \"CN=City")
          .contains("put the broker's CA into that file");
      Files.delete(ca);
      assertThat(ping(uplink)).isEqualTo(2);
      assertThat(out.toString()).contains("FAILED certificate " + ca + " is missing");
    }
  }

  @Test
  void namesAWrongPasswordWithoutShowingIt() throws Exception {
    Path passwords = folder.resolve("passwords");
    Process process =
        new ProcessBuilder("mosquitto_passwd", "-b", "-c", passwords.toString(), "gw", "s3cret")
            .start();
    assertThat(process.waitFor()).isZero();
    secret("broker", "wr0ng");
    try (Mosquitto broker = broker("password_file " + passwords, "allow_anonymous false")) {
      String uplink = "{brokers: [\"" + broker.uri() + "\"], user: gw, passwordRef: broker}";
      assertThat(ping(uplink)).isEqualTo(2);
      assertThat(out.toString())
          .containsPattern("connect +[0-9.]+ ms  FAILED CONNACK 0x8[67]")
          .doesNotContain("wr0ng");
      secret("broker", "s3cret");
      assertThat(ping(uplink)).isZero();
    }
  }

  @Test
  void warnsWhenOneOfTwoBrokersIsAway() throws IOException {
    int away;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      away = free.getLocalPort();
    }
    try (Mosquitto broker = broker()) {
      String uplink = "{brokers: [\"mqtt://127.0.0.1:" + away + "\", \"" + broker.uri() + "\"]}";
      assertThat(ping(uplink, "--json")).isEqualTo(1);
      JsonNode all = new ObjectMapper().readTree(out.toString());
      assertThat(all.path(0).path("delivers").asBoolean()).isFalse();
      assertThat(all.path(0).path("stages").path(1).path("name").asText()).isEqualTo("tcp");
      assertThat(all.path(0).path("stages").path(1).path("text").asText())
          .contains("Connection refused; check that the broker runs");
      assertThat(all.path(1).path("delivers").asBoolean()).isTrue();
      assertThat(ping("{brokers: [\"mqtt://127.0.0.1:" + away + "\"]}")).isEqualTo(2);
    }
  }

  @Test
  void namesTheTopicThatItMayNotPublishTo() throws IOException {
    Path acl = Files.writeString(folder.resolve("acl"), "topic read #\n");
    try (Mosquitto broker = broker("acl_file " + acl)) {
      assertThat(ping("{brokers: [\"" + broker.uri() + "\"]}")).isEqualTo(2);
      assertThat(out.toString())
          .contains("FAILED city/v1/510108/gw-test/cmd-res/ping is refused with 0x87")
          .contains("access list");
    }
  }

  /** Its access list cannot refuse a SUBSCRIBE; its plugin for roles can. */
  @Test
  void warnsThatNoCommandCanArriveWhereItMayNotSubscribe() throws IOException {
    Path plugin;
    try (Stream<Path> libraries = Files.walk(Path.of("/usr/lib"), 2)) {
      plugin =
          libraries
              .filter(file -> file.endsWith("mosquitto_dynamic_security.so"))
              .findFirst()
              .orElse(null);
    }
    Assumptions.assumeTrue(plugin != null, "Mosquitto's dynamic security plugin is missing");
    Path roles =
        Files.writeString(
            folder.resolve("roles.json"),
            """
            {"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false,
              "unsubscribe": true}, "clients": [], "roles": [],
              "groups": [{"groupname": "all", "roles": [], "clients": []}], "anonymousGroup": "all"}
            """);
    try (Mosquitto broker = broker("plugin " + plugin, "plugin_opt_config_file " + roles)) {
      assertThat(ping("{brokers: [\"" + broker.uri() + "\"]}")).isEqualTo(1);
      assertThat(out.toString())
          .contains("city/v1/510108/gw-test/cmd/+ is refused with 0x87, no command can arrive");
    }
  }

  @Test
  void knowsItsUsage() throws IOException {
    assertThat(run("mqtt")).isEqualTo(64);
    assertThat(ping("{brokers: [\"mqtt://127.0.0.1\"]}", "--count", "0")).isEqualTo(64);
    assertThat(err.toString()).contains("mqtt ping").contains("--count must be 1..1000, was 0");
    assertThat(run("mqtt", "ping", "--help")).isZero();
    assertThat(out.toString()).contains("--count=N");
  }
}
