package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.server.resources.CoapExchange;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** DTLS with certificates against libcoap over OpenSSL (Debian libcoap3-bin, openssl). */
@Timeout(120)
class DtlsCertificateIT {
  private static final Path SERVER = Path.of("/usr/bin/coap-server-openssl");
  private static final Channel TICKS = new Channel("ticks", "s", 1e9, 1e10);

  @TempDir Path folder;
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  private Certificates certificates;
  private CoapLink link;
  private @Nullable Process server;
  private int port;

  @BeforeEach
  void makeCertificates() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(SERVER), SERVER + " is not installed (libcoap3-bin)");
    assumeTrue(
        Files.isExecutable(Certificates.OPENSSL), Certificates.OPENSSL + " is not installed");
    certificates = new Certificates(folder);
    link = new CoapLink(new KeyFiles(new Secrets(folder), folder));
    certificates.authority("ca");
    certificates.authority("other-ca");
    certificates.issue("server", "DNS:localhost,IP:127.0.0.1");
    certificates.issue("elsewhere", "DNS:air-2.example,IP:127.0.0.9");
    certificates.issue("gateway", "DNS:gw-0042");
  }

  @AfterEach
  void stopAll() throws InterruptedException {
    if (link != null) {
      link.close();
    }
    stopServer();
  }

  private void serveAnywhere(String certificate) throws IOException {
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    serve(certificate);
  }

  private void serve(String certificate) throws IOException {
    server =
        new ProcessBuilder(
                SERVER.toString(),
                "-A",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-c",
                folder.resolve(certificate + ".pem").toString(),
                "-j",
                folder.resolve(certificate + ".key").toString(),
                "-C",
                folder.resolve("ca.pem").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  private void stopServer() throws InterruptedException {
    if (server != null) {
      server.destroyForcibly();
      assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private CoapSensor start(String certificate, String host, CoapSecurity.X509 security)
      throws IOException {
    serveAnywhere(certificate);
    CoapSensor sensor = sensor(host, security);
    sensor.start(samples::add);
    return sensor;
  }

  private CoapSensor sensor(String host, CoapSecurity.X509 security) {
    return sensor(port + 1, "/time?ticks", Mode.POLL, host, security);
  }

  private CoapSensor sensor(
      int at, String path, Mode mode, String host, CoapSecurity.X509 security) {
    return new CoapSensor(
        new CoapSensorConfig(
            "air-1",
            URI.create("coaps://" + host + ":" + at + path),
            mode,
            Duration.ofSeconds(4),
            Format.TEXT,
            List.of(new Field(TICKS, "/ticks", "", false)),
            false,
            security),
        link,
        new Clocks(InstantSource.system(), System::nanoTime));
  }

  private static CoapSecurity.X509 gateway(String ca) {
    return new CoapSecurity.X509(
        ca + ".pem", Optional.of("gateway.pem"), Optional.of("gateway.key"));
  }

  private Sample next() throws InterruptedException {
    Sample sample = samples.poll(60, TimeUnit.SECONDS);
    assertThat(sample).as("a sample within 60 s").isNotNull();
    return sample;
  }

  private String nextRefusal() throws InterruptedException {
    while (true) {
      switch (next()) {
        case Measured measured -> throw new AssertionError("nothing was to be read: " + measured);
        case Missed(var _, var _, var _, Fault(var kind, String detail, var _)) -> {
          if (kind == Fault.Kind.REFUSED) {
            return detail;
          }
        }
      }
    }
  }

  private Fault nextMissed() throws InterruptedException {
    while (true) {
      if (next() instanceof Missed missed) {
        return missed.fault();
      }
    }
  }

  private void assertReads() throws InterruptedException {
    Sample sample = next();
    while (!(sample instanceof Measured)) { // the server may still have been starting
      sample = next();
    }
  }

  @Test
  void readsFromAServerByItsAddressWhereBothShowCertificates()
      throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("ca"))) {
      assertReads();
    }
  }

  @Test
  void listsItsResourcesToWhomeverHasACertificate() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("ca"))) {
      assertReads();
      Discovery.Outcome found =
          Discovery.discover(
              URI.create("coaps://127.0.0.1:" + (port + 1)),
              gateway("ca"),
              new KeyFiles(new Secrets(folder), folder),
              Duration.ofSeconds(30));
      assertThat(found.yaml()).contains("/time  title=\"Internal Clock\"");
    }
  }

  @Test
  void readsFromAServerByItsName() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "localhost", gateway("ca"))) {
      assertReads();
    }
  }

  @Test
  void refusesACertificateForAnotherAddress() throws IOException, InterruptedException {
    try (CoapSensor _ = start("elsewhere", "127.0.0.1", gateway("ca"))) {
      assertThat(nextRefusal()).contains("certificate of elsewhere is not for 127.0.0.1");
    }
  }

  @Test
  void refusesACertificateForAnotherName() throws IOException, InterruptedException {
    try (CoapSensor _ = start("elsewhere", "localhost", gateway("ca"))) {
      assertThat(nextRefusal()).contains("certificate of elsewhere is not for localhost");
    }
  }

  @Test
  void refusesACertificateOfAnotherAuthority() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("other-ca"))) {
      assertThat(nextRefusal()).contains("of another authority than ca: names");
    }
  }

  @Test
  void saysThatACertificateHasExpired() throws IOException, InterruptedException {
    certificates.issueExpired("late", "IP:127.0.0.1");
    try (CoapSensor _ = start("late", "127.0.0.1", gateway("ca"))) {
      assertThat(nextRefusal())
          .endsWith("its certificate has expired; renew it, or set the gateway's clock");
    }
  }

  @Test
  void saysThatTheServerWantsACertificateThatItTrusts() throws IOException, InterruptedException {
    certificates.issue("other-ca", "gateway", "DNS:gw-0042");
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("ca"))) {
      assertThat(nextRefusal()).contains("it wants a certificate of the gateway that it trusts");
    }
  }

  @Test
  void takesAnotherCertificateForEachOfMoreSettingsThanThereCanBeAtATime()
      throws IOException, InterruptedException {
    for (int i = 0; i < 9; i++) {
      Files.copy(folder.resolve("ca.pem"), folder.resolve(i + ".pem"));
      try (CoapSensor _ = start("server", "127.0.0.1", gateway(Integer.toString(i)))) {
        assertReads();
      }
      stopServer();
      samples.clear();
    }
  }

  @Test
  void readsByTheAddressOnceWhoeverReadByTheNameHasLeft() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "localhost", gateway("ca"))) {
      assertReads();
      samples.clear();
      CoapSensor byAddress = sensor("127.0.0.1", gateway("ca"));
      try (byAddress) {
        byAddress.start(samples::add);
        assertThat(nextMissed().detail()).contains("write the same host in both");
      }
    }
    samples.clear();
    try (CoapSensor byAddress = sensor("127.0.0.1", gateway("ca"))) {
      byAddress.start(samples::add);
      assertReads();
    }
  }

  @Test
  void namesAMissingAuthority() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("none"))) {
      assertThat(((Missed) next()).fault().detail())
          .contains("none.pem is missing; put the PEM file there");
    }
  }

  @Test
  void takesAnotherAuthorityAndAnotherCertificateWithoutARestart()
      throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("ca"))) {
      assertReads();
      stopServer();
      certificates.issue("other-ca", "server", "IP:127.0.0.1");
      certificates.issue("other-ca", "gateway", "DNS:gw-0042");
      Files.copy(
          folder.resolve("other-ca.pem"),
          folder.resolve("ca.pem"),
          StandardCopyOption.REPLACE_EXISTING);
      samples.clear();
      serve("server"); // trusts the other authority only
      assertReads();
    }
  }

  @Test
  void takesCertificatesOnAnotherCurveWithoutARestart() throws IOException, InterruptedException {
    try (CoapSensor _ = start("server", "127.0.0.1", gateway("ca"))) {
      assertReads();
      stopServer();
      certificates.use("P-384", "sha384");
      certificates.authority("ca");
      certificates.issue("server", "IP:127.0.0.1");
      certificates.issue("gateway", "DNS:gw-0042");
      samples.clear();
      serve("server");
      assertReads();
    }
  }

  @Test
  void keepsWhatItReadWhileAChangedFileIsDamaged() throws IOException {
    CertificateFiles files =
        new CertificateFiles(new KeyFiles(new Secrets(folder), folder), gateway("ca"));
    CertificateFiles.Content before = files.now();
    String authority = Files.readString(folder.resolve("ca.pem"));
    Files.writeString(folder.resolve("ca.pem"), authority.substring(0, 200));
    assertThat(files.now()).isEqualTo(before);
    Files.copy(
        folder.resolve("server.key"),
        folder.resolve("gateway.key"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        folder.resolve("other-ca.pem"),
        folder.resolve("ca.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(files.now()).as("the key of another certificate").isEqualTo(before);
    Files.copy(
        folder.resolve("server.pem"),
        folder.resolve("gateway.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    CertificateFiles.Content after = files.now();
    assertThat(after.authorities()).isNotEqualTo(before.authorities());
    assertThat(after.own()).isPresent().isNotEqualTo(before.own());
  }

  @Test
  void tellsAServerThatItsSessionIsOverOnceNobodyNeedsIt() throws Exception {
    serveAnywhere("server");
    try (Relay relay = new Relay(port + 1)) {
      try (CoapSensor sensor =
          sensor(relay.port(), "/time?ticks", Mode.POLL, "127.0.0.1", gateway("ca"))) {
        sensor.start(samples::add);
        assertReads();
        assertThat(relay.alerts.availablePermits()).isZero();
      }
      assertThat(relay.alerts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void tellsAServerThatItsSessionIsOverWhenAllIsClosed() throws Exception {
    serveAnywhere("server");
    try (Relay relay = new Relay(port + 1)) {
      try (CoapSensor sensor =
          sensor(relay.port(), "/time?ticks", Mode.POLL, "127.0.0.1", gateway("ca"))) {
        sensor.start(samples::add);
        assertReads();
        link.close();
        assertThat(relay.alerts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void waitsForNoFarewellOfAnEndpointThatHasMadeRoomForAnother() throws Exception {
    CoapServer promising = promising();
    try {
      int secure = promising.getEndpoints().getFirst().getAddress().getPort();
      for (int i = 0; i < 9; i++) {
        Files.copy(folder.resolve("ca.pem"), folder.resolve(i + ".pem"));
      }
      try (CoapSensor leaving = sensor(secure, "/s", Mode.OBSERVE, "127.0.0.1", gateway("0"))) {
        leaving.start(samples::add);
        assertReads();
      }
      assertThat(link.farewells().underWay()).isOne();
      List<CoapSensor> others = new ArrayList<>();
      for (int i = 1; i < 9; i++) {
        samples.clear();
        others.add(sensor(secure, "/s", Mode.POLL, "127.0.0.1", gateway(Integer.toString(i))));
        others.getLast().start(samples::add);
        assertReads();
      }
      CountDownLatch never = new CountDownLatch(1);
      for (int i = 0; i < 200 && link.farewells().underWay() > 0; i++) {
        assertThat(never.await(50, TimeUnit.MILLISECONDS)).isFalse();
      }
      assertThat(link.farewells().underWay()).isZero();
      others.forEach(CoapSensor::close);
    } finally {
      promising.destroy();
    }
  }

  /** A server whose resource promises an answer to whoever leaves, and never gives it. */
  private CoapServer promising() throws IOException {
    Configuration configuration = Dtls.configuration();
    CertificateFiles own =
        new CertificateFiles(
            new KeyFiles(new Secrets(folder), folder),
            new CoapSecurity.X509("ca.pem", Optional.of("server.pem"), Optional.of("server.key")));
    CoapServer promising = new CoapServer(configuration);
    promising.addEndpoint(
        new CoapEndpoint.Builder()
            .setConfiguration(configuration)
            .setConnector(
                new DTLSConnector(
                    DtlsConnectorConfig.builder(configuration)
                        .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY)
                        .set(
                            DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE,
                            CertificateAuthenticationMode.NONE)
                        .setCertificateIdentityProvider(new OwnCertificate(own))
                        .build()))
            .build());
    CoapResource resource =
        new CoapResource("s") {
          @Override
          public void handleGET(CoapExchange exchange) {
            if (exchange.getRequestOptions().hasObserve()
                && exchange.getRequestOptions().getObserve() == 1) {
              exchange.accept();
            } else {
              exchange.respond("1500000000");
            }
          }
        };
    resource.setObservable(true);
    promising.add(resource);
    promising.start();
    return promising;
  }
}
