package org.cityedge.agent.uplink;

import java.util.HashMap;
import java.util.Map;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttPingSender;
import org.eclipse.paho.mqttv5.client.MqttToken;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttPublish;
import org.jspecify.annotations.Nullable;

/**
 * Paho's client with topic aliases (MQTT 5 §3.3.2.3.4) for telemetry and health alone.
 *
 * <p>Paho 1.2.5 gives an alias to the first topics of a connection, whichever they are, up to the
 * broker's Topic Alias Maximum ({@code ClientState.send}), and has no switch for it: the few that
 * there are would go to the state, the catalogue and single alerts. It skips a packet whose topic
 * name it is told to be null, so {@link Packet} hides it.
 *
 * <p>Lives for one connection, and so does its table, which holds at most the broker's maximum.
 * {@link #send} is called by one thread at a time, and Paho sends in the order of the calls: the
 * packet that introduces an alias goes before those that use it.
 */
final class AliasingClient extends MqttAsyncClient {
  private final Topics topics;
  private final Map<String, Integer> aliases = new HashMap<>();
  private volatile int maximum;

  AliasingClient(String server, String clientId, Topics topics, MqttPingSender pings)
      throws MqttException {
    super(server, clientId, new MemoryPersistence(), pings, null);
    this.topics = topics;
  }

  /** Topic Alias Maximum of CONNACK; without one there are no aliases (MQTT 5 §3.2.2.3.8). */
  void allowAliases(int most) {
    maximum = most;
  }

  /** As {@link #publish(String, MqttMessage, Object, MqttActionListener)}. */
  void send(Outgoing outgoing, MqttActionListener listener) throws MqttException {
    MqttMessage message = PahoPackets.publish(outgoing);
    String topic = outgoing.topic();
    Packet packet = new Packet(topic, message);
    if (topics.isFrequent(topic)) {
      Integer alias = aliases.get(topic);
      if (alias != null) {
        packet.setTopicName(null);
        packet.getProperties().setTopicAlias(alias);
      } else if (aliases.size() < maximum) {
        aliases.put(topic, aliases.size() + 1);
        packet.getProperties().setTopicAlias(aliases.size());
      }
    }
    MqttToken token = new MqttToken(getClientId());
    token.internalTok.setDeliveryToken(true);
    token.setActionCallback(listener);
    token.internalTok.setTopics(new String[] {topic});
    token.setRequestMessage(packet);
    comms.sendNoWait(packet, token);
  }

  /** Encoded with its topic, which nobody else gets to see. */
  private static final class Packet extends MqttPublish {
    Packet(String topic, MqttMessage message) {
      super(topic, message, message.getProperties());
    }

    @Override
    public @Nullable String getTopicName() {
      return null;
    }
  }
}
