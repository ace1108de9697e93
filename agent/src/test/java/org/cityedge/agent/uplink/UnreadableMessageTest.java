package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.uplink.PoisonousBroker.Source;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;

/** A message of which the MQTT client's reader dies, and which the broker sends again and again. */
class UnreadableMessageTest {
  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);
  private final Map<String, Consumer<Incoming>> handlers =
      Map.of(uplink.topics.commands(), _ -> {});

  private PoisonousBroker broker(Source source) {
    return new PoisonousBroker(source, uplink.topics.command("ping"));
  }

  @Test
  void givesTheSessionUpThatHoldsItAndDelivers() throws IOException {
    store.append(uplink.alert(1));
    try (PoisonousBroker broker = broker(Source.SESSION);
        Publisher publisher = uplink.publisher(store, QUICK, 64, handlers, broker.uri())) {
      publisher.start();
      awaitEmpty(store);
      assertThat(broker.cleanStarts()).containsExactly(false, false, true);
      assertThat(publisher.status().lastFault().orElseThrow())
          .startsWith("a message to this gateway cannot be read: ");
      assertThat(publisher.status().stalls()).isZero();
      Eventually.await("subscribed anew", LIMIT, () -> broker.subscribed() >= 1);
    }
  }

  @Test
  void deliversWithoutSubscriptionsWhileEachBringsOneAndAsksAgainLater() throws IOException {
    store.append(uplink.alert(1));
    try (PoisonousBroker broker = broker(Source.SUBSCRIPTION);
        Publisher publisher = uplink.publisher(store, QUICK, 64, handlers, broker.uri())) {
      publisher.start();
      awaitEmpty(store);
      Eventually.await("the fault", LIMIT, () -> muted(publisher));
      broker.poison(Source.NOWHERE);
      int asked = broker.subscribed();
      Eventually.await(
          "heard again",
          LIMIT,
          () -> broker.subscribed() > asked && publisher.status().connected() && !muted(publisher));
    }
  }

  private static boolean muted(Publisher publisher) {
    return publisher.status().lastFault().orElse("").contains("nothing is subscribed to");
  }
}
