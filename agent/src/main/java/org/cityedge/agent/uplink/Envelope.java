package org.cityedge.agent.uplink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.StoredEvent;

/**
 * Renders a stored event for the wire: CloudEvents MQTT binding 1.0.2, §3.1 (binary) and §3.2
 * (structured). Pure.
 */
final class Envelope {
  private static final String RECORD_END =
      "\"datacontenttype\":\"" + CloudEvents.RECORD_CONTENT + "\"}";
  private static final String CONTENT_TYPE = "application/cloudevents+json";

  private Envelope() {}

  /**
   * @param replay whether the event is told after newer ones of its kind; said in binary mode only
   * @throws IllegalArgumentException when the event is none that {@link CloudEvents} made; the text
   *     is fit for a log
   */
  static Outgoing of(StoredEvent stored, boolean replay, Topics topics) {
    Event event = stored.event();
    Topics.Delivery delivery = topics.delivery(event.topic());
    if (event.attributes().endsWith(RECORD_END)) {
      return new Outgoing(
          event.topic(),
          structured(stored),
          delivery,
          CONTENT_TYPE,
          Map.of(),
          topics.isAnswer(event.topic()) ? correlation(event) : new byte[0]);
    }
    Map<String, String> properties = attributes(event);
    String contentType = properties.remove("datacontenttype");
    if (contentType == null) {
      throw new IllegalArgumentException("event " + event.id() + " has no datacontenttype");
    }
    properties.put("sequence", sequence(stored));
    properties.put("boot", Long.toString(stored.boot()));
    if (replay) {
      properties.put("replay", "1");
    }
    return new Outgoing(event.topic(), event.payload(), delivery, contentType, properties);
  }

  /**
   * Bulk in structured mode, for a protocol without user properties: what were properties are
   * attributes again. JSON is the data itself, anything else its base 64 (CloudEvents JSON format
   * 1.0.2 §3.1.1). What is in structured mode or no event at all comes back as it is.
   */
  static Outgoing structured(Outgoing message) {
    if (message.userProperties().isEmpty()) {
      return message;
    }
    ObjectNode event = CloudEvents.JSON.createObjectNode();
    message.userProperties().forEach(event::put);
    event.put("datacontenttype", message.contentType());
    byte[] data = message.payload();
    String member =
        isJson(message)
            ? ",\"data\":" + new String(data, StandardCharsets.UTF_8)
            : ",\"data_base64\":\"" + Base64.getEncoder().encodeToString(data) + "\"";
    String attributes = event.toString();
    String text = attributes.substring(0, attributes.length() - 1) + member + "}";
    return new Outgoing(
        message.topic(),
        text.getBytes(StandardCharsets.UTF_8),
        message.delivery(),
        CONTENT_TYPE,
        Map.of());
  }

  /** By its type and its first byte: compressed JSON is no JSON. */
  private static boolean isJson(Outgoing message) {
    byte[] data = message.payload();
    return message.contentType().endsWith("+json")
        && data.length > 0
        && (data[0] == '[' || data[0] == '{');
  }

  /** The attributes, the two that the store knows, and the data as it came. */
  private static byte[] structured(StoredEvent stored) {
    String attributes = stored.event().attributes();
    byte[] head =
        (attributes.substring(0, attributes.length() - 1)
                + ",\"sequence\":\""
                + sequence(stored)
                + "\",\"boot\":\""
                + stored.boot()
                + "\",\"data\":")
            .getBytes(StandardCharsets.UTF_8);
    byte[] data = stored.event().payload();
    byte[] out = new byte[head.length + data.length + 1];
    System.arraycopy(head, 0, out, 0, head.length);
    System.arraycopy(data, 0, out, head.length, data.length);
    out[out.length - 1] = '}';
    return out;
  }

  private static byte[] correlation(Event event) {
    String text = attributes(event).getOrDefault(CloudEvents.CORRELATION, "");
    return Base64.getDecoder().decode(text);
  }

  /** Read token by token: a tree of every event's attributes was a fifth of the drain's work. */
  private static Map<String, String> attributes(Event event) {
    try (JsonParser json = CloudEvents.JSON.createParser(event.attributes())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("attributes of " + event.id() + " are no JSON object");
      }
      Map<String, String> out = new LinkedHashMap<>();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        if (!json.nextToken().isScalarValue()) {
          throw new IllegalArgumentException(
              "attribute " + name + " of " + event.id() + " is no scalar");
        }
        out.put(name, json.getText());
      }
      return out;
    } catch (IOException e) {
      throw new IllegalArgumentException("attributes of " + event.id() + " are no JSON", e);
    }
  }

  /** CloudEvents "sequence" extension; 16 digits, so that texts sort like the numbers. */
  private static String sequence(StoredEvent stored) {
    String digits = Long.toString(stored.sequence());
    return "0".repeat(16 - digits.length()) + digits;
  }
}
