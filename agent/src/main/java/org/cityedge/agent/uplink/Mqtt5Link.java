package org.cityedge.agent.uplink;

import java.io.IOException;
import java.util.Set;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection by MQTT 5. */
final class Mqtt5Link extends PahoMqttLink {
  private static final Logger LOG = LoggerFactory.getLogger(Mqtt5Link.class);

  private final String server;
  private final String clientId;
  private final MqttConnectionOptions options;
  private final Topics topics;
  private volatile @Nullable AliasingClient client;

  Mqtt5Link(
      String server,
      String clientId,
      MqttConnectionOptions options,
      Topics topics,
      CuttableSockets sockets,
      Listener listener) {
    super(sockets, listener);
    this.server = server;
    this.clientId = clientId;
    this.options = options;
    this.topics = topics;
    options.setSocketFactory(sockets);
  }

  @Override
  void open() throws MqttException {
    AliasingClient fresh = new AliasingClient(server, clientId, topics, pings);
    client = fresh;
    fresh.setManualAcks(true);
    fresh.setCallback(new Callback());
    fresh.connect(options, null, new Connecting(fresh));
  }

  @Override
  public void publish(Outgoing message, long tag) throws IOException {
    try {
      connected().send(message, new Publishing(tag));
    } catch (MqttException e) {
      throw notTaken(e);
    }
  }

  @Override
  public void subscribe(Set<String> filters) throws IOException {
    MqttSubscription[] subscriptions =
        filters.stream()
            .map(filter -> new MqttSubscription(filter, 1))
            .toArray(MqttSubscription[]::new);
    try {
      connected().subscribe(subscriptions, null, new Subscribing(filters), new MqttProperties());
    } catch (MqttException e) {
      throw notTaken(e);
    }
  }

  @Override
  void acknowledge(int packetIdentifier, int qos) throws MqttException, IOException {
    connected().messageArrivedComplete(packetIdentifier, qos);
  }

  @Override
  void end(boolean sendDisconnect) throws MqttException {
    AliasingClient current = client;
    if (current != null) {
      current.disconnectForcibly(0, DISCONNECT.toMillis(), sendDisconnect);
    }
  }

  @Override
  void release() throws MqttException {
    AliasingClient current = client;
    if (current != null) {
      current.close(true);
    }
  }

  private AliasingClient connected() throws IOException {
    return connected(client);
  }

  @Override
  LinkFault fault(Throwable exception) {
    return PahoPackets.fault(exception);
  }

  private final class Connecting implements MqttActionListener {
    private final AliasingClient connecting;

    Connecting(AliasingClient connecting) {
      this.connecting = connecting;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      Connack connack = PahoPackets.connack(token);
      connecting.allowAliases(connack.topicAliasMaximum());
      if (connack.serverKeepAlive().isPresent()) {
        // Paho started with our own before it read the broker's, which may be shorter.
        pings.start();
      }
      answered(connack);
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      lost(exception);
    }
  }

  private final class Publishing implements MqttActionListener {
    private final long tag;

    Publishing(long tag) {
      this.tag = tag;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      int[] codes = PahoPackets.reasonCodes(token);
      listener.puback(tag, codes.length == 0 ? 0 : codes[0]);
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      lost(exception);
    }
  }

  private final class Subscribing implements MqttActionListener {
    private final Set<String> filters;

    Subscribing(Set<String> filters) {
      this.filters = filters;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      subscribed(filters, PahoPackets.reasonCodes(token));
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      notSubscribed(filters, exception);
    }
  }

  private final class Callback implements MqttCallback {
    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException cause = response.getException();
      if (cause != null) {
        lost(cause);
      } else {
        lost(LinkFault.disconnected(response.getReturnCode(), response.getReasonString()));
      }
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
      LOG.debug("The MQTT client reports an error. reason={}", fault(exception).text());
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      if (!isOver()) {
        listener.arrived(PahoPackets.incoming(topic, message));
      }
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // Told per message through Publishing.
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
      // Told through Connecting.
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      // No enhanced authentication is asked for.
    }
  }
}
