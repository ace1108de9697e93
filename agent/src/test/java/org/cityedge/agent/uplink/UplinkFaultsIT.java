package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.fixtures.Fault;
import org.cityedge.fixtures.FaultProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The publisher against a real Mosquitto over a line that is spoilt. Each test ends with the books:
 * what was appended is acknowledged, rejected with a receipt or waits, and the centre misses no
 * number that is not one of these.
 */
class UplinkFaultsIT {
  private static final String ALL = "city/v1/#";

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private EventStore store;
  private Mosquitto broker;
  private FaultProxy line;

  @BeforeEach
  void start() throws IOException {
    broker = Mosquitto.start(subfolder("broker"));
    line = FaultProxy.start(broker.uri().getPort());
    store =
        SqliteEventStore.open(
            BufferConfig.defaults(subfolder("data")), uplink.events::loss, uplink.clock);
  }

  @AfterEach
  void end() throws IOException {
    assertThat(store.account().unexplained()).isZero();
    store.close();
    line.close();
    broker.close();
  }

  private Path subfolder(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  private static URI through(FaultProxy proxy) {
    return URI.create("mqtt://127.0.0.1:" + proxy.port());
  }

  private void appendTelemetry(int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(uplink.telemetry(i));
      if (events.size() == 500 || i + 1 == count) {
        store.append(events, Map.of());
        events.clear();
      }
    }
  }

  private static void addSequence(Set<Long> numbers, Message message) {
    String own = message.userProperties().get("sequence");
    if (own != null) {
      numbers.add(Long.parseLong(own));
    } else if (message.text().contains("\"sequence\":\"")) {
      numbers.add(Long.parseLong(message.text().split("\"sequence\":\"", 2)[1].substring(0, 16)));
    }
  }

  /** Every number up to the last one has arrived at one of the listeners. */
  private void assertNoGap(MqttListener... centres) {
    Eventually.await(
        "every number arrived",
        LIMIT,
        () -> {
          Set<Long> numbers = new TreeSet<>();
          for (MqttListener centre : centres) {
            centre.messages().forEach(message -> addSequence(numbers, message));
          }
          return numbers.size() == store.account().appended();
        });
  }

