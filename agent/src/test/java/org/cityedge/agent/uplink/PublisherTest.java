package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.Settlement;
import org.junit.jupiter.api.Test;

/** The publisher against a broker by script, for answers that a real one gives too rarely. */
class PublisherTest {
  private static final MqttLink.Connack GENEROUS = new MqttLink.Connack(true, 100, 1 << 20);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  private boolean isState(Outgoing message) {
    return message.topic().equals(uplink.topics.state());
  }

  private boolean isAlert(Outgoing message) {
    return message.topic().equals(uplink.topics.alert("smoke"));
  }

  private static List<String> texts(ScriptedLink broker) {
    return broker.published().stream()
        .map(m -> new String(m.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void sendsAgainUnderTheSameIdWhenTheQuotaIsExceeded() {
    AtomicInteger alerts = new AtomicInteger();
    ScriptedLink broker =
        new ScriptedLink(GENEROUS, m -> isAlert(m) && alerts.incrementAndGet() < 3 ? 0x97 : 0);
    store.append(uplink.alert(1));
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      awaitEmpty(store);
      assertThat(broker.published().stream().filter(this::isAlert))
          .hasSize(3)
          .extracting(Outgoing::payload)
          .containsOnly(broker.published().get(1).payload());
      assertThat(broker.connections()).isEqualTo(1);
      assertThat(publisher.status().rejected()).isZero();
      assertThat(publisher.status().published()).isEqualTo(3);
    }
  }

  /** Else what is retained stays the will's word, while events arrive. */
  @Test
  void saysTheStateAgainOnTheSameConnectionWhenTheBrokerHadNoRoomForIt() {
    AtomicInteger states = new AtomicInteger();
    ScriptedLink broker =
        new ScriptedLink(GENEROUS, m -> isState(m) && states.incrementAndGet() == 1 ? 0x97 : 0);
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      Eventually.await("said again", LIMIT, () -> states.get() == 2);
      assertThat(texts(broker)).allMatch(text -> text.contains("\"online\":true"));
      store.append(uplink.alert(1));
      awaitEmpty(store);
      assertThat(broker.connections()).isEqualTo(1);
      assertThat(states).as("confirmed").hasValue(2);
    }
  }

  @Test
  void doesNotSayAgainAStateThatTheBrokerForbids() {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> isState(m) ? 0x87 : 0);
    store.append(uplink.alert(1));
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      awaitEmpty(store);
      assertThat(publisher.status().lastFault()).contains("state refused: 0x87 not authorized");
      assertThat(broker.published().stream().filter(this::isState)).hasSize(1);
    }
  }

  @Test
  void hasTheRetainedToldAgainWhenTheFirstConnectionBreaksBeforeThatAndWhenTheStoreRefuses() {
    AtomicBoolean breaks = new AtomicBoolean(true);
    ScriptedLink broker =
        new ScriptedLink(
            GENEROUS, m -> isState(m) && breaks.getAndSet(false) ? ScriptedLink.DROPPED : 0);
    AtomicLong ahead = new AtomicLong();
    uplink.nanos = () -> System.nanoTime() + ahead.get();
    uplink.storesRetained = () -> uplink.retainedAsked.get() > 1;
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      Eventually.await("asked", LIMIT, () -> uplink.retainedAsked.get() == 1);
      ahead.addAndGet(Retained.RETRY.toNanos());
      Eventually.await("asked again", LIMIT, () -> uplink.retainedAsked.get() == 2);
      store.append(uplink.alert(1));
      awaitEmpty(store);
      ahead.addAndGet(Retained.RETRY.toNanos());
      store.append(uplink.alert(2));
      awaitEmpty(store);
      assertThat(uplink.retainedAsked).as("the store has taken it").hasValue(2);
    }
  }

  @Test
  void hasTheRetainedToldAgainAfterAnOlderDocumentWasConfirmedLast() {
    String list = uplink.topics.alertActive();
    AtomicInteger lists = new AtomicInteger();
    ScriptedLink broker =
        new ScriptedLink(
            GENEROUS, m -> m.topic().equals(list) && lists.incrementAndGet() == 1 ? 0x97 : 0);
    store.append(uplink.activeList());
    store.append(uplink.activeList());
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      awaitEmpty(store);
      Eventually.await("asked again", LIMIT, () -> uplink.retainedAsked.get() == 2);
    }
  }

  @Test
  void deadLettersWhatTheBrokerWillNeverTake() {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> isAlert(m) ? 0x99 : 0);
    store.append(uplink.alert(1));
    store.append(uplink.telemetry(1));
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      awaitEmpty(store);
      assertThat(store.rejections()).containsExactly("0x99 payload format invalid");
      assertThat(store.account().acknowledged()).isEqualTo(2);
      assertThat(publisher.status().lastFault()).contains("rejected: 0x99 payload format invalid");
    }
  }

  @Test
  void staysWithinTheReceiveMaximumAndKeepsRoomForWhatIsNotConfirmed() {
    ScriptedLink broker =
        new ScriptedLink(
            new MqttLink.Connack(true, 5, 1 << 20),
            m -> m.topic().equals(uplink.topics.state()) ? 0 : ScriptedLink.WITHHELD);
    for (int i = 0; i < 20; i++) {
      store.append(uplink.telemetry(i));
    }
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      Eventually.await(
          "all are settled",
          LIMIT,
          () -> {
            broker.release();
            return store.account().waiting() == 0;
          });
      assertThat(broker.mostOwed()).isEqualTo(3);
    }
  }

  @Test
  void rejectsAPacketLargerThanTheBrokerTakes() {
    ScriptedLink broker = new ScriptedLink(new MqttLink.Connack(true, 100, 600), m -> 0);
    store.append(
        uplink.events.thumb("E1", "A", "cam-1", uplink.clock.instant(), "ab", new byte[1000]));
    store.append(uplink.telemetry(1));
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      awaitEmpty(store);
      assertThat(store.rejections()).singleElement().asString().endsWith("bytes, at most 600");
    }
  }

  @Test
  void deliversTheOthersWhenTheBrokerDropsTheConnectionOnOneEvent() {
    ScriptedLink broker =
        new ScriptedLink(
            GENEROUS,
            m ->
                new String(m.payload(), StandardCharsets.UTF_8).contains("\"rev\":1,")
                    ? ScriptedLink.DROPPED
                    : 0);
    store.append(uplink.alert(1));
    store.append(uplink.alert(2));
    store.append(uplink.telemetry(1));
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      Eventually.await("the others", LIMIT, () -> store.account().acknowledged() == 2);
      assertThat(store.account().waiting()).isEqualTo(1);
    }
  }

  @Test
  void sendsAnAlertBeforeTheBacklogAlthoughItWasOwedInThreeStalls() {
    Duration stall = Duration.ofMinutes(10);
    AtomicLong ahead = new AtomicLong();
    uplink.nanos = () -> System.nanoTime() + ahead.get();
    AtomicInteger connections = new AtomicInteger();
    AtomicInteger alertOwedBy = new AtomicInteger();
    ScriptedLink broker =
        new ScriptedLink(
            GENEROUS,
            m -> {
              boolean greets = m.topic().equals(uplink.topics.state());
              int connection = greets ? connections.incrementAndGet() : connections.get();
              if (isAlert(m)) {
                alertOwedBy.set(connection);
              }
              return greets || connection > 3 ? 0 : ScriptedLink.WITHHELD;
            });
    for (int i = 0; i < 300; i++) {
      store.append(uplink.telemetry(i));
    }
    store.append(uplink.alert(1));
    try (Publisher publisher = uplink.publisher(store, stall(stall), broker)) {
      publisher.start();
      for (int connection = 1; connection <= 3; connection++) {
        int owing = connection;
        Eventually.await("the alert is owed", LIMIT, () -> alertOwedBy.get() == owing);
        ahead.addAndGet(stall.toNanos());
        publisher.publishRetained(uplink.topics.alertActive()); // wakes it
        Eventually.await("a stall", LIMIT, () -> publisher.status().stalls() == owing);
      }
      awaitEmpty(store);
      assertThat(publisher.status().stalls()).isEqualTo(3);
      List<Boolean> alerts = broker.published().stream().map(this::isAlert).toList();
      assertThat(alerts.size() - alerts.lastIndexOf(true) - 1).isEqualTo(300);
    }
  }

  @Test
  void restsWhileAStateIsToBeSaidAndTheWindowHasNoRoomForIt() throws InterruptedException {
    AtomicLong looks = new AtomicLong();
    uplink.nanos =
        () -> {
          looks.incrementAndGet();
          return System.nanoTime();
        };
    ScriptedLink broker =
        new ScriptedLink(
            new MqttLink.Connack(true, 1, 1 << 20), m -> isAlert(m) ? ScriptedLink.WITHHELD : 0);
    store.append(uplink.alert(1));
    try (Publisher publisher = uplink.publisher(store, stall(Duration.ofMinutes(10)), broker)) {
      publisher.start();
      Eventually.await("alert in flight", LIMIT, () -> broker.mostOwed() == 1);
      publisher.publishState();
      long before = looks.get();
      store.await(store.account().appended(), Duration.ofMillis(500));
      assertThat(looks.get() - before).as("looks at the clock").isLessThan(1000);
      assertThat(broker.published().stream().filter(this::isState)).hasSize(1);
      broker.release();
      Eventually.await(
          "said again",
          LIMIT,
          () -> broker.published().stream().filter(this::isState).count() == 2);
      awaitEmpty(store);
    }
  }

  private static Timing stall(Duration stall) {
    return new Timing(
        QUICK.connect(),
        stall,
        QUICK.settle(),
        QUICK.stable(),
        QUICK.willDelay(),
        QUICK.minDelay(),
        QUICK.maxDelay());
  }

  @Test
  void keepsNoMoreThumbsInFlightThanTheLineCarriesSoThatAnAlertNeedNotWait() {
    ScriptedLink broker =
        new ScriptedLink(GENEROUS, m -> m.topic().endsWith("/thumb") ? ScriptedLink.WITHHELD : 0);
    for (int i = 0; i < 60; i++) {
      store.append(
          uplink.events.thumb(
              "E" + i, "A", "cam-1", uplink.clock.instant(), "ab", new byte[48 * 1024]));
    }
    try (Publisher publisher = uplink.publisher(store, QUICK, broker)) {
      publisher.start();
      Eventually.await("a thumb in flight", LIMIT, () -> broker.mostOwed() > 0);
      store.append(uplink.alert(1));
      Eventually.await("the alert", LIMIT, () -> uplink.reported.size() == 1);
      assertThat(broker.mostOwed()).isEqualTo(1);
      Eventually.await(
          "all are settled",
          LIMIT,
          () -> {
            broker.release();
            return store.account().waiting() == 0;
          });
    }
  }

  @Test
  void rejectsWhatCannotBeRenderedAndGoesOn() {
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> 0);
    MqttLink.Factory kura =
        (uri, will, listener) -> {
          KuraFormat format = new KuraFormat("city", uplink.topics, uplink.clock);
          KuraLink link = new KuraLink(format, uplink.topics, listener);
          return link.over(broker.open(uri, will, link));
        };
    store.append(withAFlippedBitInItsTime(uplink.alert(1)));
    store.append(uplink.alert(2));
    store.append(uplink.telemetry(1));
    UplinkConfig config = uplink.config(64, URI.create("mqtt://scripted"));
    try (Publisher publisher = uplink.publisher(store, config, QUICK, kura, Map.of())) {
      publisher.start();
      Eventually.await("the good ones", LIMIT, () -> store.account().acknowledged() >= 2);
      awaitEmpty(store);
      assertThat(store.rejections()).singleElement().asString().contains("could not be parsed");
      assertThat(publisher.status().rejected()).isEqualTo(1);
      assertThat(broker.connections()).isEqualTo(1);
    }
  }

  private static Event withAFlippedBitInItsTime(Event event) {
    String attributes = event.attributes().replace("\"time\":\"2", "\"time\":\"r");
    assertThat(attributes).isNotEqualTo(event.attributes());
    return new Event(event.id(), event.lane(), event.topic(), attributes, event.payload());
  }

  @Test
  void settlesAgainWhenTheDiskRefused() {
    AtomicInteger attempts = new AtomicInteger();
    MemoryEventStore failing =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized CompletableFuture<Optional<String>> settling(
              List<? extends Settlement> settlements) {
            return attempts.incrementAndGet() == 1
                ? CompletableFuture.completedFuture(Optional.of("disk full"))
                : super.settling(settlements);
          }
        };
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> 0);
    failing.append(uplink.alert(1));
    try (Publisher publisher = uplink.publisher(failing, QUICK, broker)) {
      publisher.start();
      awaitEmpty(failing);
      assertThat(broker.published().stream().filter(this::isAlert)).hasSize(1);
      assertThat(failing.account().acknowledged()).isEqualTo(1);
    }
  }

  @Test
  void isStuckWhenItsWatchHangsInTheStore() throws InterruptedException {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    MemoryEventStore hanging =
        new MemoryEventStore(uplink.events::loss) {
          // Not synchronized: only the watch is to hang, the others go on using the store.
          @Override
          @SuppressWarnings("UnsynchronizedOverridesSynchronized")
          public long await(long seen, Duration timeout) throws InterruptedException {
            hangs.countDown();
            goOn.await();
            return super.await(seen, timeout);
          }
        };
    AtomicLong now = new AtomicLong();
    Progress progress = new Progress(Progress.LIMIT, now::get);
    ScriptedLink broker = new ScriptedLink(GENEROUS, m -> 0);
    try (Publisher publisher = uplink.publisher(hanging, QUICK, broker)) {
      publisher.turns().forEach(progress::watch);
      publisher.start();
      assertThat(hangs.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(progress.stuck()).isEmpty();
      now.addAndGet(Progress.LIMIT.toNanos());
      assertThat(progress.stuck()).contains("publisher-watch");
      goOn.countDown();
      Eventually.await("it goes on", LIMIT, () -> progress.stuck().isEmpty());
    }
    now.addAndGet(Progress.LIMIT.toNanos());
    assertThat(progress.stuck()).as("stopped").isEmpty();
    now.addAndGet(Progress.LIMIT.toNanos());
    assertThat(progress.stuck()).as("stopped").isEmpty();
  }
}
