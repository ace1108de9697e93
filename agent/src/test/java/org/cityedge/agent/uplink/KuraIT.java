package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.remote.Answer;
import org.cityedge.agent.remote.Commands;
import org.cityedge.agent.remote.ConfigGet;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.cityedge.buffer.BufferConfig;
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
import org.junit.jupiter.params.provider.EnumSource;

/** A gateway that speaks Kura's format, against a real Mosquitto. */
class KuraIT {
  private static final String CONTROL = "$EDC/city/gw-0042/";
  private static final String DATA = "city/gw-0042/CITY-V1/";
  private static final String REPORTED = "{\"active\":{\"epoch\":1,\"seq\":7}}";
  private static final byte[] NO_PAYLOAD = {0x7B, 0x7D};

  @TempDir Path folder;

  private final Uplink uplink = new Uplink();
  private EventStore store;
  private Map<String, Consumer<Incoming>> handlers;

  @BeforeEach
  void openTheStore() throws Exception {
    uplink.kuraAccount = Optional.of("city");
    Files.createDirectories(folder.resolve("data"));
    store =
        SqliteEventStore.open(
            BufferConfig.defaults(folder.resolve("data")), uplink.events::loss, uplink.clock);
    Commands commands =
        new Commands(
            store,
            uplink.events,
            Map.of(
                "ping",
                request -> new Answer.Done(Map.of("said", request.path("say").asText())),
                "config-get",
                new ConfigGet(() -> Uplink.utf8(REPORTED))),
            uplink.noSignedCommands(folder),
            new Audit(folder.resolve("data"), uplink.clock, () -> "none"),
            System::nanoTime);
    handlers = Map.of(uplink.topics.commands(), commands);
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  @ParameterizedTest
  @EnumSource
  void isBornThenTellsWhatWaitsAndSaysGoodbye(UplinkConfig.Protocol protocol) {
    store.append(uplink.telemetry(37));
    store.append(uplink.alert(1));
    try (Mosquitto broker = Mosquitto.start(folder);
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city")) {
      try (Publisher publisher = uplink.publisher(protocol, store, handlers, broker.uri())) {
        publisher.start();
        Uplink.awaitEmpty(store);
      }
      platform.await(CONTROL + "MQTT/DC");
      List<KuraPlatform.Heard> heard = platform.heard();
      assertThat(heard)
          .extracting(KuraPlatform.Heard::topic)
          .containsExactly(
              CONTROL + "MQTT/BIRTH",
              DATA + "alert/smoke",
              DATA + "telemetry/sensors",
              CONTROL + "MQTT/DC");
      assertThat(heard).allMatch(message -> message.qos() == 1 && !message.retained());
      birth(heard.get(0).payload());
      alert(heard.get(1).payload());
      telemetry(heard.get(2).payload());
      assertThat(heard.get(3).payload().text("reason")).hasValue("stopped");
      assertThat(store.account().acknowledged()).isEqualTo(2);
    }
  }

  @Test
  void answersWhileTheWindowIsFull() throws Exception {
    for (int i = 0; i < 100; i++) {
      store.append(uplink.telemetry(i));
    }
    try (Mosquitto broker = Mosquitto.start(folder, "max_inflight_messages 5");
        FaultProxy line = FaultProxy.start(broker.uri().getPort());
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city")) {
      line.set(new Fault.WithholdPubacks());
      URI through = URI.create("mqtt://127.0.0.1:" + line.port());
      // No stall ends the connection before the platform has asked.
      try (Publisher publisher = uplink.publisher(store, Timing.DEFAULT, 64, handlers, through)) {
        publisher.start();
        Eventually.await("a full window", Uplink.LIMIT, () -> publisher.status().published() >= 2);
        ask(platform, "CITY-V1", Map.of("requester.client.id", "ops", "request.id", "1"));
        KuraPayload reply = platform.await("$EDC/city/ops/CITY-V1/REPLY/1").payload();
        assertThat(reply.metrics()).containsEntry("response.code", 400);
        line.set(new Fault.Pass());
      }
    }
  }

  private static void birth(KuraPayload birth) {
    assertThat(birth.metrics())
        .containsOnlyKeys(
            "uptime",
            "display_name",
            "model_name",
            "model_id",
            "part_number",
            "serial_number",
            "available_processors",
            "total_memory",
            "firmware_version",
            "os",
            "os_version",
            "os_arch",
            "jvm_name",
            "jvm_version",
            "kura_version",
            "connection_interface",
            "connection_ip",
            "accept_encoding",
            "application_ids",
            "payload_encoding")
        .containsEntry("application_ids", "CITY-V1,CITY-CONF-V1,CONF-V1")
        .containsEntry("firmware_version", Uplink.VERSION);
    assertThat(birth.metrics().values()).allMatch(String.class::isInstance);
    assertThat(birth.timestamp()).isPresent();
  }

  private static void alert(KuraPayload alert) {
    assertThat(alert.metrics())
        .containsEntry("id", "01JWN8Z3T0K5V9Q2R7B4C6D8E1-1")
        .containsEntry("type", "org.cityedge.alert.raised.v1")
        .containsEntry("sequence", "0000000000000002");
    JsonNode event = json(alert);
    assertThat(event.at("/data/headline").textValue()).isEqualTo("建设路3号探头疑似烟雾");
    assertThat(WireSchemas.schemaProblems("cloudevent", event)).isEmpty();
    assertThat(alert.timestamp()).isPresent();
  }

  private static void telemetry(KuraPayload telemetry) {
    assertThat(telemetry.metrics())
        .containsEntry("pm25-1/pm2_5", 37.0)
        .containsEntry("sequence", "0000000000000001")
        .containsEntry("datacontenttype", "application/senml+json");
    assertThat(json(telemetry).at("/0/v").intValue()).isEqualTo(37);
  }

  /**
   * One gateway for all; the first is none of its commands, of which so many at once are refused.
   */
  @Test
  void answersRequestsToWhoAsked() {
    List<Map.Entry<String, Integer>> wanted =
        List.of(
            Map.entry("CITY-V1/LOOK/ping", 400),
            Map.entry("CITY-V1/GET", 400),
            Map.entry("CITY-V1/GET/ping", 200),
            Map.entry("CITY-V1/EXEC/ping", 200),
            Map.entry("CITY-V1/GET/nothing", 404),
            Map.entry("CITY-V1/GET/Nothing/at all", 404),
            Map.entry("CITY-V1/PUT/ping", 404),
            Map.entry("CITY-V1/EXEC/restart", 400),
            Map.entry("CITY-CONF-V1/GET/reported", 200),
            Map.entry("CITY-CONF-V1/PUT/desired", 400),
            Map.entry("CITY-CONF-V1/EXEC/desired", 400),
            Map.entry("CONF-V1/GET/configurations", 200),
            Map.entry("CONF-V1/GET/configurations/org.cityedge.agent", 200),
            Map.entry("CONF-V1/PUT/configurations", 400));
    try (Mosquitto broker = Mosquitto.start(folder);
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city");
        Publisher publisher =
            uplink.publisher(UplinkConfig.Protocol.MQTT_5, store, handlers, broker.uri())) {
      publisher.start();
      platform.await(CONTROL + "MQTT/BIRTH");
      for (int i = 0; i < wanted.size(); i++) {
        String request = wanted.get(i).getKey();
        Map<String, Object> asker =
            Map.of("requester.client.id", "Ops_1", "request.id", "r" + i, "say", "hello");
        if (i == 0) {
          ask(platform, request, asker);
        } else {
          platform.publish(CONTROL + request, KuraPayload.of(asker).encode());
        }
        String app = request.substring(0, request.indexOf('/'));
        answered(platform, request, app + "/REPLY/r" + i, wanted.get(i).getValue());
      }
    }
  }

  private static void answered(KuraPlatform platform, String request, String reply, int code) {
    KuraPayload told = platform.await("$EDC/city/Ops_1/" + reply).payload();
    assertThat(told.metrics()).as(request).containsEntry("response.code", code);
    assertThat(told.text("response.exception.message").isPresent())
        .as(request)
        .isEqualTo(code != 200);
    if (code == 200) {
      assertThat(new String(told.body().orElseThrow(), StandardCharsets.UTF_8))
          .contains(
              switch (request.substring(0, request.indexOf('/'))) {
                case "CITY-V1" -> "\"said\":\"hello\"";
                case "CITY-CONF-V1" -> REPORTED.substring(1, REPORTED.length() - 1);
                default -> "<esf:value>7</esf:value>";
              });
    }
  }

  /** The broker may still be busy with the subscription, so it is asked until it answers. */
  private static void ask(KuraPlatform platform, String request, Map<String, Object> metrics) {
    Map<String, Object> all = new HashMap<>(metrics);
    all.put("say", "hello");
    byte[] payload = KuraPayload.of(all).encode();
    Eventually.await(
        "a reply",
        Uplink.LIMIT,
        () -> {
          platform.publish(CONTROL + request, payload);
          return platform.heard().stream().anyMatch(m -> m.topic().contains("/REPLY/"));
        });
  }

  /** Of a signed document nothing is read here, so any bytes do. */
  @ParameterizedTest
  @CsvSource({"true, 200", "false, 404"})
  void handsASignedDocumentToWhoeverJudgesIt(boolean judged, int code) {
    BlockingQueue<Incoming> orders = new LinkedBlockingQueue<>();
    Map<String, Consumer<Incoming>> all = new HashMap<>(handlers);
    if (judged) {
      all.put(uplink.topics.configDesired(), orders::add);
    }
    try (Mosquitto broker = Mosquitto.start(folder);
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city");
        Publisher publisher =
            uplink.publisher(UplinkConfig.Protocol.MQTT_5, store, all, broker.uri())) {
      publisher.start();
      platform.await(CONTROL + "MQTT/BIRTH");
      ask(platform, "CITY-V1/GET/ping", Map.of("requester.client.id", "ops", "request.id", "1"));
      platform.put(CONTROL + "CITY-CONF-V1/PUT/desired", "ops", "2", NO_PAYLOAD);
      KuraPayload reply = platform.await("$EDC/city/ops/CITY-CONF-V1/REPLY/2").payload();
      assertThat(reply.metrics()).containsEntry("response.code", code);
      if (judged) {
        Eventually.await("the document", Uplink.LIMIT, () -> !orders.isEmpty());
        assertThat(orders.remove().payload()).isEqualTo(NO_PAYLOAD);
      }
      assertThat(orders).isEmpty();
    }
  }

  @Test
  void staysSilentWhenNobodyKnowsWhoAsksAndGoesOn() {
    try (Mosquitto broker = Mosquitto.start(folder);
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city");
        Publisher publisher =
            uplink.publisher(UplinkConfig.Protocol.MQTT_5, store, handlers, broker.uri())) {
      publisher.start();
      platform.await(CONTROL + "MQTT/BIRTH");
      platform.publish(CONTROL + "CITY-V1/GET/ping", NO_PAYLOAD);
      platform.publish(
          CONTROL + "CITY-V1/GET/ping", KuraPayload.of(Map.of("request.id", "1")).encode());
      // Without an id it is answered 400 all the same.
      ask(platform, "CITY-V1/GET/ping", Map.of("requester.client.id", "ops"));
      KuraPayload reply = platform.await("$EDC/city/ops/CITY-V1/REPLY/unknown").payload();
      assertThat(reply.metrics()).containsEntry("response.code", 400);
      assertThat(platform.heard())
          .filteredOn(message -> message.topic().contains("/REPLY/"))
          .allMatch(message -> message.topic().equals("$EDC/city/ops/CITY-V1/REPLY/unknown"));
    }
  }

  @Test
  void saysGoodbyeToTheBrokerThatItLeavesForABetterOne() throws Exception {
    uplink.returnAfter = Duration.ofMillis(100);
    Path other = Files.createDirectory(folder.resolve("better"));
    try (Mosquitto broker = Mosquitto.start(folder);
        Mosquitto better = Mosquitto.start(other);
        FaultProxy line = FaultProxy.start(better.uri().getPort());
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city")) {
      line.set(new Fault.Refuse());
      URI first = URI.create("mqtt://127.0.0.1:" + line.port());
      try (Publisher publisher = uplink.publisher(store, Uplink.QUICK, first, broker.uri())) {
        publisher.start();
        platform.await(CONTROL + "MQTT/BIRTH");
        line.set(new Fault.Pass());
        assertThat(platform.await(CONTROL + "MQTT/DC").payload().text("reason")).hasValue("moved");
        Eventually.await(
            "connected to the better one",
            Uplink.LIMIT,
            () ->
                publisher.status().connected()
                    && publisher.status().broker().equals(Optional.of(first)));
      }
    }
  }

  @Test
  void leavesAnEmptyWillWhenItIsCutOff() throws Exception {
    try (Mosquitto broker = Mosquitto.start(folder);
        KuraPlatform platform = new KuraPlatform(broker.uri(), "city")) {
      LinkEvents told = new LinkEvents();
      MqttLink link =
          uplink
              .links(uplink.config(8, broker.uri()), folder, Uplink.QUICK)
              .open(broker.uri(), will(), told);
      link.connect();
      told.next(LinkEvents.Connected.class);
      link.discard();
      assertThat(platform.await(CONTROL + "MQTT/LWT").bytes()).isEmpty();
    }
  }

  private Outgoing will() {
    StateDocument state = new StateDocument(Uplink.VERSION, Optional.empty(), 0);
    return new Statements(uplink.events, () -> state, 1, uplink.clock).will();
  }

  private static JsonNode json(KuraPayload payload) {
    try {
      return CloudEvents.JSON.readTree(payload.body().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
