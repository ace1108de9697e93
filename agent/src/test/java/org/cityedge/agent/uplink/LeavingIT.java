package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.RecordingProxy;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a connection is left in order. */
class LeavingIT {
  private static final int DISCONNECT = 0xe0;

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

  private Duration leave(PahoLinks links, RecordingProxy line, int connection) throws Exception {
    LinkEvents events = new LinkEvents();
    PahoLinks.Wish wish = new PahoLinks.Wish("gw-0042", PahoLinks.Session.NONE, Optional.empty());
    MqttLink link = links.open(line.uri(), wish, events, PahoLinks.NOBODY);
    link.connect();
    events.next(LinkEvents.Connected.class);
    String topic = uplink.topics.state();
    Topics.Delivery delivery = uplink.topics.delivery(topic);
    link.publish(new Outgoing(topic, new byte[2000], delivery, "text/plain", Map.of()), 1);
    long begun = System.nanoTime();
    link.disconnect();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    link.discard();
    Eventually.await(
        "DISCONNECT", LIMIT, () -> firsts(line, connection).contains(DISCONNECT));
    // CONNECT and PUBLISH go before it.
    assertThat(firsts(line, connection)).hasSize(3).last().isEqualTo(DISCONNECT);
    return took;
  }

  private static List<Integer> firsts(RecordingProxy line, int connection) {
    return line.packets(connection).stream().map(RecordingProxy.Packet::first).toList();
  }
}
