package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;
import static org.cityedge.agent.uplink.Uplink.QUICK;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.remote.Commands;
import org.cityedge.agent.remote.EvidenceGet;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.agent.uplink.UplinkConfig.EvidencePolicy;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.fixtures.Fault;
import org.cityedge.fixtures.FaultProxy;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence that is asked for over a real Mosquitto and a line that breaks. */
class EvidenceGetIT {
  private static final String ID = "01jwn8z3w2c5v9q2r7b4c6d8e1";
  private static final int SIZE = 3 * 1024 * 1024 + 5;

  /** In flight at a time, so that chunks wait in the store behind it. */
  private static final int WINDOW = 4;

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private final byte[] clip = new byte[SIZE];
  private EventStore store;
  private EvidenceChunks evidence;

  @BeforeEach
  void keepAClip() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    store = SqliteEventStore.open(BufferConfig.defaults(data), uplink.events::loss, uplink.clock);
    Clips clips = Clips.open(data.resolve("clips"), new Seal(data.resolve("key")));
    new Random(1).nextBytes(clip);
    clips.put(ID + ".mp4", clip);
    evidence =
        new EvidenceChunks(clips, store, uplink.events, EvidencePolicy.REQUEST, System::nanoTime);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Publisher publisher(int port) {
    Commands commands =
        new Commands(
            store,
            uplink.events,
            Map.of("evidence-get", new EvidenceGet(evidence)),
            uplink.noSignedCommands(folder),
            new Audit(folder.resolve("data"), uplink.clock, () -> "none"),
            System::nanoTime);
    return uplink.publisher(
        store,
        QUICK,
        WINDOW,
        Map.of(uplink.topics.commands(), commands),
        URI.create("mqtt://127.0.0.1:" + port));
  }

  private void ask(MqttListener centre, String payload) {
    MqttProperties properties = new MqttProperties();
    properties.setResponseTopic(uplink.topics.commandResponse("desk-7"));
    properties.setCorrelationData("42".getBytes(StandardCharsets.UTF_8));
    properties.setMessageExpiryInterval(60L);
    centre.publish("city/v1/510108/gw-0042/cmd/evidence-get", payload, properties);
  }

  private boolean isChunk(Message message) {
    return message.topic().startsWith("city/v1/510108/gw-0042/evidence/" + ID + "/");
  }

  /** Joins the chunks by the offsets in their topics, duplicates or not. */
  private NavigableMap<Long, byte[]> chunks(MqttListener centre) {
    TreeMap<Long, byte[]> out = new TreeMap<>();
    for (Message chunk : centre.messages(this::isChunk)) {
      String topic = chunk.topic();
      out.put(Long.valueOf(topic.substring(topic.lastIndexOf('/') + 1)), chunk.payload());
    }
    return out;
  }

  private static byte[] joined(NavigableMap<Long, byte[]> chunks, int size) {
    byte[] out = new byte[size];
    chunks.forEach(
        (offset, bytes) -> System.arraycopy(bytes, 0, out, Math.toIntExact(offset), bytes.length));
    return out;
  }

  private void awaitWhole(MqttListener centre) {
    Eventually.await(
        "all of the evidence",
        LIMIT,
        () -> {
          evidence.tick();
          return chunks(centre).values().stream().mapToInt(c -> c.length).sum() == SIZE;
        });
  }

  private static long sequence(Message message) {
    return Long.parseLong(message.userProperties().getOrDefault("sequence", "0"));
  }

  @Test
  void arrivesWholeOverALineThatIsCutInTheMiddle() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        FaultProxy line = FaultProxy.start(broker.uri().getPort());
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
        Publisher publisher = publisher(line.port())) {
      publisher.start();
      // Said after the subscriptions were asked for, so a command is heard from here on.
      centre.await(LIMIT, m -> m.topic().equals(uplink.topics.state()));
      ask(centre, "{\"id\":\"" + ID + "\"}");
      Message answer =
          centre.await(LIMIT, m -> m.topic().equals(uplink.topics.commandResponse("desk-7")));
      assertThat(answer.correlationData()).isEqualTo("42".getBytes(StandardCharsets.UTF_8));
      JsonNode data = CloudEvents.JSON.readTree(answer.payload()).get("data");
      assertThat(data.get("ok").asBoolean()).isTrue();
      assertThat(data.get("size").asInt()).isEqualTo(SIZE);

      line.set(new Fault.CutAfter(700_000));
      Eventually.await(
          "the line is cut",
          LIMIT,
          () -> {
            evidence.tick();
            return publisher.status().reconnects() >= 1;
          });
      assertThat(chunks(centre).size()).isLessThan(SIZE / EvidenceChunks.CHUNK);
      line.set(new Fault.Pass());
      awaitWhole(centre);

      byte[] received = joined(chunks(centre), SIZE);
      assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(received)))
          .isEqualTo(data.get("sha256").asText());
      Uplink.awaitEmpty(store);
      assertThat(store.account().unexplained()).isZero();
      assertThat(publisher.status().rejected()).isZero();
    }
  }

  @Test
  void goesOnAfterARestartOfTheAgentAndSendsTheRestWhenAsked() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#")) {
      assertThat(evidence.request(ID, 0)).isInstanceOf(EvidenceChunks.Answer.Started.class);
      evidence.tick();
      store.close();
      // As a new process: everything from what lies on the disk.
      Path data = folder.resolve("data");
      store = SqliteEventStore.open(BufferConfig.defaults(data), uplink.events::loss, uplink.clock);
      evidence =
          new EvidenceChunks(
              Clips.open(data.resolve("clips"), new Seal(data.resolve("key"))),
              store,
              uplink.events,
              EvidencePolicy.REQUEST,
              System::nanoTime);
      try (Publisher publisher = publisher(broker.uri().getPort())) {
        publisher.start();
        awaitWhole(centre);
        assertThat(joined(chunks(centre), SIZE)).isEqualTo(clip);
        Uplink.awaitEmpty(store);

        int before = centre.messages(this::isChunk).size();
        ask(centre, "{\"id\":\"" + ID + "\",\"from\":" + (SIZE - 10) + "}");
        Eventually.await("the rest", LIMIT, () -> centre.messages(this::isChunk).size() > before);
        assertThat(centre.messages(this::isChunk).getLast().payload())
            .isEqualTo(Arrays.copyOfRange(clip, SIZE - 10, SIZE));
      }
    }
  }

  @Test
  void alertsAndReadingsOvertakeIt() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
        Publisher publisher = publisher(broker.uri().getPort())) {
      publisher.start();
      Eventually.await("connected", LIMIT, () -> publisher.status().connected());
      broker.freeze();
      assertThat(evidence.request(ID, 0)).isInstanceOf(EvidenceChunks.Answer.Started.class);
      evidence.tick();
      assertThat(store.account().waiting(Lane.EVIDENCE).events()).isGreaterThan(2 * WINDOW);
      long before = store.account().appended();
      store.append(uplink.telemetry(1));
      store.append(uplink.alert(1));
      broker.thaw();
      awaitWhole(centre);

      List<Message> arrived = List.copyOf(centre.messages());
      for (String topic :
          List.of(uplink.topics.alert("smoke"), uplink.topics.telemetry("sensors"))) {
        int urgent = arrived.stream().map(Message::topic).toList().indexOf(topic);
        long overtaken =
            arrived.stream()
                .skip(urgent)
                .filter(this::isChunk)
                .filter(chunk -> sequence(chunk) <= before)
                .count();
        assertThat(overtaken).as(topic).isGreaterThan(WINDOW);
      }
    }
  }
}
