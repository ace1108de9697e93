package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.eclipse.paho.mqttv5.client.IMqttToken;
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

/**
 * A maintainer's connection to a broker, MQTT 5 with a clean session: for the program's verbs,
 * never for the agent. Waits for each answer. Confined to its owner's thread; what arrives waits in
 * a queue of at most {@value #MOST_WAITING}.
 */
public final class Desk implements AutoCloseable {
  static final int MOST_WAITING = 10_000;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /**
   * Wakes who waits once {@link #lost} says why; left out where the queue is full, since nobody
   * waits then.
   */
  private static final Heard END = new Heard("", new byte[0], false, new byte[0]);

  /**
   * How the broker is reached.
   *
   * @param broker {@code mqtt://host[:1883]} or {@code mqtts://host[:8883]}
   * @param passwordFile its first line is the password
   * @param ca PEM file with the only authorities that are trusted; needed for {@code mqtts://}
   */
  public record Access(
      URI broker, Optional<String> user, Optional<Path> passwordFile, Optional<Path> ca) {}

  /** A message. */
  public record Heard(String topic, byte[] payload, boolean retained, byte[] correlationData) {}

  /** The broker says no to one thing; the connection stands. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    private Refused(String message) {
      super(message);
    }
  }

  private final MqttAsyncClient client;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>(MOST_WAITING);
  private volatile @Nullable String lost;

  private Desk(MqttAsyncClient client) {
    this.client = client;
  }

  /**
   * Connects.
   *
   * @throws IOException when that fails; names the broker or the file, never a password
   */
  public static Desk connect(Access access) throws IOException {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(false);
    options.setCleanStart(true);
    options.setConnectionTimeout((int) LIMIT.toSeconds());
    access.user().ifPresent(options::setUserName);
    if (access.passwordFile().isPresent()) {
      options.setPassword(password(access.passwordFile().get()));
    }
    options.setSocketFactory(new CuttableSockets(tls(access), PahoLinks.NOBODY));
    URI broker = access.broker();
    String server = "tcp://" + broker.getHost() + ":" + PahoLinks.port(broker);
    try {
      Desk desk =
          new Desk(
              new MqttAsyncClient(
                  server,
                  "desk-" + UUID.randomUUID().toString().substring(0, 8),
                  new MemoryPersistence()));
      desk.client.setCallback(desk.new Arrivals());
      desk.client.connect(options).waitForCompletion(LIMIT.toMillis());
      return desk;
    } catch (MqttException e) {
      throw new IOException(broker + " cannot be reached: " + PahoPackets.fault(e).text(), e);
    }
  }

  private static byte[] password(Path file) throws IOException {
    try {
      return Files.readString(file).lines().findFirst().orElse("").getBytes(StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no password file " + file, e);
    }
  }

  private static Optional<TlsContext> tls(Access access) throws IOException {
    if (!PahoLinks.isSecure(access.broker())) {
      return Optional.empty();
    }
    Path ca =
        access
            .ca()
            .orElseThrow(() -> new IOException("mqtts:// needs --ca FILE, the broker's authority"));
    Path folder = ca.toAbsolutePath().resolveSibling("");
    KeyFiles files = new KeyFiles(new Secrets(folder), folder);
    try {
      return Optional.of(
          TlsContext.of(
              files.chain(ca.toAbsolutePath().getFileName().toString()),
              ca.toString(),
              Optional.empty(),
              InstantSource.system()));
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  /**
   * Subscribes with QoS 1; what is retained comes first, marked so.
   *
   * @throws Refused when the broker refuses one
   * @throws IOException when it does not answer
   */
  public void subscribe(Collection<String> filters) throws IOException {
    for (String filter : filters) {
      try {
        IMqttToken token = client.subscribe(new MqttSubscription(filter, 1));
        token.waitForCompletion(LIMIT.toMillis());
        for (int code : PahoPackets.reasonCodes(token)) {
          if (code >= 0x80) {
            throw new Refused("the broker refuses the subscription to " + filter);
          }
        }
      } catch (MqttException e) {
        throw new IOException(
            "cannot subscribe to " + filter + ": " + PahoPackets.fault(e).text(), e);
      }
    }
  }

  /**
   * Publishes with QoS 1 and waits for the PUBACK.
   *
   * @throws Refused when the broker refuses it
   * @throws IOException when it does not answer
   */
  public void publish(String topic, byte[] payload, boolean retain, String contentType)
      throws IOException {
    MqttProperties properties = new MqttProperties();
    properties.setContentType(contentType);
    publish(topic, payload, retain, properties);
  }

  /**
   * Publishes a command, whose answer is then heard on {@code answers}.
   *
   * @param expiry after which the broker forgets it
   */
  public void command(
      String topic, byte[] payload, String answers, byte[] correlation, Duration expiry)
      throws IOException {
    MqttProperties properties = new MqttProperties();
    properties.setResponseTopic(answers);
    properties.setCorrelationData(correlation);
    properties.setMessageExpiryInterval(expiry.toSeconds());
    publish(topic, payload, false, properties);
  }

  private void publish(String topic, byte[] payload, boolean retain, MqttProperties properties)
      throws IOException {
    try {
      IMqttToken token = client.publish(topic, new MqttMessage(payload, 1, retain, properties));
      token.waitForCompletion(LIMIT.toMillis());
      for (int code : PahoPackets.reasonCodes(token)) {
        if (code >= 0x80) {
          throw new Refused(
              "the broker refuses the message to %s: reason 0x%02x".formatted(topic, code));
        }
      }
    } catch (MqttException e) {
      throw new IOException("cannot publish to " + topic + ": " + PahoPackets.fault(e).text(), e);
    }
  }

  /**
   * The next message.
   *
   * @return empty when none comes in time
   * @throws IOException when the connection is lost, at once, after what came before
   */
  public Optional<Heard> next(Duration limit) throws IOException, InterruptedException {
    Heard next = heard.poll();
    if (next == null && lost == null) {
      next = heard.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
    String cause = lost;
    if (cause != null && (next == null || END.equals(next))) {
      throw new IOException("the connection to the broker is lost: " + cause);
    }
    return Optional.ofNullable(next);
  }

  private void end(String cause) {
    lost = cause;
    boolean _ = heard.offer(END);
  }

  @Override
  public void close() {
    try {
      client.disconnectForcibly(0, 1000, true);
      client.close(true);
    } catch (MqttException _) {
      // It is gone all the same.
    }
  }

  private final class Arrivals implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      MqttProperties properties = message.getProperties();
      byte[] correlation = properties == null ? null : properties.getCorrelationData();
      if (!heard.offer(
          new Heard(
              topic,
              message.getPayload(),
              message.isRetained(),
              correlation == null ? new byte[0] : correlation))) {
        end("more than " + MOST_WAITING + " messages wait");
      }
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException cause = response.getException();
      end(cause != null ? PahoPackets.fault(cause).text() : "reason " + response.getReturnCode());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
      // What matters is told by the call that waits.
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // The publishing call waits for it.
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
      // The connecting call waits for it.
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      // No enhanced authentication is asked for.
    }
  }
}
