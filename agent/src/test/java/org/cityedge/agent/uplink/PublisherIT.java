package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.agent.testing.RecordingProxy;
import org.cityedge.agent.uplink.UplinkConfig.Protocol;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.SqliteEventStore;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The publisher against a real Mosquitto. */
class PublisherIT {
  private static final String ALL = "city/v1/#";

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private EventStore store;

  @BeforeEach
  void openStore() throws IOException {
    store =
        SqliteEventStore.open(
            BufferConfig.defaults(subfolder("data")), uplink.events::loss, uplink.clock);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void deliversWhatWaitsInLaneOrderAndValid() {
    store.append(uplink.telemetry(1));
    store.append(uplink.telemetry(2));
    store.append(uplink.alert(1));
    store.append(uplink.alert(2));
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      publisher.start();
      centre.awaitCount(5, LIMIT);
      awaitEmpty(store);

      assertThat(centre.messages().stream().map(Message::topic))
          .containsExactly(
              uplink.topics.state(),
              uplink.topics.alert("smoke"),
              uplink.topics.alert("smoke"),
              uplink.topics.telemetry("sensors"),
              uplink.topics.telemetry("sensors"));
      uplink.schemas.assertValid(centre.messages());
      assertThat(centre.messages().get(1).text())
          .contains("\"sequence\":\"0000000000000003\",\"boot\":\"1\",\"data\":{\"alertId\"");
      assertThat(centre.messages().get(3).userProperties())
          .containsEntry("sequence", "0000000000000001");
      assertThat(publisher.status().acknowledged()).isEqualTo(4);
      assertThat(uplink.retainedAsked).hasValue(1);
    }
  }