  @Test
  void getsOutOfAHalfOpenConnection() throws Exception {
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      line.set(new Fault.BlackHole());
      appendTelemetry(100);
      store.append(uplink.alert(1));
      Eventually.await("a stall", LIMIT, () -> publisher.status().stalls() == 1);
      line.set(new Fault.Pass());
      awaitEmpty(store);
      assertNoGap(centre);
    }
  }

  @Test
  void survivesResetsInTheMiddleOfPackets() throws Exception {
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      appendTelemetry(300);
      for (int nth : new int[] {1, 20, 7}) {
        long connections = publisher.status().reconnects();
        line.set(new Fault.CutInside(nth));
        publisher.start();
        Eventually.await("reset", LIMIT, () -> publisher.status().reconnects() > connections);
      }
      line.set(new Fault.Pass());
      awaitEmpty(store);
      assertNoGap(centre);
    }
  }

  /**
   * "Connected" is not "delivering": kura#2163, iotedge#7123 and #6006 sat there until somebody
   * restarted them.
   */
  @Test
  void climbsTheLadderWhilePubacksAreWithheldAndDeliversAfterwards() throws Exception {
    AtomicInteger restarts = new AtomicInteger();
    uplink.restart = () -> restarts.incrementAndGet() > 0;
    uplink.host = Optional.of("centre-1");
    try (Mosquitto second = Mosquitto.start(subfolder("second"));
        FaultProxy secondLine = FaultProxy.start(second.uri().getPort());
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        MqttListener other = new MqttListener(second.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line), through(secondLine))) {
      line.set(new Fault.WithholdPubacks());
      secondLine.set(new Fault.WithholdPubacks());
      appendTelemetry(200);
      publisher.start();
      Eventually.await("the last step", LIMIT, () -> restarts.get() == 1);
      // A new client on the first, the second broker, and the restart ended one each.
      Eventually.await("three ends", LIMIT, () -> publisher.status().stalls() == 3);
      line.set(new Fault.Pass());
      secondLine.set(new Fault.Pass());
      awaitEmpty(store);
      assertThat(restarts).hasValue(1);
      assertNoGap(centre, other);
    }
  }

  /**
   * kura#4600: a wrong setting must not lead to a restart; here the second broker lets nobody in.
   */
  @Test
  void neverRestartsAfterABrokerHasRefusedTheLogin() throws Exception {
    AtomicInteger restarts = new AtomicInteger();
    uplink.restart = () -> restarts.incrementAndGet() > 0;
    try (Mosquitto closed = Mosquitto.start(subfolder("closed"), "allow_anonymous false");
        Publisher publisher = uplink.publisher(store, QUICK, through(line), closed.uri())) {
      line.set(new Fault.WithholdPubacks());
      appendTelemetry(10);
      publisher.start();
      // A new client, the next broker (which refuses), and where the restart would have come.
      Eventually.await("four ends", LIMIT, () -> publisher.status().stalls() == 4);
      assertThat(restarts).hasValue(0);
      line.set(new Fault.Pass());
      awaitEmpty(store);
    }
  }

  @Test
  void neverRestartsForABrokerThatCannotBeReached() throws Exception {
    AtomicInteger restarts = new AtomicInteger();
    uplink.restart = () -> restarts.incrementAndGet() > 0;
    line.set(new Fault.Refuse());
    appendTelemetry(10);
    try (Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      publisher.start();
      Eventually.await("a failure", LIMIT, () -> publisher.status().lastFault().isPresent());
      line.set(new Fault.Pass());
      awaitEmpty(store);
      assertThat(restarts).hasValue(0);
    }
  }

  @ParameterizedTest(name = "{0} means {1}")
  @CsvSource({
    "0x00, delivered",
    "0x10, unheard",
    "0x80, again",
    "0x83, again",
    "0x87, rejected",
    "0x90, rejected",
    "0x97, again",
    "0x99, rejected"
  })
  void booksEachReasonCode(String code, String outcome) throws Exception {
    line.set(new Fault.RefusePublish(Integer.decode(code), "/alert/"));
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      store.append(uplink.alert(1));
      appendTelemetry(3);
      publisher.start();
      switch (outcome) {
        case "delivered", "unheard" -> {
          awaitEmpty(store);
          assertThat(store.account().acknowledged()).isEqualTo(4);
          assertThat(publisher.status().nobodyListening())
              .isEqualTo(outcome.equals("unheard") ? 1 : 0);
        }
        case "rejected" -> {
          Message receipt = centre.await(LIMIT, m -> m.topic().equals(uplink.topics.loss()));
          assertThat(receipt.text()).contains("\"reason\":\"rejected\"", "\"ranges\":[[1,1]]");
          awaitEmpty(store);
          assertThat(store.account().rejected()).isEqualTo(1);
          assertThat(publisher.status().lastFault().orElse("")).contains(code);
        }
        default -> {
          Eventually.await("asked again", LIMIT, () -> publisher.status().published() > 5);
          assertThat(store.account().waiting()).isPositive();
          assertThat(publisher.status().reconnects()).isZero();
          line.set(new Fault.Pass());
          awaitEmpty(store);
          assertThat(store.account().acknowledged()).isEqualTo(4);
          assertNoGap(centre);
        }
      }
    }
  }

  /**
   * Eclipse Paho takes a PUBACK with a code that it does not list for a protocol error and drops
   * the connection, so such a code costs reconnects; it never costs an event, and never blocks
   * others.
   */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"0x91", "0x95", "0xe1"})
  void outlivesAReasonCodeThatTheClientDoesNotKnow(String code) throws Exception {
    Timing soonStable =
        new Timing(
            QUICK.connect(),
            QUICK.stall(),
            QUICK.settle(),
            Duration.ofSeconds(1),
            QUICK.willDelay(),
            QUICK.minDelay(),
            QUICK.maxDelay());
    line.set(new Fault.RefusePublish(Integer.decode(code), "/alert/"));
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, soonStable, through(line))) {
      store.append(uplink.alert(1));
      appendTelemetry(3);
      publisher.start();
      Eventually.await("the others", LIMIT, () -> store.account().acknowledged() == 3);
      assertThat(store.account().waiting()).isEqualTo(1);
      line.set(new Fault.Pass());
      awaitEmpty(store);
      assertThat(store.account().acknowledged()).isEqualTo(4);
      assertNoGap(centre);
    }
  }

  @Test
  void tellsAgainWhatABrokerForgotThatLostItsSessions() throws Exception {
    try (Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      publisher.start();
      Eventually.await("told once", LIMIT, () -> uplink.retainedAsked.get() == 1);
      line.set(new Fault.Refuse());
      line.set(new Fault.Pass());
      Eventually.await("reconnected", LIMIT, () -> publisher.status().reconnects() == 1);
      // SIGKILL: nothing of the session is on its disk.
      broker.kill();
      broker.start();
      appendTelemetry(50);
      awaitEmpty(store);
      assertThat(uplink.retainedAsked).hasValue(2);
    }
  }

  @Test
  void deliversOverABrokerRestartWithoutPersistence() throws Exception {
    try (Mosquitto forgetful = Mosquitto.start(subfolder("forgetful"), "autosave_interval 0");
        Publisher publisher = uplink.publisher(store, QUICK, forgetful.uri())) {
      MqttListener before = new MqttListener(forgetful.uri(), "centre", ALL);
      appendTelemetry(2000);
      publisher.start();
      before.awaitCount(100, LIMIT);
      forgetful.kill();
      forgetful.start();
      try (MqttListener after = new MqttListener(forgetful.uri(), "centre", ALL)) {
        awaitEmpty(store);
        assertThat(store.account().acknowledged()).isEqualTo(2000);
        assertThat(after.messages()).isNotEmpty();
      } finally {
        before.close();
      }
    }
  }

  @Test
  void bringsABacklogOverASlowLineAndAnAlertPastIt() throws Exception {
    // 64 kbit/s, the slowest line of the contract.
    line.set(new Fault.Throttle(8000));
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      appendTelemetry(200);
      publisher.start();
      centre.awaitCount(20, LIMIT);
      store.append(uplink.alert(1));
      Message alert = centre.await(LIMIT, m -> m.topic().equals(uplink.topics.alert("smoke")));
      int place = centre.messages().indexOf(alert);
      awaitEmpty(store);
      // Ahead of it were those sent before, and what two seconds of the line hold.
      assertThat(place).isLessThan(120);
      assertThat(publisher.status().stalls()).isZero();
      assertThat(publisher.status().reconnects()).isZero();
      assertNoGap(centre);
    }
  }

  @Test
  void leavesNoGapOverTwoBrokersThatFailInTurnAndReturnsToTheFirst() throws Exception {
    uplink.returnAfter = Duration.ofSeconds(2);
    try (Mosquitto second = Mosquitto.start(subfolder("second"));
        FaultProxy secondLine = FaultProxy.start(second.uri().getPort());
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        MqttListener other = new MqttListener(second.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line), through(secondLine))) {
      publisher.start();
      for (int round = 0; round < 2; round++) {
        appendTelemetry(200);
        awaitConnected(publisher, line);
        line.set(new Fault.Refuse());
        appendTelemetry(200);
        awaitConnected(publisher, secondLine);
        appendTelemetry(200);
        line.set(new Fault.Pass());
        // Home by itself, although the second one still serves; then the second fails as well.
        awaitConnected(publisher, line);
        secondLine.set(new Fault.Refuse());
        appendTelemetry(200);
        awaitEmpty(store);
        secondLine.set(new Fault.Pass());
      }
      assertNoGap(centre, other);
      assertThat(centre.messages()).isNotEmpty();
      assertThat(other.messages()).isNotEmpty();
      // Where it leaves it says so, and nobody who comes later believes it there.
      Eventually.await(
          "told at each coming and going",
          LIMIT,
          () ->
              other.messages(m -> m.topic().equals(uplink.topics.state())).stream()
                  .map(m -> m.text().contains("\"online\":true"))
                  .toList()
                  .equals(List.of(true, false, true, false)));
      try (MqttListener late = new MqttListener(second.uri(), "late", ALL)) {
        assertThat(late.await(LIMIT, m -> m.topic().equals(uplink.topics.state())).text())
            .contains("\"online\":false", "\"reason\":\"moved\"");
      }
    }
  }

  private static void awaitConnected(Publisher publisher, FaultProxy to) {
    Eventually.await(
        "connected to the one",
        LIMIT,
        () ->
            publisher.status().connected()
                && publisher.status().broker().equals(Optional.of(through(to))));
  }

  @Test
  void keepsToTheByteRateAndLetsAnAlertPass() {
    uplink.bytesPerSecond = Optional.of(20_000L);
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      appendTelemetry(150);
      long began = System.nanoTime();
      publisher.start();
      centre.awaitCount(30, LIMIT);
      store.append(uplink.alert(1));
      long appended = System.nanoTime();
      centre.await(LIMIT, m -> m.topic().equals(uplink.topics.alert("smoke")));
      Duration alertTook = Duration.ofNanos(System.nanoTime() - appended);
      awaitEmpty(store);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertNoGap(centre);

      long bytes =
          centre.messages(m -> !m.topic().equals(uplink.topics.state())).stream()
              .mapToLong(m -> m.payload().length + m.topic().length())
              .sum();
      assertThat(took).isGreaterThan(Duration.ofMillis(bytes * 1000 / 20_000));
      // The backlog goes on for longer than the alert took.
      assertThat(alertTook).isLessThan(took.dividedBy(3));
      assertThat(publisher.status().stalls()).isZero();
    }
  }

  @Test
  void holdsWhileTheHostIsAwayAndDeliversInOrderAfterwards() throws Exception {
    uplink.host = Optional.of("centre-1");
    String topic = Topics.hostState("centre-1");
    try (MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, through(line))) {
      centre.publishRetained(topic, "{\"online\":false}");
      appendTelemetry(100);
      publisher.start();
      Eventually.await("held", LIMIT, () -> publisher.status().heldSince().isPresent());
      appendTelemetry(100);
      store.append(uplink.alert(1));
      publisher.publishHealth(Uplink.utf8(WireSchemasTest.HEALTH));
      centre.await(LIMIT, m -> m.topic().equals(uplink.topics.health()));
      centre.tolerate(m -> m.topic().equals(topic));
      centre.publishRetained(topic, "{\"online\":");
      // Longer than a stall takes: a hold is none.
      long appended = store.account().appended();
      store.await(appended, QUICK.stall().multipliedBy(2));
      assertThat(store.account().waiting()).isEqualTo(201);
      assertThat(publisher.status().published()).isZero();
      assertThat(publisher.status().stalls()).isZero();
      assertThat(uplink.retainedAsked).as("it would only wait as well").hasValue(0);

      centre.publishRetained(topic, "{\"online\":true}");
      awaitEmpty(store);
      assertThat(publisher.status().heldSince()).isEmpty();
      assertThat(uplink.retainedAsked).hasValue(1);
      assertNoGap(centre);
      assertThat(numbers(centre, true)).isSorted().hasSize(200 - Lanes.LIVE_EVENTS);
      assertThat(numbers(centre, false)).isSorted().hasSize(Lanes.LIVE_EVENTS);
      List<Message> events = centre.messages(m -> m.topic().contains("/telemetry/"));
      assertThat(events.getFirst().userProperties()).doesNotContainKey("replay");
      uplink.schemas.assertValid(events);
    }
  }

  private static LongStream numbers(MqttListener centre, boolean replay) {
    return centre.messages(m -> m.userProperties().containsKey("sequence")).stream()
        .filter(m -> m.userProperties().containsKey("replay") == replay)
        .mapToLong(m -> Long.parseLong(m.userProperties().get("sequence")));
  }
}
