package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.jspecify.annotations.Nullable;

/** Our packets in Paho's words. Pure. */
final class PahoPackets {
  /** What a session outlives without a connection (MQTT 5 §3.1.2.11.2). */
  private static final Duration SESSION_EXPIRY = Duration.ofDays(1);

  /** Most QoS 1 messages that the broker may have in flight towards us. */
  static final int RECEIVE_MAXIMUM = 64;

  private static final long MAXIMUM_PACKET_SIZE = 256 * 1024;

  /** MQTT 5 §3.2.2.3.3: what a CONNACK without Receive Maximum means. */
  private static final int DEFAULT_RECEIVE_MAXIMUM = 65_535;

  private PahoPackets() {}

  static MqttConnectionOptions connect(UplinkConfig config, Timing timing, PahoLinks.Wish wish) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(wish.session() != PahoLinks.Session.KEPT);
    options.setAutomaticReconnect(false);
    boolean left = wish.session() != PahoLinks.Session.NONE;
    options.setSessionExpiryInterval(left ? SESSION_EXPIRY.toSeconds() : 0);
    options.setReceiveMaximum(RECEIVE_MAXIMUM);
    options.setMaximumPacketSize(MAXIMUM_PACKET_SIZE);
    options.setRequestProblemInfo(true);
    options.setKeepAliveInterval((int) config.keepAlive().toSeconds());
    options.setConnectionTimeout((int) Math.max(1, timing.connect().toSeconds()));
    wish.will().ifPresent(will -> will(options, will, timing));
    return options;
  }

  private static void will(MqttConnectionOptions options, Outgoing will, Timing timing) {
    MqttMessage message = publish(will);
    MqttProperties properties = message.getProperties();
    properties.setWillDelayInterval(timing.willDelay().toSeconds());
    options.setWill(will.topic(), message);
    options.setWillMessageProperties(properties);
  }

  static MqttLink.Connack connack(IMqttToken token) {
    MqttProperties properties = token.getResponseProperties();
    if (properties == null) {
      properties = new MqttProperties();
    }
    return new MqttLink.Connack(
        token.getSessionPresent(),
        orElse(properties.getReceiveMaximum(), DEFAULT_RECEIVE_MAXIMUM),
        orElse(properties.getMaximumPacketSize(), Long.MAX_VALUE),
        orElse(properties.getTopicAliasMaximum(), 0),
        orElse(properties.isRetainAvailable(), true),
        Optional.ofNullable(properties.getServerKeepAlive()).map(Duration::ofSeconds));
  }

  /** A property, or what its absence means (MQTT 5 §3.2.2.3). */
  private static <T> T orElse(@Nullable T value, T absent) {
    return value == null ? absent : value;
  }

  static int[] reasonCodes(IMqttToken token) {
    int[] codes = token.getReasonCodes();
    return codes == null ? new int[0] : codes;
  }

  /** What a fault of the client means. */
  static LinkFault fault(Throwable exception) {
    if (!(exception instanceof MqttException e)) {
      return LinkFault.of(exception);
    }
    // CONNACK's reason code is the exception's; Paho's own codes begin at 32000.
    if (e.getReasonCode() >= 0x80 && e.getReasonCode() < 0x100) {
      return LinkFault.refused("CONNACK", e.getReasonCode(), null);
    }
    Throwable cause = e.getCause();
    return cause == null
        ? LinkFault.network("MQTT client " + e.getReasonCode() + " " + e.getMessage(), "")
        : LinkFault.of(cause);
  }

  static MqttMessage publish(Outgoing outgoing) {
    MqttProperties properties = new MqttProperties();
    properties.setContentType(outgoing.contentType());
    outgoing.delivery().expiry().ifPresent(d -> properties.setMessageExpiryInterval(d.toSeconds()));
    List<UserProperty> user = new ArrayList<>();
    outgoing.userProperties().forEach((key, value) -> user.add(new UserProperty(key, value)));
    properties.setUserProperties(user);
    if (outgoing.correlationData().length > 0) {
      properties.setCorrelationData(outgoing.correlationData());
    }
    return new MqttMessage(
        outgoing.payload(), outgoing.delivery().qos(), outgoing.delivery().retain(), properties);
  }

  static Incoming incoming(String topic, MqttMessage message) {
    MqttProperties properties = message.getProperties();
    Map<String, String> user = new LinkedHashMap<>();
    if (properties.getUserProperties() != null) {
      properties.getUserProperties().forEach(p -> user.put(p.getKey(), p.getValue()));
    }
    byte[] correlation = properties.getCorrelationData();
    return new Incoming(
        topic,
        message.getPayload(),
        message.isRetained(),
        Optional.ofNullable(properties.getContentType()),
        Optional.ofNullable(properties.getResponseTopic()),
        correlation == null ? new byte[0] : correlation,
        Map.copyOf(user),
        message.getQos(),
        message.getId());
  }
}
