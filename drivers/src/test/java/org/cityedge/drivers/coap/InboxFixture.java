package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.InboxConfig;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;

/** An inbox on loopback, its sensors, and packets that are sent as they are. */
final class InboxFixture implements AutoCloseable {
  static final Path CLIENT = Path.of("/usr/bin/coap-client-openssl");
  private static final Channel CELSIUS = new Channel("temperature", "Cel", -40, 85);

  final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  final CoapInbox inbox;
  private final Path secrets;
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private final List<InboxSensor> sensors = new ArrayList<>();

  InboxFixture(Path secrets, String scheme, int perMinute, int maxPayload, int packetsPerSecond) {
    this.secrets = secrets;
    this.inbox =
        new CoapInbox(
            new InboxConfig(
                URI.create(scheme + "://127.0.0.1:0"), perMinute, maxPayload, packetsPerSecond),
            new Secrets(secrets),
            System::nanoTime);
  }

  /** A sensor whose identity is its id; the key has 16 characters or more. */
  void keyed(String id, String key) throws IOException, InterruptedException {
    Path file = Files.writeString(secrets.resolve(id), "text:" + key);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    start(id, new CoapSecurity.Psk(id, id));
  }

  void plain(String id) throws InterruptedException {
    start(id, new CoapSecurity.None(true));
  }

  private void start(String id, CoapSecurity security) throws InterruptedException {
    InboxSensor sensor =
        new InboxSensor(
            new CoapSensorConfig(
                id,
                URI.create("/in/" + id),
                Mode.INBOX,
                Duration.ofHours(1),
                Format.AUTO,
                List.of(new Field(CELSIUS, "/temperature", "", false)),
                false,
                security),
            inbox,
            clocks);
    sensors.add(sensor);
    sensor.start(samples::add);
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < 200 && !inbox.has(id); i++) {
      assertThat(never.await(50, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(inbox.has(id)).as(id + " listens within 10 s").isTrue();
  }

  /** Closes the sensors, and leaves the inbox open. */
  void closeSensors() {
    sensors.forEach(InboxSensor::close);
    sensors.clear();
  }

  void assertValue(String sensor, double value) throws InterruptedException {
    Sample sample = samples.poll(30, TimeUnit.SECONDS);
    assertThat(sample).isInstanceOf(Measured.class);
    Reading reading = ((Measured) sample).reading();
    assertThat(reading.sensor()).isEqualTo(sensor);
    assertThat(reading.value()).isEqualTo(new Reading.Quantity(value));
  }

  /** Passes over what came before: an answer is out before its sample is handed over. */
  void awaitValue(String sensor, double value) throws InterruptedException {
    boolean found = false;
    while (!found) {
      Sample sample = samples.poll(30, TimeUnit.SECONDS);
      assertThat(sample).as("%s of %s", value, sensor).isNotNull();
      found =
          sample instanceof Measured(Reading reading)
              && reading.sensor().equals(sensor)
              && reading.value().equals(new Reading.Quantity(value));
    }
  }

  /** What libcoap's client says after a POST; empty when nothing came back within 4 s. */
  String post(String identity, String key, String path, String payload, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(CLIENT.toString(), "-v", "6", "-B", "4"));
    command.addAll(List.of("-m", "post", "-e", payload));
    if (!List.of(options).contains("-t")) {
      command.addAll(List.of("-t", "0"));
    }
    if (!key.isEmpty()) {
      command.addAll(List.of("-u", identity, "-k", key));
    }
    command.addAll(List.of(options));
    String scheme = key.isEmpty() ? "coap" : "coaps";
    command.add(scheme + "://127.0.0.1:" + inbox.port() + path);
    Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
    client.getOutputStream().close();
    String said = new String(client.getInputStream().readAllBytes(), UTF_8);
    assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return said;
  }

  /** Sends bytes and returns the answer in hex; empty when none comes in time. */
  String exchange(DatagramSocket socket, byte[] packet, int patienceMillis) throws IOException {
    send(socket, packet);
    socket.setSoTimeout(patienceMillis);
    DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
    try {
      socket.receive(answer);
    } catch (SocketTimeoutException _) {
      return "";
    }
    return HexFormat.of().formatHex(Arrays.copyOf(answer.getData(), answer.getLength()));
  }

  void send(DatagramSocket socket, byte[] packet) throws IOException {
    socket.send(
        new DatagramPacket(
            packet, packet.length, InetAddress.ofLiteral("127.0.0.1"), inbox.port()));
  }

  @Override
  public void close() {
    sensors.forEach(InboxSensor::close);
    inbox.close();
  }
}