  @Test
  void countsEventsThatNobodyListensTo() {
    store.append(uplink.alert(1));
    try (Mosquitto broker = Mosquitto.start(folder);
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      publisher.start();
      awaitEmpty(store);
      assertThat(publisher.status().nobodyListening()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void deliversEverythingInOrderOverABrokerRestart(Protocol protocol) {
    try (Mosquitto broker = Mosquitto.start(folder, "max_inflight_messages 20");
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(protocol, store, Map.of(), broker.uri())) {
      publisher.start();
      appendTelemetry(0, 500);
      centre.awaitCount(100, LIMIT);
      broker.stop();
      appendTelemetry(500, 1000);
      broker.start();
      centre.reconnect();
      awaitEmpty(store);
      Eventually.await("all ids", LIMIT, () -> ids(centre).distinct().count() == 1000);

      // Duplicates carry the id of the first; in the order of first arrivals nothing overtook in
      // its stream.
      assertThat(sequences(centre, false).distinct()).isSorted();
      assertThat(sequences(centre, true).distinct()).isSorted();
      assertThat(publisher.status().reconnects()).isEqualTo(1);
      assertThat(uplink.retainedAsked).hasValue(1);
      uplink.assertValid(protocol, centre.messages());
    }
  }

  @Test
  void alertOvertakesABacklog() {
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      appendTelemetry(0, 5000);
      publisher.start();
      centre.awaitCount(50, LIMIT);
      store.append(uplink.alert(1));
      long before = store.account().acknowledged();
      awaitEmpty(store);
      Message alert = centre.await(LIMIT, m -> m.topic().equals(uplink.topics.alert("smoke")));
      Eventually.await("all", LIMIT, () -> centre.messages().size() == 5002);
      // Of the 5001 events it alone is an alert.
      assertThat(uplink.reported).hasSize(1);
      assertThat(alert.text()).contains("\"id\":\"" + uplink.reported.getFirst() + "\"");

      // Ahead of it is only what was in flight or confirmed and not yet settled.
      assertThat(centre.messages().indexOf(alert))
          .isLessThan((int) before + 64 + Drain.SETTLE_EVENTS + 64);
      assertThat(before).isLessThan(4000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void brokerSpeaksTheWillWhenTheConnectionBreaks(Protocol protocol) throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", uplink.topics.state())) {
      LinkEvents events = new LinkEvents();
      Statements statements =
          new Statements(
              uplink.events,
              () -> new StateDocument("0.1.0", Optional.empty(), 58),
              17,
              uplink.clock);
      UplinkConfig config =
          uplink.config(protocol, 64, Optional.empty(), Optional.empty(), broker.uri());
      MqttLink link =
          uplink.links(config, folder, QUICK).open(broker.uri(), statements.will(), events);
      link.connect();
      events.next(LinkEvents.Connected.class);
      link.discard();

      Message will = centre.await(LIMIT, m -> m.text().contains("\"online\":false"));
      assertThat(will.text()).contains("\"reason\":\"connection-lost\"");
      uplink.assertValid(protocol, List.of(will));
    }
  }

  @Test
  void getsOutOfABlackHole() {
    try (Mosquitto frozen = Mosquitto.start(subfolder("district"));
        Mosquitto second = Mosquitto.start(subfolder("city"));
        MqttListener centre = new MqttListener(second.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, frozen.uri(), second.uri())) {
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      frozen.freeze();
      store.append(uplink.alert(1));
      centre.await(LIMIT, m -> m.topic().equals(uplink.topics.alert("smoke")));
      awaitEmpty(store);
      assertThat(publisher.status().stalls()).isEqualTo(1);
      assertThat(publisher.status().broker()).contains(second.uri());
      frozen.thaw();
    }
  }

  @Test
  void refusedTopicGoesToTheDeadLettersWithAReceipt() throws Exception {
    Path acl = folder.resolve("acl");
    Files.writeString(acl, "topic readwrite #\ntopic deny " + uplink.topics.alert("smoke") + "\n");
    try (Mosquitto broker = Mosquitto.start(folder, "acl_file " + acl);
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      store.append(uplink.alert(1));
      store.append(uplink.telemetry(1));
      publisher.start();
      Message loss = centre.await(LIMIT, m -> m.topic().equals(uplink.topics.loss()));
      awaitEmpty(store);

      assertThat(loss.text()).contains("\"reason\":\"rejected\"").contains("\"ranges\":[[1,1]]");
      assertThat(publisher.status().rejected()).isEqualTo(1);
      assertThat(store.account().rejected()).isEqualTo(1);
      assertThat(store.account().unexplained()).isZero();
      uplink.schemas.assertValid(centre.messages());
    }
  }

  @ParameterizedTest
  @EnumSource
  void cleanStopSaysSo(Protocol protocol) {
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL)) {
      Publisher publisher = uplink.publisher(protocol, store, Map.of(), broker.uri());
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      store.append(uplink.alert(1));
      centre.awaitCount(2, LIMIT);
      publisher.stop("update");
      publisher.close();

      Message last = centre.await(LIMIT, m -> m.text().contains("\"online\":false"));
      assertThat(last.text()).contains("\"reason\":\"update\"");
      assertThat(store.account().waiting()).isZero();
      // The will did not speak after it: this is what a newcomer finds.
      try (MqttListener late = new MqttListener(broker.uri(), "late", uplink.topics.state())) {
        late.awaitCount(1, LIMIT);
        assertThat(late.messages().getFirst().retained()).isTrue();
        assertThat(late.messages().getFirst().text()).isEqualTo(last.text());
      }
      assertThat(publisher.status().connected()).isFalse();
      uplink.assertValid(protocol, centre.messages());
    }
  }

  @Test
  void sendsHealthWhileConnected() {
    try (Mosquitto broker = Mosquitto.start(folder, "max_inflight_messages 1");
        MqttListener centre = new MqttListener(broker.uri(), "centre", uplink.topics.health());
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      publisher.publishHealth(Uplink.utf8("{\"too\":\"early\"}"));
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      publisher.publishHealth(Uplink.utf8(WireSchemasTest.HEALTH));
      Message health = centre.await(LIMIT, m -> true);
      assertThat(health.text()).isEqualTo(WireSchemasTest.HEALTH);
      assertThat(health.qos()).isZero();
      // With room for one message only, this shows that health does not keep its room.
      store.append(uplink.alert(1));
      awaitEmpty(store);
    }
  }

  @ParameterizedTest
  @EnumSource
  void handsCommandsToTheirHandler(Protocol protocol) {
    BlockingQueue<Incoming> commands = new ArrayBlockingQueue<>(10);
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", uplink.topics.state());
        Publisher publisher =
            uplink.publisher(
                protocol, store, Map.of(uplink.topics.commands(), commands::add), broker.uri())) {
      publisher.start();
      centre.awaitCount(1, LIMIT);
      MqttProperties properties = new MqttProperties();
      properties.setCorrelationData(Uplink.utf8("c-1"));
      properties.setResponseTopic("city/v1/510108/gw-0042/cmd-res/ops");
      String topic = uplink.topics.commands().replace("+", "ping");
      centre.publish(topic, "{}", properties);
      Eventually.await("a command", LIMIT, () -> !commands.isEmpty());
      boolean mqtt5 = protocol == Protocol.MQTT_5;
      assertThat(commands.peek())
          .satisfies(
              command -> {
                assertThat(command.topic()).isEqualTo(topic);
                assertThat(command.correlationData()).isEqualTo(Uplink.utf8(mqtt5 ? "c-1" : ""));
                assertThat(command.responseTopic().isPresent()).isEqualTo(mqtt5);
                assertThat(command.retained()).isFalse();
              });
    }
  }

