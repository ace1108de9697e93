package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ping against brokers that the agent could not use, or could. */
class BrokerPingIT {
  @TempDir Path folder;
  private final Uplink uplink = new Uplink();

  private BrokerPing.Outcome ping(Mosquitto broker) throws InterruptedException {
    UplinkConfig config = uplink.config(64, broker.uri());
    return new BrokerPing(
            config, Credentials.in(folder), uplink.topics, uplink.clock, System::nanoTime)
        .ping(broker.uri(), 1);
  }

  @Test
  void failsWithABrokerThatRefusesTheAgentForItsRetainedWill() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder, "retain_available false")) {
      BrokerPing.Outcome outcome = ping(broker);
      assertThat(outcome.failed()).isTrue();
      assertThat(outcome.stages().getLast().text())
          .contains("0x9a", "let the broker keep retained messages");
      try (Publisher publisher =
          uplink.publisher(new MemoryEventStore(uplink.events::loss), Uplink.QUICK, broker.uri())) {
        publisher.start();
        Eventually.await("refused", Uplink.LIMIT, () -> publisher.status().lastFault().isPresent());
        assertThat(publisher.status().lastFault().orElseThrow())
            .isEqualTo("CONNACK 0x9a retain not supported; let the broker keep retained messages");
      }
    }
  }

  @Test
  void passesInKurasFormatWhichRetainsNothing() throws Exception {
    uplink.kuraAccount = Optional.of("city");
    try (Mosquitto broker = Mosquitto.start(folder, "retain_available false")) {
      assertThat(ping(broker).failed()).isFalse();
    }
  }
}
