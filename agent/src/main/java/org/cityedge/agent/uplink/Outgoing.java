package org.cityedge.agent.uplink;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One PUBLISH as it will leave. */
record Outgoing(
    String topic,
    byte[] payload,
    Topics.Delivery delivery,
    String contentType,
    Map<String, String> userProperties) {

  /**
   * Upper bound of the packet's size (MQTT 5 §3.3): what is certain, plus 24 bytes for the fixed
   * header, packet identifier, property length, expiry, topic alias and the lengths of topic and
   * content type.
   */
  int packetBytes() {
    int bytes = 24 + utf8(topic) + utf8(contentType) + payload.length;
    for (Map.Entry<String, String> property : userProperties.entrySet()) {
      bytes += 5 + utf8(property.getKey()) + utf8(property.getValue());
    }
    return bytes;
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
