package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.RecordingProxy;
import org.cityedge.agent.testing.WallClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PINGREQ on a connection that has nothing else to say. */
class KeepAliveIT {
  private static final int PINGREQ = 0xc0;
  private static final byte[] PINGRESP = {(byte) 0xd0, 0};

  /** A process whose clock is faked takes long to begin. */
  private static final int MILLIS = Math.toIntExact(LIMIT.multipliedBy(5).toMillis());

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();

  /** With {@link java.util.Timer}, which Paho's own senders use, nothing comes for an hour. */
  @ParameterizedTest
  @EnumSource(UplinkConfig.Protocol.class)
  void goesOnInBothDirectionsOfAJumpOfTheClock(UplinkConfig.Protocol protocol) throws Exception {
    WallClock clock = WallClock.in(folder);
    byte[] connack =
        switch (protocol) {
          case MQTT_5 -> new byte[] {0x20, 3, 0, 0, 0};
          case MQTT_3_1_1 -> new byte[] {0x20, 2, 0, 0};
        };
    try (ServerSocket door = door()) {
      Process process = pinging(protocol, broker(door), clock);
      try (Socket client = accepted(door)) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        OutputStream out = client.getOutputStream();
        awaitConnect(in);
        out.write(connack);
        for (String offset : new String[] {"+0d", "-1h", "+1h"}) {
          clock.jump(offset);
          // One may have been on its way.
          for (int i = 0; i < 2; i++) {
            // -1 at the end of the connection
            assertThat(in.read()).as(offset).isEqualTo(PINGREQ);
            assertThat(in.readUnsignedByte()).isZero();
            out.write(PINGRESP);
          }
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private Process pinging(UplinkConfig.Protocol protocol, URI broker, WallClock clock)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Pinging.class.getName(),
                protocol.name(),
                broker.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("pinging.log").toFile());
    builder.environment().putAll(clock.environment());
    return builder.start();
  }

  /** MQTT 5 §3.2.2.3.14; until the first PINGREQ was sent Paho kept to its own. */
  @Test
  void keepsToTheBrokersKeepAliveFromTheFirstPingreqOnAndLeavesNoThread() throws Exception {
    try (ServerSocket door = door()) {
      // Whose keep alive is 60 s.
      MqttLink link = link(broker(door));
      link.connect();
      try (Socket client = accepted(door)) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        awaitConnect(in);
        // CONNACK, success, with a Server Keep Alive (0x13) of 1 s.
        client.getOutputStream().write(new byte[] {0x20, 6, 0, 0, 3, 0x13, 0, 1});
        assertThat(in.readUnsignedByte()).isEqualTo(PINGREQ);
      } finally {
        link.discard();
      }
    }
    Eventually.await("no thread is left", LIMIT, KeepAliveIT::noneIsLeft);
  }

  private static ServerSocket door() throws IOException {
    ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    door.setSoTimeout(MILLIS);
    return door;
  }

  private static URI broker(ServerSocket door) {
    return URI.create("mqtt://127.0.0.1:" + door.getLocalPort());
  }

  private static Socket accepted(ServerSocket door) throws IOException {
    Socket client = door.accept();
    client.setSoTimeout(MILLIS);
    return client;
  }

  private static void awaitConnect(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    in.skipNBytes(RecordingProxy.variable(in));
  }

  private MqttLink link(URI broker) throws IOException {
    PahoLinks.Wish wish = new PahoLinks.Wish("gw-0042", PahoLinks.Session.NONE, Optional.empty());
    PahoLinks links = uplink.links(uplink.config(64, broker), folder, Uplink.QUICK);
    return links.open(broker, wish, new LinkEvents(), PahoLinks.NOBODY);
  }

  private static boolean noneIsLeft() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals(KeepAlive.THREAD));
  }
}
