package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.testing.MqttListener;

/**
 * Holds every message against the published contract: topic, QoS, expiry, content type, user
 * properties, size and payload.
 */
public final class WireSchemas {
  private static final Path FOLDER = Path.of("src/main/asyncapi/schemas").toAbsolutePath();
  private static final String PREFIX = "https://city-edge.example/schemas/v1/";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(
          SpecVersion.VersionFlag.V202012,
          builder -> builder.schemaMappers(m -> m.mapPrefix(PREFIX, FOLDER.toUri().toString())));

  private final Topics topics;

  public WireSchemas(Topics topics) {
    this.topics = topics;
  }

  private static final Pattern GATEWAY =
      Pattern.compile("city/v1/([0-9]{6})/([a-z0-9-]{1,32})/([a-z-]+)(/.*)?");
  private static final Pattern HOST = Pattern.compile("city/v1/_host/[a-z0-9-]{1,32}/state");

  /**
   * What is wrong with a message of whichever gateway, up or down, MQTT 5 or 3.1.1; empty for
   * topics that are none of the contract's.
   */
  public static List<String> problemsOfAny(MqttListener.Message message) {
    if (HOST.matcher(message.topic()).matches()) {
      return down(message, "host-state");
    }
    Matcher parts = GATEWAY.matcher(message.topic());
    if (!parts.matches()) {
      return List.of();
    }
    if (message.topic().endsWith("/config/desired")) {
      return down(message, "config-desired");
    }
    switch (parts.group(3)) {
      case "cmd" -> {
        return down(message, "command");
      }
      case "alert-handling" -> {
        return down(message, "alert-handling");
      }
      default -> {
        WireSchemas schemas = new WireSchemas(new Topics(parts.group(1), parts.group(2)));
        boolean mqtt5 = message.contentType().isPresent();
        return mqtt5 ? schemas.problems(message) : schemas.problems311(message);
      }
    }
  }

  private static List<String> down(MqttListener.Message message, String schema) {
    List<String> out = new ArrayList<>();
    expect(out, "qos", 1, message.qos());
    if (message.payload().length > 0) {
      json(out, schema, message);
    }
    return out;
  }

  /** Fails with every problem of every message. */
  public void assertValid(List<MqttListener.Message> messages) {
    for (MqttListener.Message message : messages) {
      assertThat(problems(message)).as("%s %s", message.topic(), message.text()).isEmpty();
    }
  }

  /** The message as a subscriber gets it. */
  static MqttListener.Message message(Outgoing out) {
    return new MqttListener.Message(
        out.topic(),
        out.payload(),
        out.delivery().qos(),
        false,
        Optional.of(out.contentType()),
        out.delivery().expiry().map(Duration::toSeconds),
        out.userProperties(),
        out.correlationData());
  }

  /** As {@link #assertValid}, for messages that a gateway sent by MQTT 3.1.1. */
  public void assertValid311(List<MqttListener.Message> messages) {
    for (MqttListener.Message message : messages) {
      assertThat(problems311(message)).as("%s %s", message.topic(), message.text()).isEmpty();
    }
  }

  private List<String> problems311(MqttListener.Message message) {
    List<String> out = new ArrayList<>();
    expect(out, "content type", Optional.empty(), message.contentType());
    expect(out, "expiry", Optional.empty(), message.expirySeconds());
    expect(out, "user properties", Map.of(), message.userProperties());
    try {
      out.addAll(problems(asMqtt5(out, message)));
    } catch (IllegalArgumentException e) {
      out.add(String.valueOf(e.getMessage()));
    }
    return out;
  }

  /** What MQTT 5 would have carried, with whatever is wrong with the structured form of bulk. */
  private MqttListener.Message asMqtt5(List<String> out, MqttListener.Message message) {
    Topics.Uplink row = topics.uplink(message.topic());
    byte[] payload = message.payload();
    String type = "application/cloudevents+json";
    Map<String, String> attributes = new LinkedHashMap<>();
    switch (row) {
      case STATE, HEALTH -> type = "application/json";
      case COMMAND_RESPONSE -> {
        if (isLinePing(message) && !message.text().contains("specversion")) {
          type = "application/json";
        }
      }
      case TELEMETRY, POSITION, THUMB, EVIDENCE -> {
        JsonNode event = json(out, "bulk-event", message);
        type = event.path("datacontenttype").asText();
        payload =
            event.has("data")
                ? event.path("data").toString().getBytes(StandardCharsets.UTF_8)
                : Base64.getDecoder().decode(event.path("data_base64").asText());
        event.properties().forEach(e -> attributes.put(e.getKey(), e.getValue().asText()));
        attributes.keySet().removeAll(Set.of("datacontenttype", "data", "data_base64"));
      }
      default -> {}
    }
    return new MqttListener.Message(
        message.topic(),
        payload,
        message.qos(),
        message.retained(),
        Optional.of(type),
        row.delivery().expiry().map(Duration::toSeconds),
        attributes);
  }

  /** {@code cityedge mqtt ping} speaks under this requester's name. */
  private boolean isLinePing(MqttListener.Message message) {
    return message.topic().equals(topics.commandResponse("ping"));
  }

