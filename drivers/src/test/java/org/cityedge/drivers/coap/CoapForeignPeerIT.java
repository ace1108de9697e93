package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against libcoap's example server (Debian libcoap3-bin): another author's reading of the RFCs. */
@Timeout(120)
class CoapForeignPeerIT {
  private static final Path SERVER = Path.of("/usr/bin/coap-server-notls");
  private static final Path CLIENT = Path.of("/usr/bin/coap-client-notls");
  private static final Channel TICKS = new Channel("ticks", "s", 1e9, 1e10);

  private final CoapLink link = new CoapLink();
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  @TempDir private Path dir;
  private int port;
  private Process server;

  @BeforeEach
  void startServer() throws IOException {
    assumeTrue(Files.isExecutable(SERVER), SERVER + " is not installed (libcoap3-bin)");
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server = serve();
  }

  @AfterEach
  void stopAll() throws InterruptedException {
    link.close();
    stop();
  }

  private Process serve() throws IOException {
    return new ProcessBuilder(SERVER.toString(), "-A", "127.0.0.1", "-p", Integer.toString(port))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void stop() throws InterruptedException {
    server.destroyForcibly();
    assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  private CoapSensor start(
      String path, Mode mode, Format format, Channel channel, Duration period) {
    CoapSensor sensor =
        new CoapSensor(
            new CoapSensorConfig(
                "foreign-1",
                URI.create("coap://localhost:" + port + path),
                mode,
                period,
                format,
                List.of(new Field(channel, "/" + channel.quantity(), "", false)),
                false),
            link,
            clocks);
    sensor.start(samples::add);
    return sensor;
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

  /** The clock may notify twice within one of its seconds. */
  private void awaitAbove(double ticks) throws InterruptedException {
    double value = nextValue();
    while (value <= ticks) {
      value = nextValue();
    }
  }

  private void put(String contentFormat, String payload) throws IOException, InterruptedException {
    client("-m", "put", "-t", contentFormat, "-e", payload);
  }

  private void client(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(CLIENT.toString(), "-B", "10"));
    command.addAll(List.of(arguments));
    command.add("coap://127.0.0.1:" + port + "/example_data");
    Process client =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(client.exitValue()).isZero();
  }

  @Test
  void observesItsClock() throws InterruptedException {
    try (CoapSensor _ =
        start("/time?ticks", Mode.OBSERVE, Format.TEXT, TICKS, Duration.ofMinutes(5))) {
      double first = nextValue();
      awaitAbove(first);
      awaitAbove(first + 1);
    }
  }

  @Test
  void registersAnewAfterItWasKilled() throws IOException, InterruptedException {
    Duration period = Duration.ofSeconds(3);
    try (CoapSensor _ = start("/time?ticks", Mode.OBSERVE, Format.TEXT, TICKS, period)) {
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
  void observesWhatAnotherClientPuts() throws IOException, InterruptedException {
    Channel celsius = new Channel("temperature", "Cel", -40, 85);
    put("110", "[{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":21.5}]");
    try (CoapSensor _ =
        start("/example_data", Mode.OBSERVE, Format.AUTO, celsius, Duration.ofMinutes(5))) {
      assertThat(nextValue()).isEqualTo(21.5);
      put("110", "[{\"bn\":\"urn:dev:x/\",\"n\":\"temperature\",\"u\":\"Cel\",\"v\":22.5}]");
      assertThat(nextValue()).isEqualTo(22.5);
      put("50", "{\"temperature\":23.5}");
      assertThat(nextValue()).isEqualTo(23.5);
      put("50", "{\"temperature\":");
      assertThat(((Missed) next()).fault().kind()).isEqualTo(Fault.Kind.MALFORMED);
      put("0", "24.5");
      assertThat(nextValue()).isEqualTo(24.5);
    }
  }

  @Test
  void readsSenMlCborThatAnotherClientPuts() throws IOException, InterruptedException {
    Channel celsius = new Channel("temperature", "Cel", -40, 85);
    putFile("112", HexFormat.of().parseHex("81a3006b74656d7065726174757265016343656c02f94d60"));
    try (CoapSensor _ =
        start("/example_data", Mode.OBSERVE, Format.AUTO, celsius, Duration.ofMinutes(5))) {
      assertThat(nextValue()).isEqualTo(21.5);
      putFile("112", HexFormat.of().parseHex("81a3006b74656d70657261747572650163"));
      assertThat(((Missed) next()).fault().kind()).isEqualTo(Fault.Kind.MALFORMED);
      putFile("11542", HexFormat.of().parseHex("e4164441b40000"));
      assertThat(nextValue()).isEqualTo(22.5);
    }
  }

  /** Block1 from its client, Block2 to us, on request and with each notification. */
  @Test
  void readsWhatItsServerSendsInBlocks() throws IOException, InterruptedException {
    Channel celsius = new Channel("temperature", "Cel", -40, 85);
    putFile("50", padded(3000, 21.5));
    try (CoapSensor _ =
        start("/example_data", Mode.OBSERVE, Format.AUTO, celsius, Duration.ofMinutes(5))) {
      assertThat(nextValue()).isEqualTo(21.5);
      putFile("50", padded(5000, 22.5));
      assertThat(nextValue()).isEqualTo(22.5);
      putFile("50", padded(1100, 23.5));
      assertThat(nextValue()).isEqualTo(23.5);
    }
    try (CoapSensor _ =
        start("/example_data", Mode.POLL, Format.AUTO, celsius, Duration.ofMinutes(5))) {
      assertThat(nextValue()).isEqualTo(23.5);
    }
  }

  private static byte[] padded(int length, double value) {
    return ("{\"pad\":\"" + "x".repeat(length) + "\",\"temperature\":" + value + "}")
        .getBytes(UTF_8);
  }

  private void putFile(String contentFormat, byte[] payload)
      throws IOException, InterruptedException {
    Path file = Files.write(dir.resolve("payload"), payload);
    client("-m", "put", "-t", contentFormat, "-f", file.toString());
  }

  @Test
  void isRefusedWhereThereIsNothing() throws InterruptedException {
    try (CoapSensor _ =
        start("/nothing", Mode.OBSERVE, Format.TEXT, TICKS, Duration.ofMinutes(5))) {
      Fault fault = ((Missed) next()).fault();
      assertThat(fault.kind()).isEqualTo(Fault.Kind.REFUSED);
      assertThat(fault.detail()).contains("/nothing answered 4.04");
    }
  }
}