  /** The broker sends it again, for it was confirmed on no connection. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(Protocol.class)
  void handlesACommandOnceAlthoughItsConnectionBreaksMeanwhile(Protocol protocol)
      throws InterruptedException {
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
    String topic = uplink.topics.command("light");
    try (Mosquitto broker = Mosquitto.start(folder);
        RecordingProxy line = new RecordingProxy(broker.uri());
        MqttListener centre = new MqttListener(broker.uri(), "centre", uplink.topics.state());
        Publisher publisher =
            uplink.publisher(protocol, store, Map.of(uplink.topics.commands(), slow), line.uri())) {
      publisher.start();
      centre.awaitCount(1, LIMIT);
      centre.publish(topic, "{\"n\":1}", new MqttProperties());
      assertThat(begun.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      line.cut();
      Eventually.await("connected again", LIMIT, () -> publisher.status().reconnects() == 1);
      centre.publish(topic, "{\"n\":2}", new MqttProperties());
      goOn.countDown();
      Eventually.await("the second", LIMIT, () -> handled.contains("{\"n\":2}"));
      assertThat(handled).containsExactly("{\"n\":1}", "{\"n\":2}");
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void sendsBulkInStructuredModeByMqtt311() {
    store.append(uplink.telemetry(1));
    byte[] jpeg = {(byte) 0xff, (byte) 0xd8, 0, 1};
    String sha256 = "0".repeat(64);
    store.append(
        uplink.events.thumb(
            "E1", "01JWN8Z3T0K5V9Q2R7B4C6D8E1", "cam-1", uplink.clock.instant(), sha256, jpeg));
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", ALL);
        Publisher publisher =
            uplink.publisher(Protocol.MQTT_3_1_1, store, Map.of(), broker.uri())) {
      publisher.start();
      centre.awaitCount(3, LIMIT);
      awaitEmpty(store);
      uplink.assertValid(Protocol.MQTT_3_1_1, centre.messages());
      assertThat(centre.messages().get(1).text())
          .contains("\"sequence\":\"0000000000000002\"")
          .contains("\"datacontenttype\":\"image/jpeg\",\"data_base64\":\"/9gAAQ==\"");
      assertThat(centre.messages().get(2).text())
          .contains("\"datacontenttype\":\"application/senml+json\",\"data\":[{\"bn\":");
    }
  }

  private Path subfolder(String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void appendTelemetry(int from, int to) {
    List<Event> events = new ArrayList<>();
    for (int i = from; i < to; i++) {
      events.add(uplink.telemetry(i));
      if (events.size() == 500 || i + 1 == to) {
        store.append(events, Map.of());
        events.clear();
      }
    }
  }

  private Stream<String> ids(MqttListener centre) {
    return property(bulk(centre), "id");
  }

  private Stream<String> sequences(MqttListener centre, boolean replay) {
    return property(
        bulk(centre).filter(m -> property(m, "replay").equals("1") == replay), "sequence");
  }

  private Stream<Message> bulk(MqttListener centre) {
    return centre.messages(m -> m.topic().equals(uplink.topics.telemetry("sensors"))).stream();
  }

  /** Of bulk, wherever the protocol carries it; other messages have none of their own. */
  private static Stream<String> property(Stream<Message> messages, String name) {
    return messages.map(m -> property(m, name));
  }

  private static String property(Message message, String name) {
    String own = message.userProperties().get(name);
    try {
      return own != null ? own : CloudEvents.JSON.readTree(message.text()).path(name).asText();
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
