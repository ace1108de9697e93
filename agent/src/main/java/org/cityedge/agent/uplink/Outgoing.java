package org.cityedge.agent.uplink;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One PUBLISH as it will leave.
 *
 * @param correlationData of the command that this answers (MQTT 5 §3.3.2.3.6), empty when it is no
 *     answer
 */
record Outgoing(
    String topic,
    byte[] payload,
    Topics.Delivery delivery,
    String contentType,
    Map<String, String> userProperties,
    byte[] correlationData) {
  private static final byte[] NONE = {};

  /** Anything but an answer. */
  Outgoing(
      String topic,
      byte[] payload,
      Topics.Delivery delivery,
      String contentType,
      Map<String, String> userProperties) {
    this(topic, payload, delivery, contentType, userProperties, NONE);
  }

  /**
   * Upper bound of the packet's size (MQTT 5 §3.3): what is certain, plus 24 bytes for the fixed
   * header, packet identifier, property length, expiry, topic alias and the lengths of topic and
   * content type.
   */
  int packetBytes() {
    int bytes = 24 + utf8(topic) + utf8(contentType) + payload.length;
    if (correlationData.length > 0) {
      bytes += 3 + correlationData.length;
    }
    for (Map.Entry<String, String> property : userProperties.entrySet()) {
      bytes += 5 + utf8(property.getKey()) + utf8(property.getValue());
    }
    return bytes;
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