  /** What is wrong with a message; empty when it keeps the contract. */
  public List<String> problems(MqttListener.Message message) {
    List<String> out = new ArrayList<>();
    Topics.Uplink row;
    try {
      row = topics.uplink(message.topic());
    } catch (IllegalArgumentException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
    Topics.Delivery delivery = row.delivery();
    expect(out, "qos", delivery.qos(), message.qos());
    // The broker counts the expiry down, so what arrives may be a little less.
    expect(
        out, "expiry present", delivery.expiry().isPresent(), message.expirySeconds().isPresent());
    if (message.payload().length > delivery.maxBytes()) {
      out.add("payload is larger than " + delivery.maxBytes());
    }
    String type = message.contentType().orElse("none");
    switch (row) {
      case STATE -> plain(out, "state", type, message);
      case HEALTH -> plain(out, "health", type, message);
      case CATALOG -> record(out, "catalog", type, message);
      case ALERT -> record(out, "alert", type, message);
      case ALERT_ACTIVE -> record(out, "alert-active", type, message);
      case LOSS -> record(out, "loss", type, message);
      case TELEMETRY -> {
        attributes(out, "telemetry-attributes", message);
        pack(out, "telemetry", type, message);
      }
      case POSITION -> {
        expect(out, "content type", "application/senml+json", type);
        attributes(out, "position-attributes", message);
        pack(out, "position", type, message);
      }
      case THUMB -> {
        expect(out, "content type", "image/jpeg", type);
        attributes(out, "thumb", message);
      }
      case EVIDENCE -> {
        attributes(out, "evidence", message);
        evidence(out, message);
      }
      case COMMAND_RESPONSE -> {
        if (isLinePing(message) && type.equals("application/json")) {
          plain(out, "line-ping", type, message);
          break;
        }
        JsonNode event = record(out, "command-answer", type, message);
        expect(
            out,
            "correlation data",
            Base64.getEncoder().encodeToString(message.correlationData()),
            event.path("correlationdata").asText());
      }
      case CONFIG_REPORTED -> record(out, "config-reported", type, message);
      case AUDIT -> record(out, "audit", type, message);
    }
    return out;
  }

  private void plain(List<String> out, String schema, String type, MqttListener.Message message) {
    expect(out, "content type", "application/json", type);
    expect(out, "user properties", Map.of(), message.userProperties());
    json(out, schema, message);
  }

  private JsonNode record(
      List<String> out, String schema, String type, MqttListener.Message message) {
    expect(out, "content type", "application/cloudevents+json", type);
    expect(out, "user properties", Map.of(), message.userProperties());
    JsonNode event = json(out, schema, message);
    expect(out, "source", topics.source(), event.path("source").asText());
    JsonNode data = event.path("data");
    if (schema.equals("alert")) {
      String id = data.path("alertId").asText();
      expect(out, "id", id + "-" + data.path("rev").asInt(), event.path("id").asText());
      expect(out, "subject", "alert/" + id, event.path("subject").asText());
      expect(
          out,
          "type",
          "org.cityedge.alert." + data.path("state").asText() + ".v1",
          event.path("type").asText());
      expect(out, "topic", topics.alert(data.path("kind").asText("none")), message.topic());
    }
    return event;
  }

  private static void evidence(List<String> out, MqttListener.Message message) {
    String offset = message.topic().substring(message.topic().lastIndexOf('/') + 1);
    Map<String, String> properties = message.userProperties();
    long end = Long.parseLong(offset) + message.payload().length;
    long size = Long.parseLong(properties.getOrDefault("size", "0"));
    expect(out, "last", Boolean.toString(end == size), properties.getOrDefault("last", "none"));
    if (message.payload().length == 0 || end > size) {
      out.add("a chunk must lie within its " + size + " bytes, ends at " + end);
    }
  }

  private static void pack(
      List<String> out, String schema, String type, MqttListener.Message message) {
    Map<String, String> properties = message.userProperties();
    expect(
        out,
        "contentencoding",
        SenMlReader.isGzip(message.payload()),
        "gzip".equals(properties.get("contentencoding")));
    try {
      JsonNode pack = SenMlReader.read(type, message.payload());
      check(out, schema, pack);
      boolean test = "Test".equals(properties.get("status"));
      for (JsonNode reading : pack) {
        expect(out, "made up", test, reading.path("quality").asText().equals("sim"));
      }
    } catch (IOException e) {
      out.add("payload is no pack: " + e.getMessage());
    }
  }

  private static void attributes(List<String> out, String schema, MqttListener.Message message) {
    ObjectNode node = JSON.createObjectNode();
    message.userProperties().forEach(node::put);
    check(out, schema, node);
  }

  private static JsonNode json(List<String> out, String schema, MqttListener.Message message) {
    JsonNode node = parsed(message.text());
    if (node.isMissingNode()) {
      out.add("payload is no JSON");
    } else {
      check(out, schema, node);
    }
    return node;
  }

  private static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  /** What a schema of the contract, named without its ending, says against the document. */
  public static List<String> schemaProblems(String name, JsonNode node) {
    List<String> out = new ArrayList<>();
    check(out, name, node);
    return out;
  }

  private static void check(List<String> out, String name, JsonNode node) {
    JsonSchema schema = FACTORY.getSchema(SchemaLocation.of(PREFIX + name + ".schema.json"));
    schema.validate(node).forEach(problem -> out.add(problem.toString()));
  }

  private static void expect(List<String> out, String what, Object wanted, Object found) {
    if (!wanted.equals(found)) {
      out.add(what + " must be " + wanted + ", was " + found);
    }
  }
}
