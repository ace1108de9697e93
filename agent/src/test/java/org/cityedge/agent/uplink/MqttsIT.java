package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.testing.CertificateAuthority;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.uplink.UplinkConfig.Protocol;
import org.cityedge.agent.uplink.UplinkConfig.Tls;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS against a real Mosquitto, and against peers that are none. */
class MqttsIT {
  private static final Tls ONE_WAY = new Tls("city-ca.pem", Optional.empty(), Optional.empty());
  private static final Tls MUTUAL =
      new Tls("city-ca.pem", Optional.of("gw.pem"), Optional.of("gw.key"));

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private final LinkEvents events = new LinkEvents();
  private CertificateAuthority city;
  private Path data;

  @BeforeEach
  void issueCertificates() throws IOException {
    city = CertificateAuthority.create(folder.resolve("city"), "City CA");
    data = folder.resolve("data");
    Files.createDirectories(data.resolve("certificates"));
    Files.createDirectories(data.resolve("secrets"));
    Files.copy(city.certificate(), data.resolve("certificates/city-ca.pem"));
  }

  private Mosquitto broker(String... lines) throws IOException {
    return Mosquitto.start(Files.createDirectories(folder.resolve("broker")), lines);
  }

  /** Connects once, with the files of the data folder. */
  private MqttLink connect(Tls tls, Optional<String> login, Timing timing, URI broker)
      throws IOException {
    UplinkConfig config = uplink.config(Protocol.MQTT_5, 64, login, Optional.of(tls), broker);
    MqttLink link = uplink.links(config, data, timing).open(broker, will(), events);
    link.connect();
    return link;
  }

  private LinkEvents.Lost refusal(Tls tls, URI broker) throws Exception {
    MqttLink link = connect(tls, Optional.empty(), QUICK, broker);
    LinkEvents.Lost lost = events.next(LinkEvents.Lost.class);
    link.discard();
    return lost;
  }

  private Outgoing will() {
    String topic = uplink.topics.state();
    return new Outgoing(
        topic, new byte[0], uplink.topics.delivery(topic), "application/json", Map.of());
  }

  private void secret(String name, String text) throws IOException {
    Path file = Files.writeString(data.resolve("secrets").resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void giveGatewayItsCertificate(CertificateAuthority issuer) throws IOException {
    Files.copy(issuer.issue("gw-0042", "DNS:gw-0042"), data.resolve("certificates/gw.pem"));
    secret("gw.key", Files.readString(issuer.key("gw-0042")));
  }

  @Test
  void deliversOverTlsAndWatchesTheCertificates() throws IOException {
    Instant until = Instant.now().plus(Duration.ofDays(7)).truncatedTo(ChronoUnit.SECONDS);
    city.issue("broker", "DNS:localhost,IP:127.0.0.1", Instant.now().minusSeconds(60), until);
    MemoryEventStore store = new MemoryEventStore(uplink.events::loss);
    store.append(uplink.alert(1));
    try (Mosquitto broker = broker(city.listener("broker"))) {
      URI uri = broker.secureUri("localhost");
      UplinkConfig config =
          uplink.config(Protocol.MQTT_5, 64, Optional.empty(), Optional.of(ONE_WAY), uri);
      PahoLinks links = uplink.links(config, data, QUICK);
      try (Publisher publisher = uplink.publisher(store, config, QUICK, links, Map.of())) {
        publisher.start();
        awaitEmpty(store);
        assertThat(publisher.status().certificate())
            .hasValueSatisfying(
                expiry -> {
                  assertThat(expiry.which()).isEqualTo("broker");
                  assertThat(expiry.until()).isEqualTo(until);
                });
      }
    }
  }

  @Test
  void acceptsABrokerByItsAddressAndSendsThePasswordOfTheSecretsFolder() throws Exception {
    city.issue("broker", "IP:127.0.0.1");
    Path passwords = folder.resolve("passwords");
    run("mosquitto_passwd", "-b", "-c", passwords.toString(), "gw-0042", "s3cret");
    String[] lines = city.listener("broker", "password_file " + passwords, "allow_anonymous false");
    try (Mosquitto broker = broker(lines)) {
      secret("broker", "s3cret\n");
      connect(ONE_WAY, Optional.of("gw-0042"), QUICK, broker.secureUri("127.0.0.1"));
      events.next(LinkEvents.Connected.class);
      // Read anew at the next connection.
      secret("broker", "wrong");
      connect(ONE_WAY, Optional.of("gw-0042"), QUICK, broker.secureUri("127.0.0.1"));
      LinkEvents.Lost lost = events.next(LinkEvents.Lost.class);
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.REFUSED);
      assertThat(lost.reason())
          .contains("CONNACK 0x87 not authorized")
          .doesNotContain("wrong")
          .doesNotContain("s3cret");
    }
  }

  @Test
  void refusesABrokerOfAnotherCa() throws Exception {
    CertificateAuthority other = CertificateAuthority.create(folder.resolve("other"), "Other CA");
    other.issue("broker", "DNS:localhost");
    try (Mosquitto broker = broker(other.listener("broker"))) {
      LinkEvents.Lost lost = refusal(ONE_WAY, broker.secureUri("localhost"));
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.CERTIFICATE);
      assertThat(lost.reason())
          .contains("issued by \"CN=Other CA\"")
          .contains("city-ca.pem does not vouch for");
    }
  }

