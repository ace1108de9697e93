package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.RecordingProxy;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a connection is left in order. */
class LeavingIT {
  private static final int DISCONNECT = 0xe0;
  private static final PahoLinks.Wish WISH =
      new PahoLinks.Wish("gw-leaving", PahoLinks.Session.NONE, Optional.empty());

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();

  @ParameterizedTest
  @EnumSource(UplinkConfig.Protocol.class)
  void takesNoLongerThanWritingWhatWasSentAndDisconnect(UplinkConfig.Protocol protocol)
      throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        RecordingProxy line = new RecordingProxy(broker.uri())) {
      UplinkConfig config =
          uplink.config(protocol, 64, Optional.empty(), Optional.empty(), line.uri());
      PahoLinks links = uplink.links(config, folder, Uplink.QUICK);
      Duration shortest = PahoMqttLink.DISCONNECT.multipliedBy(10);
      // The machine may be busy at one of them.
      for (int i = 0; i < 3; i++) {
        Duration took = leave(links, line, i);
        shortest = took.compareTo(shortest) < 0 ? took : shortest;
      }
      assertThat(shortest).isLessThan(PahoMqttLink.DISCONNECT);
    }
  }

  /** It reads nothing any more, and neither DISCONNECT nor what is before it can be written. */
  @ParameterizedTest
  @EnumSource(UplinkConfig.Protocol.class)
  void aBrokerThatIsFrozenHoldsNobodyAndLeavesNoThread(UplinkConfig.Protocol protocol)
      throws Exception {
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      door.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
      URI broker = URI.create("mqtt://127.0.0.1:" + door.getLocalPort());
      UplinkConfig config = uplink.config(protocol, 64, Optional.empty(), Optional.empty(), broker);
      LinkEvents events = new LinkEvents();
      MqttLink link =
          uplink.links(config, folder, Uplink.QUICK).open(broker, WISH, events, PahoLinks.NOBODY);
      link.connect();
      try (Socket frozen = door.accept()) {
        frozen.getOutputStream().write(connack(protocol));
        events.next(LinkEvents.Connected.class);
        // More than both ends of the line hold.
        for (int i = 0; i < 60; i++) {
          link.publish(message(128 * 1024), i);
        }
        Eventually.await("the line is full", LIMIT, LeavingIT::isFull);
        long begun = System.nanoTime();
        link.disconnect();
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
            .isBetween(PahoMqttLink.DISCONNECT, LIMIT);
        link.discard();
        Eventually.await("no thread is left", LIMIT, LeavingIT::noneIsLeft);
      }
    }
  }

  private static byte[] connack(UplinkConfig.Protocol protocol) {
    return switch (protocol) {
      case MQTT_5 -> new byte[] {0x20, 3, 0, 0, 0};
      case MQTT_3_1_1 -> new byte[] {0x20, 2, 0, 0};
    };
  }

  /** The client's sender waits for room on the line. */
  private static boolean isFull() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("MQTT Snd: " + WISH.clientId()))
        .flatMap(thread -> Stream.of(thread.getValue()))
        .anyMatch(frame -> frame.getMethodName().equals("park"));
  }

  private static boolean noneIsLeft() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().contains(WISH.clientId()));
  }

  private Outgoing message(int bytes) {
    String topic = uplink.topics.state();
    Topics.Delivery delivery = uplink.topics.delivery(topic);
    return new Outgoing(topic, new byte[bytes], delivery, "text/plain", Map.of());
  }

  private Duration leave(PahoLinks links, RecordingProxy line, int connection) throws Exception {
    LinkEvents events = new LinkEvents();
    MqttLink link = links.open(line.uri(), WISH, events, PahoLinks.NOBODY);
    link.connect();
    events.next(LinkEvents.Connected.class);
    link.publish(message(2000), 1);
    events.next(LinkEvents.Puback.class);
    long begun = System.nanoTime();
    link.disconnect();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    link.discard();
    Eventually.await("DISCONNECT", LIMIT, () -> firsts(line, connection).contains(DISCONNECT));
    // CONNECT and PUBLISH go before it.
    assertThat(firsts(line, connection)).hasSize(3).last().isEqualTo(DISCONNECT);
    return took;
  }

  private static List<Integer> firsts(RecordingProxy line, int connection) {
    return line.packets(connection).stream().map(RecordingProxy.Packet::first).toList();
  }
}
