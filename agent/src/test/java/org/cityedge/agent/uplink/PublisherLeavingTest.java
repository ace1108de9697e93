package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.buffer.MemoryEventStore;
import org.junit.jupiter.api.Test;

/** How the publisher stops, and how it leaves a broker by script for a better one. */
class PublisherLeavingTest {
  private static final MqttLink.Connack GENEROUS = new MqttLink.Connack(true, 100, 1 << 20);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  private boolean isAlert(Outgoing message) {
    return message.topic().equals(uplink.topics.alert("smoke"));
  }

  private static List<String> texts(ScriptedLink broker) {
    return broker.published().stream()
        .map(m -> new String(m.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void cleanStopWaitsForWhatIsInFlight() throws Exception {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> isAlert(m) ? ScriptedLink.WITHHELD : 0);
    store.append(uplink.alert(1));
    Publisher publisher = uplink.publisher(store, QUICK, broker);
    publisher.start();
    Eventually.await("alert in flight", LIMIT, () -> broker.mostOwed() == 1);
    Thread stopping = Thread.ofVirtual().start(() -> publisher.stop("update"));
    Eventually.await(
        "the answer counts",
        LIMIT,
        () -> {
          broker.release();
          return !stopping.isAlive();
        });
    stopping.join();
    assertThat(store.account().acknowledged()).isEqualTo(1);
    assertThat(texts(broker).getLast()).contains("\"online\":false", "\"reason\":\"update\"");
    assertThat(broker.disconnected()).isTrue();
  }

  private static final Timing IMPATIENT =
      new Timing(
          QUICK.connect(),
          Duration.ofSeconds(30),
          Duration.ofMillis(100),
          QUICK.stable(),
          QUICK.willDelay(),
          QUICK.minDelay(),
          QUICK.maxDelay());

  @Test
  void cleanStopEndsAlthoughNobodyAnswers() {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> isAlert(m) ? ScriptedLink.WITHHELD : 0);
    store.append(uplink.alert(1));
    Publisher publisher = uplink.publisher(store, IMPATIENT, broker);
    publisher.start();
    Eventually.await("alert in flight", LIMIT, () -> broker.mostOwed() == 1);
    publisher.close();
    assertThat(store.account().waiting()).isEqualTo(1);
    assertThat(texts(broker).getLast()).contains("\"online\":false");
    assertThat(broker.disconnected()).isTrue();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  @Test
  void doesNotConnectOnceItIsToStop() throws Exception {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> 0);
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch slow = new CountDownLatch(1);
    MqttLink.Factory factory =
        (uri, will, listener) -> {
          opening.countDown();
          await(slow);
          return broker.open(uri, will, listener);
        };
    URI uri = URI.create("mqtt://scripted");
    Publisher publisher = uplink.publisher(store, uplink.config(64, uri), QUICK, factory, Map.of());
    publisher.start();
    await(opening);
    Thread stopping = Thread.ofPlatform().start(publisher::close);
    Eventually.await("it waits", LIMIT, () -> stopping.getState() == Thread.State.TIMED_WAITING);
    slow.countDown();
    stopping.join();
    assertThat(broker.connections()).isZero();
  }

  private static boolean isOffline(Outgoing message) {
    return new String(message.payload(), StandardCharsets.UTF_8).contains("\"online\":false");
  }

  @Test
  void leavesItToTheWillWhereTheBrokerDoesNotConfirmThatTheGatewayStops() {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> isOffline(m) ? ScriptedLink.WITHHELD : 0);
    store.append(uplink.alert(1));
    Publisher publisher = uplink.publisher(store, IMPATIENT, broker);
    publisher.start();
    awaitEmpty(store);
    publisher.close();
    assertThat(texts(broker).getLast()).contains("\"online\":false");
    assertThat(broker.disconnected()).isFalse();
  }

  @Test
  void movesAlthoughTheOldBrokerConfirmsNothingMoreAndLeavesItToTheWill() {
    uplink.returnAfter = Duration.ofMillis(50);
    URI better = URI.create("mqtt://better");
    ScriptedLink other = new ScriptedLink(GENEROUS, m -> 0);
    AtomicBoolean dead = new AtomicBoolean();
    ScriptedLink old = new ScriptedLink(GENEROUS, m -> dead.get() ? ScriptedLink.WITHHELD : 0);
    MqttLink.Factory both =
        (broker, will, listener) -> {
          if (!broker.equals(better)) {
            return old.open(broker, will, listener);
          }
          if (!dead.get()) {
            throw new IOException("away");
          }
          return other.open(broker, will, listener);
        };
    UplinkConfig config = uplink.config(64, better, URI.create("mqtt://old"));
    Probe probe = (broker, limit) -> dead.get();
    try (Publisher publisher = uplink.publisher(store, config, IMPATIENT, both, probe, Map.of())) {
      publisher.start();
      Eventually.await("connected to the old one", LIMIT, () -> publisher.status().connected());
      store.append(uplink.alert(1));
      awaitEmpty(store);
      dead.set(true);
      store.append(uplink.alert(2));
      awaitEmpty(store);
      assertThat(texts(old).getLast()).contains("\"online\":false", "\"reason\":\"moved\"");
      assertThat(old.disconnected()).isFalse();
      assertThat(texts(other).getFirst()).contains("\"online\":true");
      // At the start, and at the better one, where what is retained is as old as the last visit
      // although it knows the session.
      assertThat(uplink.retainedAsked).hasValue(2);
    }
  }

  @Test
  void closesWithoutEverHavingBeenStarted() {
    Publisher publisher = uplink.publisher(store, QUICK, new ScriptedLink(GENEROUS, m -> 0));
    publisher.close();
    publisher.start();
    publisher.close();
    assertThat(publisher.status().connected()).isFalse();
  }
}