  @Test
  void refusesABrokerOfAnotherName() throws Exception {
    city.issue("broker", "DNS:broker.example,IP:10.1.2.3");
    try (Mosquitto broker = broker(city.listener("broker"))) {
      LinkEvents.Lost byName = refusal(ONE_WAY, broker.secureUri("localhost"));
      assertThat(byName.cause()).isEqualTo(MqttLink.Loss.CERTIFICATE);
      assertThat(byName.reason())
          .contains("is for broker.example, 10.1.2.3, not for localhost")
          .contains("have it issued for this one");
      LinkEvents.Lost byAddress = refusal(ONE_WAY, broker.secureUri("127.0.0.1"));
      assertThat(byAddress.reason()).contains("not for 127.0.0.1");
    }
  }

  @Test
  void refusesAnExpiredBrokerAndNamesTheDate() throws Exception {
    Instant now = Instant.now();
    city.issue(
        "broker",
        "DNS:localhost",
        now.minus(Duration.ofDays(90)),
        Instant.parse("2026-01-31T12:00:00Z"));
    try (Mosquitto broker = broker(city.listener("broker"))) {
      LinkEvents.Lost lost = refusal(ONE_WAY, broker.secureUri("localhost"));
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.CERTIFICATE);
      assertThat(lost.reason())
          .contains("the broker's certificate expired on 2026-01-31T12:00:00Z")
          .contains("renew it at the broker");
    }
  }

  @Test
  void refusesABrokerOfTheFutureAndNamesTheClock() throws Exception {
    Instant now = Instant.now();
    city.issue(
        "broker", "DNS:localhost", now.plus(Duration.ofDays(500)), now.plus(Duration.ofDays(900)));
    try (Mosquitto broker = broker(city.listener("broker"))) {
      LinkEvents.Lost lost = refusal(ONE_WAY, broker.secureUri("localhost"));
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.CERTIFICATE);
      assertThat(lost.reason()).contains("not yet valid").contains("the clock is wrong: set it");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa:2048", "ed25519", "ec:P-256"})
  void showsItsCertificateToABrokerThatDemandsOne(String algorithm) throws Exception {
    city.issue("broker", "DNS:localhost");
    if (algorithm.startsWith("ec:")) {
      giveGatewayItsCertificate(city);
    } else {
      Path certificate = city.issue("gw-0042", "DNS:gw-0042", algorithm);
      Files.copy(certificate, data.resolve("certificates/gw.pem"));
      secret("gw.key", Files.readString(city.key("gw-0042")));
    }
    try (Mosquitto broker = broker(city.listener("broker", "require_certificate true"))) {
      MqttLink link = connect(MUTUAL, Optional.empty(), QUICK, broker.secureUri("localhost"));
      events.next(LinkEvents.Connected.class);
      link.discard();
    }
  }

  @Test
  void isRefusedWithoutACertificateAndWithAStrangersOne() throws Exception {
    city.issue("broker", "DNS:localhost");
    CertificateAuthority other = CertificateAuthority.create(folder.resolve("other"), "Other CA");
    giveGatewayItsCertificate(other);
    try (Mosquitto broker = broker(city.listener("broker", "require_certificate true"))) {
      // Several times, since whether the broker's alert or its end arrives first is a race.
      for (Tls tls : List.of(ONE_WAY, MUTUAL, ONE_WAY, MUTUAL, ONE_WAY, MUTUAL)) {
        LinkEvents.Lost lost = refusal(tls, broker.secureUri("localhost"));
        assertThat(lost.cause()).as(lost.reason()).isEqualTo(MqttLink.Loss.CERTIFICATE);
        assertThat(lost.reason())
            .contains("the broker refuses the gateway's certificate")
            .contains("name in uplink.tls a certificate");
      }
    }
  }

  @Test
  void callsNoBrokerBetterWhoseHandshakeFails() throws Exception {
    city.issue("broker", "DNS:localhost");
    CertificateAuthority other = CertificateAuthority.create(folder.resolve("other"), "Other CA");
    other.issue("broker", "DNS:localhost");
    Path second = Files.createDirectories(folder.resolve("second"));
    try (Mosquitto ours = broker(city.listener("broker"));
        Mosquitto theirs = Mosquitto.start(second, other.listener("broker"));
        ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI good = ours.secureUri("localhost");
      UplinkConfig config =
          uplink.config(Protocol.MQTT_5, 64, Optional.empty(), Optional.of(ONE_WAY), good);
      PahoLinks links = uplink.links(config, data, QUICK);
      assertThat(links.answers(good, QUICK.connect())).isTrue();
      assertThat(links.answers(ours.secureUri("127.0.0.1"), QUICK.connect())).isFalse();
      assertThat(links.answers(theirs.secureUri("localhost"), QUICK.connect())).isFalse();
      URI mute = URI.create("mqtts://localhost:" + silent.getLocalPort());
      assertThat(links.answers(mute, Duration.ofSeconds(1))).isFalse();
      assertThat(links.answers(ours.uri(), QUICK.connect())).as("without TLS").isTrue();
    }
  }

  @Test
  void saysSoWhenThePortDoesNotSpeakTls() throws Exception {
    try (Mosquitto broker = broker()) {
      LinkEvents.Lost lost = refusal(ONE_WAY, broker.secureUri("localhost"));
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.NETWORK);
    }
  }

  @Test
  void doesNotWaitForEverForAHandshake() throws Exception {
    Timing oneSecond =
        new Timing(
            Duration.ofSeconds(1),
            QUICK.stall(),
            QUICK.settle(),
            QUICK.stable(),
            QUICK.willDelay(),
            QUICK.minDelay(),
            QUICK.maxDelay());
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("mqtts://localhost:" + silent.getLocalPort());
      connect(ONE_WAY, Optional.empty(), oneSecond, uri);
      LinkEvents.Lost lost = events.next(LinkEvents.Lost.class);
      assertThat(lost.cause()).isEqualTo(MqttLink.Loss.NETWORK);
      assertThat(lost.reason()).contains("no answer in time");
    }
  }

  @Test
  void cutsAHandshakeThatHangs() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("mqtts://localhost:" + silent.getLocalPort());
      MqttLink link = connect(ONE_WAY, Optional.empty(), QUICK, uri);
      try (Socket peer = silent.accept()) {
        peer.setSoTimeout(10_000);
        assertThat(peer.getInputStream().read()).as("a handshake record").isEqualTo(22);
        link.discard();
        assertThat(peer.getInputStream().readAllBytes()).as("the rest of it").isNotNull();
      }
    }
  }

  @Test
  void survivesAPeerThatDiesInTheHandshake() throws Exception {
    try (ServerSocket dying = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("mqtts://localhost:" + dying.getLocalPort());
      connect(ONE_WAY, Optional.empty(), QUICK, uri);
      try (Socket peer = dying.accept()) {
        assertThat(peer.getInputStream().read()).isEqualTo(22);
        peer.setSoLinger(true, 0);
      }
      assertThat(events.next(LinkEvents.Lost.class).cause()).isEqualTo(MqttLink.Loss.NETWORK);
    }
  }

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).as(command[0]).isZero();
  }
}
