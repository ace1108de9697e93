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

  /** Fails with every problem of every message. */
  public void assertValid(List<MqttListener.Message> messages) {
    for (MqttListener.Message message : messages) {
      assertThat(problems(message)).as("%s %s", message.topic(), message.text()).isEmpty();
    }
  }

  /** As {@link #assertValid}, for messages that a gateway sent by MQTT 3.1.1. */
  public void assertValid311(List<MqttListener.Message> messages) {
    for (MqttListener.Message message : messages) {
      List<String> out = new ArrayList<>();
      expect(out, "content type", Optional.empty(), message.contentType());
      expect(out, "expiry", Optional.empty(), message.expirySeconds());
      expect(out, "user properties", Map.of(), message.userProperties());
      out.addAll(problems(asMqtt5(out, message)));
      assertThat(out).as("%s %s", message.topic(), message.text()).isEmpty();
    }
  }

  /** What MQTT 5 would have carried, with whatever is wrong with the structured form of bulk. */
  private MqttListener.Message asMqtt5(List<String> out, MqttListener.Message message) {
    Topics.Uplink row = topics.uplink(message.topic());
    byte[] payload = message.payload();
    String type = "application/cloudevents+json";
    Map<String, String> attributes = new LinkedHashMap<>();
    switch (row) {
      case STATE, HEALTH -> type = "application/json";
      case TELEMETRY, THUMB -> {
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
        expect(out, "content type", "application/senml+json", type);
        attributes(out, "telemetry-attributes", message);
        json(out, "telemetry", message);
        testPack(out, message);
      }
      case THUMB -> {
        expect(out, "content type", "image/jpeg", type);
        attributes(out, "thumb", message);
      }
      case POSITION, EVIDENCE, AUDIT, CONFIG_REPORTED, COMMAND_RESPONSE ->
          out.add("no schema for " + row);
    }
    return out;
  }

  private void plain(List<String> out, String schema, String type, MqttListener.Message message) {
    expect(out, "content type", "application/json", type);
    expect(out, "user properties", Map.of(), message.userProperties());
    json(out, schema, message);
  }

  private void record(List<String> out, String schema, String type, MqttListener.Message message) {
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
  }

  private static void testPack(List<String> out, MqttListener.Message message) {
    boolean test = "Test".equals(message.userProperties().get("status"));
    for (JsonNode reading : parsed(message.text())) {
      expect(out, "made up", test, reading.path("quality").asText().equals("sim"));
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
