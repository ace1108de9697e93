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
  private static final MqttLink.Connack NEW_SESSION = new MqttLink.Connack(false, 100, 1 << 20);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final List<String> handled = new CopyOnWriteArrayList<>();

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
    ScriptedLink first = new ScriptedLink(GENEROUS, m -> 0);
    ScriptedLink second = new ScriptedLink(NEW_SESSION, m -> 0);
    MqttLink.Factory both =
        (broker, will, listener) ->
            (first.connections() == 0 ? first : second).open(broker, will, listener);
    UplinkConfig config = uplink.config(64, URI.create("mqtt://a"), URI.create("mqtt://b"));
    try (Publisher publisher = uplink.publisher(store, config, QUICK, both, slowly())) {
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

  /** The brokers of before have them, and nobody asks there any more. */
  @Test
  void handlesWhatWaitsWhenAnotherPublisherWithOtherBrokersGoesOn() throws Exception {
    ScriptedLink before = new ScriptedLink(GENEROUS, m -> 0);
    ScriptedLink after = new ScriptedLink(NEW_SESSION, m -> 0);
    try (Inbox inbox = new Inbox(slowly())) {
      inbox.start();
      stopWhileTwoWait(before, inbox);
      try (Publisher next = publisher("mqtt://b", after, inbox)) {
        next.start();
        Eventually.await("at the other", LIMIT, () -> after.subscribed() == 1);
        goOn.countDown();
        Eventually.await("handled", LIMIT, () -> handled.size() == 3);
        assertThat(handled).containsExactly("being handled", "qos 0", "waits");
      }
    } finally {
      goOn.countDown();
    }
  }

  /** None of them was confirmed, so that the broker sends them again. */
  @Test
  void handlesNothingTwiceWhenAnotherPublisherGoesOnWithTheBrokerAndItsSession() throws Exception {
    ScriptedLink before = new ScriptedLink(GENEROUS, m -> 0);
    ScriptedLink after = new ScriptedLink(GENEROUS, m -> 0);
    try (Inbox inbox = new Inbox(slowly())) {
      inbox.start();
      stopWhileTwoWait(before, inbox);
      try (Publisher next = publisher("mqtt://a", after, inbox)) {
        next.start();
        Eventually.await("there again", LIMIT, () -> after.subscribed() == 1);
        after.bring(command("being handled", 1));
        after.bring(command("waits", 2));
        after.bring(command("new", 3));
        goOn.countDown();
        Eventually.await("handled", LIMIT, () -> handled.contains("new"));
        assertThat(handled).containsExactly("being handled", "qos 0", "waits", "new");
      }
    } finally {
      goOn.countDown();
    }
  }

  private void stopWhileTwoWait(ScriptedLink broker, Inbox inbox) throws InterruptedException {
    Publisher publisher = publisher("mqtt://a", broker, inbox);
    publisher.start();
    Eventually.await("subscribed", LIMIT, () -> broker.subscribed() == 1);
    broker.bring(command("being handled", 1));
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    broker.bring(command("waits", 2));
    broker.bring(command("qos 0", 0));
    publisher.stop("reconfiguring");
  }

  private Publisher publisher(String uri, ScriptedLink broker, Inbox inbox) {
    UplinkConfig config = uplink.config(64, URI.create(uri));
    return uplink.publisher(store, config, QUICK, broker, (_, _) -> false, inbox);
  }

  /** Handlers that wait for {@link #goOn}. */
  private Map<String, Consumer<Incoming>> slowly() {
    return Map.of(
        uplink.topics.commands(),
        message -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          handled.add(new String(message.payload(), StandardCharsets.UTF_8));
        });
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
        Math.min(1, packetIdentifier),
        packetIdentifier);
  }
}
