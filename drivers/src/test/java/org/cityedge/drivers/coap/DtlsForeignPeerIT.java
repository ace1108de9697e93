package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
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
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.eclipse.californium.core.coap.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** DTLS with a pre-shared key against libcoap over OpenSSL (Debian libcoap3-bin). */
@Timeout(120)
class DtlsForeignPeerIT {
  private static final Path SERVER = Path.of("/usr/bin/coap-server-openssl");
  private static final Channel TICKS = new Channel("ticks", "s", 1e9, 1e10);
  private static final String KEY = "text:0123456789abcdef";
  private static final String OTHER_KEY = "text:fedcba9876543210";

  @TempDir Path secrets;
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  private CoapLink link;
  private Process server;
  private int port;

  @BeforeEach
  void startServer() throws IOException {
    assumeTrue(Files.isExecutable(SERVER), SERVER + " is not installed (libcoap3-bin)");
    link = new CoapLink(new KeyFiles(new Secrets(secrets), secrets));
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    write("key", KEY);
    server = serve();
  }

  @AfterEach
  void stopAll() throws InterruptedException {
    if (link != null) {
      link.close();
    }
    if (server != null) {
      stop();
    }
  }

  private void write(String name, String text) throws IOException {
    Path file = Files.writeString(secrets.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /**
   * Knows air-1 by {@link #KEY}, air-3 by {@link #OTHER_KEY} and everybody else by a key that
   * nobody has.
   */
  private Process serve() throws IOException {
    Path identities =
        Files.writeString(
            secrets.resolve("identities"),
            "CoAP,air-1,0123456789abcdef\nCoAP,air-3,fedcba9876543210\n");
    return new ProcessBuilder(
            SERVER.toString(),
            "-A",
            "127.0.0.1",
            "-p",
            Integer.toString(port),
            "-k",
            "nobody has this one",
            "-i",
            identities.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void stop() throws InterruptedException {
    server.destroyForcibly();
    assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  private CoapSensor start(String id, String identity, String keyRef, Duration period) {
    CoapSensor sensor = sensor(id, port + 1, identity, keyRef, period);
    sensor.start(samples::add);
    return sensor;
  }

  private CoapSensor sensor(
      String id, int server, String identity, String keyRef, Duration period) {
    return sensor(id, server, "/time?ticks", Mode.OBSERVE, identity, keyRef, period);
  }

  private CoapSensor sensor(
      String id,
      int server,
      String path,
      Mode mode,
      String identity,
      String keyRef,
      Duration period) {
    return new CoapSensor(
        new CoapSensorConfig(
            id,
            URI.create("coaps://127.0.0.1:" + server + path),
            mode,
            period,
            Format.TEXT,
            List.of(new Field(TICKS, "/ticks", "", false)),
            false,
            new CoapSecurity.Psk(identity, keyRef)),
        link,
        clocks);
  }

  private Sample next() throws InterruptedException {
    Sample sample = samples.poll(60, TimeUnit.SECONDS);
    assertThat(sample).as("a sample within 60 s").isNotNull();
    return sample;
  }

  private double nextValue() throws InterruptedException {
    while (true) {
      if (next() instanceof Measured(Reading reading)) {
        return ((Reading.Quantity) reading.value()).value();
      }
    }
  }

  /** Past what is said of a server that is still starting. */
  private String nextDoubtOfTheKey() throws InterruptedException {
    while (true) {
      switch (next()) {
        case Measured measured -> throw new AssertionError("nothing was to be read: " + measured);
        case Missed missed -> {
          if (missed.fault().detail().contains("key")) {
            return missed.fault().detail();
          }
        }
      }
    }
  }

  private void awaitAbove(double ticks) throws InterruptedException {
    double value = nextValue();
    while (value <= ticks) {
      value = nextValue();
    }
  }

  @Test
  void observesWithTheRightKey() throws InterruptedException {
    try (CoapSensor _ = start("air-1", "air-1", "key", Duration.ofMinutes(5))) {
      double first = nextValue();
      awaitAbove(first);
      awaitAbove(first + 1);
    }
  }

  @Test
  void shakesHandsAnewWithAServerThatWasKilled() throws IOException, InterruptedException {
    try (CoapSensor _ = start("air-1", "air-1", "key", Duration.ofSeconds(3))) {
      nextValue();
      stop();
      server = serve();
      samples.clear();
      double first = nextValue();
      awaitAbove(first);
      awaitAbove(first + 1);
    }
  }

  @Test
  void getsNothingWithAWrongKey() throws IOException, InterruptedException {
    write("wrong", "text:fedcba9876543210");
    try (CoapSensor _ = start("air-1", "air-1", "wrong", Duration.ofSeconds(4))) {
      assertThat(nextDoubtOfTheKey())
          .contains("is silent in the DTLS handshake once it has our key")
          .doesNotContain("fedcba9876543210");
    }
  }

  @Test
  void getsNothingUnderAnIdentityThatIsUnknownThere() throws InterruptedException {
    try (CoapSensor _ = start("air-2", "air-2", "key", Duration.ofSeconds(4))) {
      assertThat(nextDoubtOfTheKey()).contains("compare identity, key");
    }
  }

  @Test
  void saysThatNothingAnswersWhereNothingDoes() throws Exception {
    try (DatagramSocket mute = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        CoapSensor sensor =
            sensor("air-1", mute.getLocalPort(), "air-1", "key", Duration.ofSeconds(4))) {
      sensor.start(samples::add);
      Fault fault = ((Missed) next()).fault();
      assertThat(fault.kind()).isEqualTo(Fault.Kind.UNREACHABLE);
      assertThat(fault.detail())
          .contains("does not answer the start of the DTLS handshake in time");
    }
  }

  @Test
  void doesNotDoubtTheKeyOfASessionThatStands() throws Exception {
    try (Relay relay = new Relay(port + 1);
        CoapSensor sensor = polled("air-1", relay, "/" + "x".repeat(200))) {
      relay.longest = 150;
      sensor.start(samples::add);
      Fault fault = ((Missed) next()).fault();
      assertThat(fault.detail()).endsWith(" does not answer in time");
    }
  }

  @Test
  void namesAMissingKeyAndTakesItOnceItIsThere() throws IOException, InterruptedException {
    try (CoapSensor _ = start("air-1", "air-1", "later", Duration.ofSeconds(3))) {
      assertThat(((Missed) next()).fault().detail())
          .contains("later is missing; write it there with mode 0600");
      write("later", KEY);
      assertThat(nextValue()).isPositive();
    }
  }

  @Test
  void keepsOneAddressToOneKey() throws IOException, InterruptedException {
    write("other", "text:fedcba9876543210");
    try (CoapSensor _ = start("air-1", "air-1", "key", Duration.ofMinutes(5))) {
      nextValue();
      try (CoapSensor _ = start("air-2", "air-2", "other", Duration.ofMinutes(5))) {
        while (true) {
          if (next() instanceof Missed missed) {
            assertThat(missed.sensor()).isEqualTo("air-2");
            assertThat(missed.fault().detail()).contains("another sensor at the same address");
            return;
          }
        }
      }
    }
  }

  @Test
  void readsUnderAnotherIdentityAndKeyOnceThoseOfBeforeAreGone()
      throws IOException, InterruptedException {
    write("other", OTHER_KEY);
    try (CoapSensor _ = start("air-1", "air-1", "key", Duration.ofMinutes(5))) {
      nextValue();
    }
    samples = new LinkedBlockingQueue<>();
    try (CoapSensor _ = start("air-1", "air-3", "other", Duration.ofMinutes(5))) {
      assertThat(next()).isInstanceOf(Measured.class);
    }
  }

  @Test
  void readsAgainFromAServerWhoseAnswersWereLostForAWhile() throws Exception {
    try (Relay relay = new Relay(port + 1);
        CoapSensor sensor = sensor("air-1", relay.port(), "air-1", "key", Duration.ofSeconds(3))) {
      sensor.start(samples::add);
      nextValue();
      relay.deaf = true;
      while (!(next() instanceof Missed(var _, var _, var _, Fault(var kind, var _, var _)))
          || kind != Fault.Kind.LOST) {}
      relay.deaf = false;
      samples.clear();
      while (true) {
        switch (next()) {
          case Measured _ -> {
            return;
          }
          case Missed missed -> assertThat(missed.fault().kind()).isNotEqualTo(Fault.Kind.REFUSED);
        }
      }
    }
  }

  private CoapSensor polled(String id, Relay relay, String path) {
    return sensor(id, relay.port(), path, Mode.POLL, "air-1", "key", Duration.ofSeconds(3));
  }

  @Test
  void leavesTheOthersTheirSessionWhenOneResourceDoesNotAnswer() throws Exception {
    try (Relay relay = new Relay(port + 1);
        CoapSensor sensor = sensor("air-1", relay.port(), "air-1", "key", Duration.ofMinutes(5))) {
      sensor.start(samples::add);
      nextValue();
      int hellos = relay.hellos.get();
      relay.longest = 150;
      try (CoapSensor mute = polled("air-2", relay, "/" + "x".repeat(200))) {
        mute.start(_ -> {});
        assertThat(relay.swallowed.tryAcquire(8, 60, TimeUnit.SECONDS)).isTrue();
        samples.clear();
        awaitAbove(nextValue());
        assertThat(relay.hellos).hasValue(hellos);
      }
    }
  }

  @Test
  void observesAgainAtOnceWhenAnothersRequestHasEndedTheSession() throws Exception {
    put("42");
    try (Relay relay = new Relay(port + 1);
        CoapSensor sensor =
            sensor(
                "air-1",
                relay.port(),
                "/example_data",
                Mode.OBSERVE,
                "air-1",
                "key",
                Duration.ofMinutes(5));
        CoapSensor other = polled("air-2", relay, "/time?ticks")) {
      sensor.start(samples::add);
      nextValue();
      other.start(samples::add);
      nextValue();
      relay.deaf = true;
      while (!(next() instanceof Missed(var _, var _, var _, Fault(var kind, var _, var _)))
          || kind != Fault.Kind.UNREACHABLE) {}
      relay.deaf = false;
      samples.clear();
      for (int polls = 0; polls < 5; polls++) {
        Sample sample = next();
        if (sample instanceof Measured && sample.sensor().equals("air-1")) {
          return;
        }
      }
      throw new AssertionError("air-1 did not register again");
    }
  }

  /** Over plain CoAP. */
  private void put(String text) throws IOException, InterruptedException {
    Request put = Request.newPut();
    put.setURI("coap://127.0.0.1:" + port + "/example_data");
    put.setPayload(text);
    link.send(put);
    assertThat(put.waitForResponse(30_000)).isNotNull();
  }

  @Test
  void leavesNoSessionToWhoeverComesWithAnotherKey() throws IOException, InterruptedException {
    write("wrong", OTHER_KEY);
    try (CoapSensor _ = start("air-1", "air-1", "key", Duration.ofMinutes(5))) {
      nextValue();
    }
    // Of its own: what the first one was about to say may come after its end.
    samples = new LinkedBlockingQueue<>();
    try (CoapSensor _ = start("air-1", "air-1", "wrong", Duration.ofSeconds(4))) {
      assertThat(nextDoubtOfTheKey()).contains("compare identity, key");
      assertThat(((Missed) next()).fault().kind()).isEqualTo(Fault.Kind.LOST);
    }
  }

  private Discovery.Outcome discover(String keyRef, int seconds)
      throws IOException, InterruptedException {
    return Discovery.discover(
        URI.create("coaps://127.0.0.1:" + (port + 1)),
        new CoapSecurity.Psk("air-1", keyRef),
        new KeyFiles(new Secrets(secrets), secrets),
        Duration.ofSeconds(seconds));
  }

  @Test
  void listsItsResourcesToWhomeverHasTheKey() throws IOException, InterruptedException {
    assertThat(discover("key", 20).yaml()).contains("/time  title=\"Internal Clock\"");
    write("wrong", "text:fedcba9876543210");
    assertThatThrownBy(() -> discover("wrong", 2))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("coaps://127.0.0.1:" + (port + 1) + ": ")
        .hasMessageContaining("key")
        .hasMessageNotContaining("fedcba9876543210");
    assertThatThrownBy(() -> discover("none", 2)).hasMessageContaining("none is missing");
  }
}
