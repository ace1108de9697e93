package org.cityedge.agent.uplink;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.jspecify.annotations.Nullable;

/**
 * A connection by MQTT 3.1.1. It has no properties: bulk travels in structured mode ({@link
 * Envelope#structured(Outgoing)}), nothing expires, the will is spoken at once, and PUBACK always
 * means delivered.
 */
final class Mqtt311Link extends PahoMqttLink {
  private final String server;
  private final String clientId;
  private final MqttConnectOptions options;
  private final int window;
  private volatile @Nullable MqttAsyncClient client;

  /**
   * @param window stands in for the broker's Receive Maximum, which 3.1.1 does not know
   */
  Mqtt311Link(
      String server,
      String clientId,
      MqttConnectOptions options,
      int window,
      CuttableSockets sockets,
      Listener listener) {
    super(sockets, listener);
    this.server = server;
    this.clientId = clientId;
    this.options = options;
    this.window = window;
    options.setSocketFactory(sockets);
  }

  static MqttConnectOptions options(UplinkConfig config, Timing timing, PahoLinks.Wish wish) {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    options.setCleanSession(wish.session() != PahoLinks.Session.KEPT);
    options.setAutomaticReconnect(false);
    // The drain keeps to its window by itself.
    options.setMaxInflight(config.window() + Connack.SPARE);
    options.setKeepAliveInterval((int) config.keepAlive().toSeconds());
    options.setConnectionTimeout((int) Math.max(1, timing.connect().toSeconds()));
    wish.will()
        .ifPresent(
            will ->
                options.setWill(
                    will.topic(), will.payload(), will.delivery().qos(), will.delivery().retain()));
    return options;
  }

  @Override
  void open() throws MqttException {
    MqttAsyncClient fresh = new MqttAsyncClient(server, clientId, new MemoryPersistence(), pings);
    client = fresh;
    fresh.setManualAcks(true);
    fresh.setCallback(new Callback());
    fresh.connect(options, null, new Connecting());
  }

  @Override
  public Outgoing form(Outgoing message) {
    return Envelope.structured(message);
  }

  @Override
  public void publish(Outgoing message, long tag) throws IOException {
    MqttMessage packet = new MqttMessage(message.payload());
    packet.setQos(message.delivery().qos());
    packet.setRetained(message.delivery().retain());
    try {
      connected().publish(message.topic(), packet, null, new Publishing(tag));
    } catch (MqttException e) {
      throw notTaken(e);
    }
  }

  @Override
  public void subscribe(Set<String> filters) throws IOException {
    int[] qos = IntStream.generate(() -> 1).limit(filters.size()).toArray();
    try {
      connected().subscribe(filters.toArray(String[]::new), qos, null, new Subscribing(filters));
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
    MqttAsyncClient current = client;
    if (current != null) {
      current.disconnectForcibly(0, DISCONNECT.toMillis(), sendDisconnect);
    }
  }

  @Override
  void release() throws MqttException {
    MqttAsyncClient current = client;
    if (current != null) {
      current.close(true);
    }
  }

  private MqttAsyncClient connected() throws IOException {
    return connected(client);
  }

  @Override
  LinkFault fault(Throwable exception) {
    if (!(exception instanceof MqttException e)) {
      return LinkFault.of(exception);
    }
    if (e.getCause() != null) {
      return LinkFault.of(e.getCause());
    }
    // CONNACK's return code is the exception's (MQTT 3.1.1 §3.2.2.3), told in MQTT 5's words.
    return switch (e.getReasonCode()) {
      case 1 -> LinkFault.refused("CONNACK", 0x84, null);
      case 2 -> LinkFault.refused("CONNACK", 0x85, null);
      case 3 -> LinkFault.refused("CONNACK", 0x88, null);
      case 4 -> LinkFault.refused("CONNACK", 0x86, null);
      case 5 -> LinkFault.refused("CONNACK", 0x87, null);
      default -> LinkFault.network("MQTT client " + e.getReasonCode() + " " + e.getMessage(), "");
    };
  }

  private final class Connecting implements IMqttActionListener {
    @Override
    public void onSuccess(IMqttToken token) {
      answered(new Connack(token.getSessionPresent(), window + Connack.SPARE, Long.MAX_VALUE));
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      lost(exception);
    }
  }

  private final class Publishing implements IMqttActionListener {
    private final long tag;

    Publishing(long tag) {
      this.tag = tag;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      listener.puback(tag, 0);
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      lost(exception);
    }
  }

  private final class Subscribing implements IMqttActionListener {
    private final Set<String> filters;

    Subscribing(Set<String> filters) {
      this.filters = filters;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      subscribed(filters, token.getGrantedQos());
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      notSubscribed(filters, exception);
    }
  }

  private final class Callback implements MqttCallback {
    @Override
    public void connectionLost(Throwable cause) {
      lost(cause);
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      if (!isOver()) {
        listener.arrived(
            new Incoming(
                topic,
                message.getPayload(),
                message.isRetained(),
                Optional.empty(),
                Optional.empty(),
                new byte[0],
                Map.of(),
                message.getQos(),
                message.getId()));
      }
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {
      // Told per message through Publishing.
    }
  }
}
