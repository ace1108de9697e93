package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;

/** Our packets in Paho's words. Pure. */
final class PahoPackets {
  /** What a session outlives without a connection (MQTT 5 §3.1.2.11.2). */
  private static final Duration SESSION_EXPIRY = Duration.ofDays(1);

  /** Most QoS 1 messages that the broker may have in flight towards us. */
  static final int RECEIVE_MAXIMUM = 64;

  private static final long MAXIMUM_PACKET_SIZE = 256 * 1024;

  private PahoPackets() {}

  static MqttConnectionOptions connect(UplinkConfig config, Timing timing, Outgoing will) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(false);
    options.setAutomaticReconnect(false);
    options.setSessionExpiryInterval(SESSION_EXPIRY.toSeconds());
    options.setReceiveMaximum(RECEIVE_MAXIMUM);
    options.setMaximumPacketSize(MAXIMUM_PACKET_SIZE);
    options.setRequestProblemInfo(true);
    options.setKeepAliveInterval((int) config.keepAlive().toSeconds());
    options.setConnectionTimeout((int) Math.max(1, timing.connect().toSeconds()));
    MqttMessage message = publish(will);
    MqttProperties properties = message.getProperties();
    properties.setWillDelayInterval(timing.willDelay().toSeconds());
    options.setWill(will.topic(), message);
    options.setWillMessageProperties(properties);
    return options;
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
