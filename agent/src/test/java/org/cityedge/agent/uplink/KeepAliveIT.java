package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.RecordingProxy;
import org.cityedge.agent.testing.WallClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PINGREQ on a connection that has nothing else to say. */
class KeepAliveIT {
  private static final int PINGREQ = 0xc0;

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();

  /** With {@link java.util.Timer}, which Paho's own senders use, nothing comes for an hour. */
  @Test
  void looksGoOnWhenTheClockIsSetBackByAnHour() throws Exception {
    WallClock clock = WallClock.in(folder);
    Path log = folder.resolve("looks.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Looks.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(clock.environment());
    Process looks = builder.start();
    try {
      awaitLines(log, 2);
      clock.jump("-1h");
      awaitLines(log, lines(log) + 5);
    } finally {
      looks.destroyForcibly().waitFor();
    }
  }

  private static void awaitLines(Path log, int least) {
    Eventually.await(least + " looks", LIMIT, () -> lines(log) >= least);
  }

  private static int lines(Path log) {
    try {
      return Files.readAllLines(log).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** MQTT 5 §3.2.2.3.14; until the first PINGREQ was sent Paho kept to its own. */
  @Test
  void keepsToTheBrokersKeepAliveFromTheFirstPingreqOnAndLeavesNoThread() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      door.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
      URI broker = URI.create("mqtt://127.0.0.1:" + door.getLocalPort());
      // Whose keep alive is 60 s.
      MqttLink link = link(broker);
      link.connect();
      try (Socket client = door.accept()) {
        client.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
        DataInputStream in = new DataInputStream(client.getInputStream());
        in.readUnsignedByte();
        in.skipNBytes(RecordingProxy.variable(in));
        OutputStream out = client.getOutputStream();
        // CONNACK, success, with a Server Keep Alive (0x13) of 1 s.
        out.write(new byte[] {0x20, 6, 0, 0, 3, 0x13, 0, 1});
        assertThat(in.readUnsignedByte()).isEqualTo(PINGREQ);
      } finally {
        link.discard();
      }
    }
    Eventually.await("no thread is left", LIMIT, KeepAliveIT::noneIsLeft);
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
