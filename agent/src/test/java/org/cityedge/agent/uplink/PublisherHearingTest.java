package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;

/** What the centre says, from the subscription to the handler, with a broker by script. */
class PublisherHearingTest {
  private static final MqttLink.Connack GENEROUS = new MqttLink.Connack(true, 100, 1 << 20);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  @Test
  void asksAgainForASubscriptionThatIsRefusedAndSaysSoUntilItIsGranted() {
    AtomicInteger code = new AtomicInteger(0x87);
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> 0);
    broker.answerSubscribe(code::get);
    Map<String, Consumer<Incoming>> handlers = Map.of(uplink.topics.commands(), _ -> {});
    try (Publisher publisher = uplink.publisher(store, QUICK, broker, handlers)) {
      publisher.start();
      Eventually.await("asked again", LIMIT, () -> broker.subscribed() >= 3);
      store.append(uplink.alert(1));
      awaitEmpty(store);
      assertThat(publisher.status().lastFault().orElse("")).contains("subscription refused: 0x87");
      code.set(0);
      Eventually.await("granted", LIMIT, () -> publisher.status().lastFault().isEmpty());
      assertThat(broker.connections()).isEqualTo(1);
    }
  }

  @Test
  void handlesWhatWaitedWhenTheConnectionBrokeAndTheNextBrokerNeverHad() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> handled = new CopyOnWriteArrayList<>();
    Consumer<Incoming> slow =
        message -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          handled.add(new String(message.payload(), StandardCharsets.UTF_8));
        };
    ScriptedLink first = new ScriptedLink(GENEROUS, m -> 0);
    ScriptedLink second = new ScriptedLink(new MqttLink.Connack(false, 100, 1 << 20), m -> 0);
    MqttLink.Factory both =
        (broker, will, listener) ->
            (first.connections() == 0 ? first : second).open(broker, will, listener);
    UplinkConfig config = uplink.config(64, URI.create("mqtt://a"), URI.create("mqtt://b"));
    Map<String, Consumer<Incoming>> handlers = Map.of(uplink.topics.commands(), slow);
    try (Publisher publisher = uplink.publisher(store, config, QUICK, both, handlers)) {
      publisher.start();
      Eventually.await("subscribed", LIMIT, () -> first.subscribed() == 1);
      first.bring(command("being handled", 1));
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      first.bring(command("waits", 2));
      first.drop();
      Eventually.await("at the other", LIMIT, () -> second.subscribed() == 1);
      goOn.countDown();
      Eventually.await("handled", LIMIT, () -> handled.size() == 2);
      assertThat(handled).containsExactly("being handled", "waits");
    } finally {
      goOn.countDown();
    }
  }

  private Incoming command(String text, int packetIdentifier) {
    return new Incoming(
        uplink.topics.command("light"),
        text.getBytes(StandardCharsets.UTF_8),
        false,
        Optional.empty(),
        Optional.empty(),
        new byte[0],
        Map.of(),
        1,
        packetIdentifier);
  }
}
