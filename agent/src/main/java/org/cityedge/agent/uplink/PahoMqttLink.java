package org.cityedge.agent.uplink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.config.Secrets;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection by Eclipse Paho's MQTT 5 client. Its persistence, buffering and automatic reconnect
 * stay off, and it lives for one connection only: all three have known deadlocks and leaks
 * (paho.mqtt.java #654, #719, #763, #999, #1025), and the store is the only queue.
 *
 * <p>Paho gives the first topics of a connection an alias by itself, as many as the broker allows.
 */
final class PahoMqttLink implements MqttLink {
  /** MQTT 5 §3.2.2.3.3: what a CONNACK without Receive Maximum means. */
  private static final int DEFAULT_RECEIVE_MAXIMUM = 65_535;

  /** What a clean DISCONNECT may take. */
  private static final Duration DISCONNECT = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(PahoMqttLink.class);

  private final String server;
  private final String clientId;
  private final MqttConnectionOptions options;
  private final Listener listener;
  private final CuttableSockets sockets = new CuttableSockets();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean down = new AtomicBoolean();
  private volatile @Nullable MqttAsyncClient client;

  private PahoMqttLink(
      String server, String clientId, MqttConnectionOptions options, Listener listener) {
    this.server = server;
    this.clientId = clientId;
    this.options = options;
    this.listener = listener;
    options.setSocketFactory(sockets);
  }

  /**
   * @param timing gives the will delay (MQTT 5 §3.1.3.2.2) and the limit of the TCP connection
   */
  static Factory factory(UplinkConfig config, Secrets secrets, String clientId, Timing timing) {
    return (broker, will, listener) -> {
      MqttConnectionOptions options = PahoPackets.connect(config, timing, will);
      config.user().ifPresent(options::setUserName);
      if (config.passwordRef().isPresent()) {
        // Read anew each time, so that a changed password counts from the next connection.
        String password = secrets.read(config.passwordRef().get());
        options.setPassword(password.getBytes(StandardCharsets.UTF_8));
      }
      int port = broker.getPort() < 0 ? 1883 : broker.getPort();
      return new PahoMqttLink(
          "tcp://" + broker.getHost() + ":" + port, clientId, options, listener);
    };
  }

  @Override
  public void connect() {
    try {
      MqttAsyncClient fresh = new MqttAsyncClient(server, clientId, new MemoryPersistence());
      client = fresh;
      fresh.setManualAcks(true);
      fresh.setCallback(new Callback());
      fresh.connect(options, null, new Connecting());
    } catch (MqttException e) {
      lost(e);
    }
  }

  @Override
  public void publish(Outgoing message, long tag) throws IOException {
    try {
      connected().publish(message.topic(), PahoPackets.publish(message), null, new Publishing(tag));
    } catch (MqttException e) {
      throw new IOException(text(e), e);
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
      throw new IOException(text(e), e);
    }
  }

  @Override
  public void confirm(Incoming message) {
    MqttAsyncClient current = client;
    if (message.qos() == 0 || over.get() || current == null) {
      return;
    }
    try {
      current.messageArrivedComplete(message.packetIdentifier(), message.qos());
    } catch (MqttException e) {
      // The connection is gone; the broker delivers the message again.
      LOG.debug("PUBACK not sent. reason={}", text(e));
    }
  }

  @Override
  public void disconnect() {
    over.set(true);
    try {
      shutDown(true).join(DISCONNECT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void discard() {
    over.set(true);
    // A frozen peer can hold the client's own shutdown for long; the socket's end cannot be held.
    sockets.cut();
    shutDown(false);
  }

  /** Once, on a thread of its own, since Paho's shutdown has been seen to hang. */
  private Thread shutDown(boolean sendDisconnect) {
    MqttAsyncClient current = client;
    Thread thread =
        Thread.ofVirtual()
            .name("mqtt-discard")
            .unstarted(
                () -> {
                  if (current != null && down.compareAndSet(false, true)) {
                    shutDown(current, sendDisconnect);
                  }
                });
    thread.start();
    return thread;
  }

  private void shutDown(MqttAsyncClient current, boolean sendDisconnect) {
    try {
      current.disconnectForcibly(0, DISCONNECT.toMillis(), sendDisconnect);
    } catch (MqttException | RuntimeException e) {
      // Paho answers a client that is already going down with exceptions of many kinds.
      LOG.debug("The client was not connected any more. reason={}", text(e));
    } finally {
      sockets.cut();
      close(current);
    }
  }

  private static void close(MqttAsyncClient current) {
    try {
      current.close(true);
    } catch (MqttException | RuntimeException e) {
      LOG.debug("The client was closed already. reason={}", text(e));
    }
  }

  private MqttAsyncClient connected() throws IOException {
    MqttAsyncClient current = client;
    if (current == null || over.get()) {
      throw new IOException("the connection is over");
    }
    return current;
  }

  private void lost(@Nullable Throwable fault) {
    lost(PahoPackets.loss(fault), text(fault));
  }

  private void lost(Loss cause, String reason) {
    if (over.compareAndSet(false, true)) {
      listener.lost(cause, reason);
    }
  }

  private static String text(@Nullable Throwable fault) {
    if (fault instanceof MqttException e) {
      Throwable cause = e.getCause();
      return "MQTT "
          + e.getReasonCode()
          + " "
          + (cause == null ? e.getMessage() : cause.toString());
    }
    return String.valueOf(fault);
  }

  private static int reasonCode(IMqttToken token) {
    int[] codes = token.getReasonCodes();
    return codes == null || codes.length == 0 ? 0 : codes[0];
  }

  private final class Connecting implements MqttActionListener {
    @Override
    public void onSuccess(IMqttToken token) {
      MqttProperties properties = token.getResponseProperties();
      Integer window = properties == null ? null : properties.getReceiveMaximum();
      Long packet = properties == null ? null : properties.getMaximumPacketSize();
      listener.connected(
          new Connack(
              token.getSessionPresent(),
              window == null ? DEFAULT_RECEIVE_MAXIMUM : window,
              packet == null ? Long.MAX_VALUE : packet));
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
      listener.puback(tag, reasonCode(token));
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      lost(exception);
    }
  }

  private record Subscribing(Set<String> filters) implements MqttActionListener {
    @Override
    public void onSuccess(IMqttToken token) {
      int[] codes = token.getReasonCodes();
      for (int i = 0; codes != null && i < codes.length; i++) {
        if (codes[i] >= 0x80) {
          LOG.warn("A subscription is refused. filters={} index={} code={}", filters, i, codes[i]);
        }
      }
    }

    @Override
    public void onFailure(IMqttToken token, Throwable exception) {
      LOG.warn("The subscription failed. filters={} reason={}", filters, text(exception));
    }
  }

  private final class Callback implements MqttCallback {
    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException cause = response.getException();
      if (cause != null) {
        lost(cause);
      } else {
        lost(
            PahoPackets.disconnected(response.getReturnCode()),
            "DISCONNECT " + response.getReturnCode() + " " + response.getReasonString());
      }
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
      LOG.debug("The MQTT client reports an error. reason={}", text(exception));
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      if (!over.get()) {
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
