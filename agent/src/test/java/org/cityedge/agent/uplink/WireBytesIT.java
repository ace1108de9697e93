package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.RecordingProxy;
import org.cityedge.agent.testing.RecordingProxy.Packet;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry.Format;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.StoredEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What leaves the gateway, byte by byte, against wire.md §3 and OASIS MQTT 5.0. */
class WireBytesIT {
  private static final int CONNECT = 0x10;
  private static final int PUBLISH = 0x30;

  // Properties (MQTT 5 §2.2.2.2).
  private static final int SESSION_EXPIRY = 0x11;
  private static final int REQUEST_PROBLEM_INFORMATION = 0x17;
  private static final int WILL_DELAY = 0x18;
  private static final int RECEIVE_MAXIMUM = 0x21;
  private static final int TOPIC_ALIAS = 0x23;
  private static final int USER_PROPERTY = 0x26;
  private static final int MAXIMUM_PACKET_SIZE = 0x27;

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  /** A PUBLISH as far as its topic goes. */
  private record Published(int qos, String topic, Map<Integer, Long> properties) {
    boolean aliased() {
      return properties.containsKey(TOPIC_ALIAS);
    }

    long alias() {
      return properties.getOrDefault(TOPIC_ALIAS, 0L);
    }
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readUnsignedShort()), StandardCharsets.UTF_8);
  }

  /** Numbers by their identifier; of texts only the length, of user properties nothing. */
  private static Map<Integer, Long> properties(DataInputStream in) throws IOException {
    int length = RecordingProxy.variable(in);
    int end = in.available() - length;
    Map<Integer, Long> out = new TreeMap<>();
    while (in.available() > end) {
      int id = in.readUnsignedByte();
      switch (id) {
        case 0x01, REQUEST_PROBLEM_INFORMATION, 0x19 -> out.put(id, (long) in.readUnsignedByte());
        case RECEIVE_MAXIMUM, 0x22, TOPIC_ALIAS -> out.put(id, (long) in.readUnsignedShort());
        case 0x02, SESSION_EXPIRY, WILL_DELAY, MAXIMUM_PACKET_SIZE ->
            out.put(id, Integer.toUnsignedLong(in.readInt()));
        case 0x03 -> out.put(id, (long) text(in).length());
        case USER_PROPERTY -> {
          text(in);
          text(in);
        }
        default -> throw new AssertionError("property " + id + " is not expected");
      }
    }
    return out;
  }

  private static List<Published> published(RecordingProxy proxy, int connection)
      throws IOException {
    List<Published> out = new ArrayList<>();
    for (Packet packet : proxy.packets(connection)) {
      if ((packet.first() & 0xf0) == PUBLISH) {
        int qos = packet.first() >> 1 & 3;
        DataInputStream in = packet.read();
        String topic = text(in);
        if (qos > 0) {
          in.readUnsignedShort();
        }
        out.add(new Published(qos, topic, properties(in)));
      }
    }
    return out;
  }

  @Test
  void connectsWithTheSettingsOfTheContract() throws IOException {
    try (Mosquitto broker = Mosquitto.start(folder);
        RecordingProxy proxy = new RecordingProxy(broker.uri());
        Publisher publisher = uplink.publisher(store, Timing.DEFAULT, proxy.uri())) {
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      Packet connect = proxy.packets(0).getFirst();
      assertThat(connect.first()).isEqualTo(CONNECT);
      DataInputStream in = connect.read();
      assertThat(text(in)).isEqualTo("MQTT");
      assertThat(in.readUnsignedByte()).as("protocol version").isEqualTo(5);
      // Will with retain and QoS 1, and above all no Clean Start (MQTT 5 §3.1.2.3).
      assertThat(in.readUnsignedByte()).as("connect flags").isEqualTo(0b0010_1100);
      assertThat(in.readUnsignedShort()).as("keep alive").isEqualTo(60);
      Map<Integer, Long> properties = properties(in);
      assertThat(properties)
          .containsEntry(SESSION_EXPIRY, 86_400L)
          .containsEntry(RECEIVE_MAXIMUM, 64L)
          .containsEntry(MAXIMUM_PACKET_SIZE, 262_144L);
      // Absent means 1 (MQTT 5 §3.1.2.11.7).
      assertThat(properties.getOrDefault(REQUEST_PROBLEM_INFORMATION, 1L)).isEqualTo(1);
      assertThat(text(in)).as("client id").isEqualTo("gw-0042");
      assertThat(properties(in)).as("will properties").containsEntry(WILL_DELAY, 30L);
      assertThat(text(in)).as("will topic").isEqualTo(uplink.topics.state());
      assertThat(text(in)).as("will").contains("\"online\":false");
      assertThat(in.available()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void countsNoPacketSmallerThanItIs(UplinkConfig.Protocol protocol) throws IOException {
    // As long as a large pack; what it says is of no matter here.
    byte[] bytes = new byte[3000];
    Event pack =
        uplink.events.telemetry(
            "sensors",
            uplink.clock.instant(),
            false,
            new SenMlPack.Packed(Format.CBOR, false, bytes));
    String topic = uplink.topics.state();
    Outgoing will =
        new Outgoing(topic, bytes, uplink.topics.delivery(topic), "application/json", Map.of());
    try (Mosquitto broker = Mosquitto.start(folder);
        RecordingProxy proxy = new RecordingProxy(broker.uri());
        Publisher publisher = uplink.publisher(protocol, store, Map.of(), proxy.uri())) {
      UplinkConfig config =
          uplink.config(protocol, 64, Optional.empty(), Optional.empty(), proxy.uri());
      MqttLink link = uplink.links(config, folder, QUICK).open(proxy.uri(), will, new LinkEvents());
      store.append(pack);
      publisher.start();
      awaitEmpty(store);
      int longest =
          proxy.packets(0).stream()
              .filter(packet -> (packet.first() & 0xf0) == PUBLISH)
              .mapToInt(packet -> packet.body().length + 3)
              .max()
              .orElseThrow();
      int counted =
          link.form(Envelope.of(new StoredEvent(1, 1, pack), false, uplink.topics)).packetBytes();
      assertThat(counted).isBetween(longest, longest + 64);
    }
  }

  @Test
  void namesTelemetryAndHealthOnceAConnectionAndNothingElseByAnAlias() throws IOException {
    try (Mosquitto broker = Mosquitto.start(folder);
        RecordingProxy proxy = new RecordingProxy(broker.uri());
        Publisher publisher = uplink.publisher(store, QUICK, proxy.uri())) {
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      appendAndAwait(3);
      publisher.publishHealth(Uplink.utf8("{}"));
      awaitHealth(proxy, 0, 1);
      publisher.publishHealth(Uplink.utf8("{}"));
      awaitHealth(proxy, 0, 2);
      proxy.cut();
      Eventually.await("again", LIMIT, () -> publisher.status().reconnects() == 1);
      appendAndAwait(2);

      List<Published> first = published(proxy, 0);
      List<Published> telemetry = first.stream().filter(p -> p.qos() == 1 && p.aliased()).toList();
      assertThat(telemetry).hasSize(3);
      assertThat(telemetry.stream().map(Published::topic))
          .containsExactly(uplink.topics.telemetry("sensors"), "", "");
      assertThat(telemetry.stream().map(Published::alias)).containsOnly(1L);
      List<Published> health = first.stream().filter(p -> p.qos() == 0).toList();
      assertThat(health.stream().map(Published::topic)).containsExactly(uplink.topics.health(), "");
      assertThat(health.stream().map(Published::alias)).containsOnly(2L);
      assertThat(first.stream().filter(p -> !p.aliased()).map(Published::topic))
          .containsExactlyInAnyOrder(
              uplink.topics.state(), uplink.topics.alert("smoke"),
              uplink.topics.alert("smoke"), uplink.topics.alert("smoke"));
      // The table has died with the connection.
      assertThat(published(proxy, 1).stream().filter(Published::aliased).map(Published::topic))
          .containsExactly(uplink.topics.telemetry("sensors"), "");
    }
  }

  @Test
  void usesNoAliasWhereTheBrokerAllowsNone() throws IOException {
    try (Mosquitto broker = Mosquitto.start(folder, "max_topic_alias 0");
        RecordingProxy proxy = new RecordingProxy(broker.uri());
        Publisher publisher = uplink.publisher(store, QUICK, proxy.uri())) {
      publisher.start();
      appendAndAwait(3);
      assertThat(published(proxy, 0)).hasSizeGreaterThan(6).noneMatch(Published::aliased);
    }
  }

  private void appendAndAwait(int count) {
    for (int i = 1; i <= count; i++) {
      store.append(uplink.telemetry(i));
      store.append(uplink.alert(i));
    }
    awaitEmpty(store);
  }

  private static void awaitHealth(RecordingProxy proxy, int connection, int count) {
    Eventually.await(
        count + " health messages",
        LIMIT,
        () ->
            proxy.packets(connection).stream().filter(p -> p.first() == PUBLISH).count() == count);
  }
}
