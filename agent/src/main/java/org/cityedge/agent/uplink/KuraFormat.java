package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.jspecify.annotations.Nullable;

/**
 * The same messages in Kura's words: another topic, and KuraPayload around what they carry.
 *
 * <ul>
 *   <li>{@code G/state}: the lifecycle. Online is BIRTH, a clean stop DC, the will LWT.
 *   <li>Records: the CloudEvent as it is for the body, its attributes as metrics.
 *   <li>Bulk: the payload as it is for the body, its attributes as metrics; of SenML in JSON also
 *       the newest value of each name, and of a track the newest position.
 *   <li>Answers: a reply with {@code response.code}; of {@code CONF-V1} in Kura's XML.
 * </ul>
 *
 * Nothing is retained: a Kapua keeps the last values itself. Pure, but for what BIRTH says of the
 * machine.
 */
final class KuraFormat {
  static final String CONTENT_TYPE = "application/x-protobuf";

  private final Topics topics;
  private final KuraTopics kura;
  private final KuraBirth birth;
  private final InstantSource clock;

  KuraFormat(String account, Topics topics, InstantSource clock) {
    this.topics = topics;
    this.kura = new KuraTopics(account, topics.gateway());
    this.birth = new KuraBirth(topics.gateway());
    this.clock = clock;
  }

  KuraTopics topics() {
    return kura;
  }

  /**
   * @throws IllegalArgumentException when the message is none that can be told in this format; the
   *     text is fit for a log
   */
  Outgoing form(Outgoing message) {
    String resource = topics.resource(message.topic());
    return switch (topics.uplink(message.topic())) {
      case STATE -> lifecycle(message);
      case COMMAND_RESPONSE -> reply(message);
      case CATALOG, ALERT, ALERT_ACTIVE, LOSS, AUDIT, CONFIG_REPORTED, HEALTH ->
          outgoing(message, kura.data(resource), record(message));
      case TELEMETRY, POSITION, THUMB, EVIDENCE ->
          outgoing(message, kura.data(resource), bulk(message));
    };
  }

  private static Outgoing outgoing(Outgoing message, String topic, KuraPayload payload) {
    return outgoing(message, topic, payload.encode());
  }

  private static Outgoing outgoing(Outgoing message, String topic, byte[] payload) {
    Topics.Delivery as = message.delivery();
    Topics.Delivery delivery = new Topics.Delivery(as.qos(), false, as.expiry(), as.maxBytes());
    byte[] small = Gzip.compress(payload);
    return new Outgoing(
        topic, small.length < payload.length ? small : payload, delivery, CONTENT_TYPE, Map.of());
  }

  private Outgoing lifecycle(Outgoing message) {
    JsonNode state = json(message.payload());
    if (state.path("online").asBoolean()) {
      return outgoing(
          message, kura.lifecycle("BIRTH"), stamped(birth.metrics(state.path("version").asText())));
    }
    String reason = state.path("reason").asText();
    if (reason.equals(Statements.CONNECTION_LOST)) {
      return outgoing(message, kura.lifecycle("LWT"), new byte[0]);
    }
    Map<String, Object> metrics = birth.farewell();
    metrics.put("reason", reason);
    return outgoing(message, kura.lifecycle("DC"), stamped(metrics));
  }

  private KuraPayload stamped(Map<String, Object> metrics) {
    return new KuraPayload(
        OptionalLong.of(clock.millis()), Optional.empty(), metrics, Optional.empty());
  }

  private static KuraPayload record(Outgoing message) {
    JsonNode event = json(message.payload());
    Map<String, Object> metrics = new LinkedHashMap<>();
    OptionalLong time = OptionalLong.empty();
    if (event.has("specversion")) {
      event
          .properties()
          .forEach(
              e -> {
                if (e.getValue().isTextual()) {
                  metrics.put(e.getKey(), e.getValue().textValue());
                }
              });
      time = millis(event.path("time").asText());
    }
    return new KuraPayload(time, Optional.empty(), metrics, Optional.of(message.payload()));
  }

  private static KuraPayload bulk(Outgoing message) {
    Map<String, Object> metrics = new LinkedHashMap<>(message.userProperties());
    metrics.put("datacontenttype", message.contentType());
    OptionalLong time = millis(message.userProperties().getOrDefault("time", ""));
    Optional<KuraPayload.Position> position = Optional.empty();
    boolean plain = !message.userProperties().containsKey("contentencoding");
    if (plain && message.contentType().equals("application/senml+json")) {
      Map<String, Object> newest = newest(json(message.payload()));
      position = position(newest);
      newest.forEach(metrics::putIfAbsent);
    }
    return new KuraPayload(time, position, metrics, Optional.of(message.payload()));
  }

  /** The last value of each name, without the base name that all have in common. */
  private static Map<String, Object> newest(JsonNode pack) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (JsonNode reading : pack) {
      String name = reading.path("n").asText();
      if (reading.path("v").isNumber()) {
        out.put(name, reading.path("v").doubleValue());
      } else if (reading.path("vb").isBoolean()) {
        out.put(name, reading.path("vb").booleanValue());
      } else if (reading.path("vs").isTextual()) {
        out.put(name, reading.path("vs").textValue());
      }
    }
    return out;
  }

  /** Of a track; no sensor's reading has one of these names, since theirs begin with its id. */
  private static Optional<KuraPayload.Position> position(Map<String, Object> newest) {
    if (newest.get("lat") instanceof Double lat && newest.get("lon") instanceof Double lon) {
      return Optional.of(
          new KuraPayload.Position(
              lat,
              lon,
              number(newest.get("accuracy")),
              number(newest.get("heading")),
              number(newest.get("speed"))));
    }
    return Optional.empty();
  }

  private static OptionalDouble number(@Nullable Object value) {
    return value instanceof Double number ? OptionalDouble.of(number) : OptionalDouble.empty();
  }

  private Outgoing reply(Outgoing message) {
    KuraRequest.Asker asker = KuraRequest.Asker.of(message.correlationData());
    JsonNode answer = json(message.payload()).path("data");
    Map<String, Object> metrics = new LinkedHashMap<>();
    boolean ok = answer.path("ok").asBoolean();
    metrics.put("response.code", ok ? 200 : code(answer.path("code").asText()));
    if (!ok) {
      metrics.put("response.exception.message", answer.path("message").asText());
    }
    boolean kurasOwn = ok && asker.app() == KuraTopics.App.CONF;
    KuraPayload payload =
        new KuraPayload(
            OptionalLong.of(clock.millis()),
            Optional.empty(),
            metrics,
            Optional.of(
                kurasOwn
                    ? KuraConfigurations.xml(answer)
                    : answer.toString().getBytes(StandardCharsets.UTF_8)));
    return outgoing(message, kura.reply(asker), payload);
  }

  /** A request that is no request. */
  Outgoing badRequest(KuraRequest.Asker asker, String message) {
    return atOnce(asker, Map.of("response.code", 400, "response.exception.message", message));
  }

  /** An order waits to be judged; what becomes of it is told as data, {@code config/reported}. */
  Outgoing received(KuraRequest.Asker asker) {
    return atOnce(asker, Map.of("response.code", 200));
  }

  /** Nobody here takes orders. */
  Outgoing noOrders(KuraRequest.Asker asker) {
    return atOnce(
        asker,
        Map.of(
            "response.code",
            404,
            "response.exception.message",
            "this gateway follows no orders from afar, since it has no key list"));
  }

  /** Told beside the store, at most once. */
  private Outgoing atOnce(KuraRequest.Asker asker, Map<String, Object> metrics) {
    return new Outgoing(
        kura.reply(asker),
        stamped(new TreeMap<>(metrics)).encode(),
        new Topics.Delivery(0, false, Optional.empty(), 1024),
        CONTENT_TYPE,
        Map.of());
  }

  private static int code(String refused) {
    return switch (refused) {
      case "NO_SUCH_VERB", "NO_SUCH_EVIDENCE", "NO_SUCH_ALERT" -> 404;
      case "FAULT", "FAILED" -> 500;
      default -> 400;
    };
  }

  private static OptionalLong millis(String time) {
    return time.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Instant.from(OffsetDateTime.parse(time)).toEpochMilli());
  }

  private static JsonNode json(byte[] payload) {
    try {
      return CloudEvents.JSON.readTree(payload);
    } catch (IOException e) {
      throw new IllegalArgumentException("payload is no JSON", e);
    }
  }
}
