package org.cityedge.agent.testing;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.cityedge.agent.uplink.WireSchemas;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/**
 * The centre's ear: subscribes with QoS 1 and keeps every message in order of arrival. Its session
 * is persistent, so that a broker which kept its sessions delivers after a restart too.
 *
 * <p>Every message of a gateway, in either direction, is held against the published contract;
 * {@link #close} fails with all that do not keep it. So whatever any test hears is validated.
 */
public final class MqttListener implements AutoCloseable {
  /**
   * @param expirySeconds Message Expiry Interval as the broker passed it on, what is left of it
   */
  public record Message(
      String topic,
      byte[] payload,
      int qos,
      boolean retained,
      Optional<String> contentType,
      Optional<Long> expirySeconds,
      Map<String, String> userProperties,
      byte[] correlationData) {
    /** One that answers nothing. */
    public Message(
        String topic,
        byte[] payload,
        int qos,
        boolean retained,
        Optional<String> contentType,
        Optional<Long> expirySeconds,
        Map<String, String> userProperties) {
      this(topic, payload, qos, retained, contentType, expirySeconds, userProperties, new byte[0]);
    }

    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  private final List<Message> messages = new CopyOnWriteArrayList<>();
  private final URI broker;
  private final String clientId;
  private final String filter;
  private MqttAsyncClient client;
  private Predicate<Message> tolerated = _ -> false;

  public MqttListener(URI broker, String clientId, String filter) {
    this.broker = broker;
    this.clientId = clientId;
    this.filter = filter;
    this.client = connect();
    try {
      client.subscribe(filter, 1).waitForCompletion(10_000);
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Connects again after the broker was away; the session and its subscription are the old ones.
   */
  public void reconnect() {
    discard();
    client = connect();
  }

  public List<Message> messages() {
    return messages;
  }

  public List<Message> messages(Predicate<Message> wanted) {
    return messages.stream().filter(wanted).toList();
  }

  public void awaitCount(int count, Duration limit) {
    Eventually.await(count + " messages on " + filter, limit, () -> messages.size() >= count);
  }

  public Message await(Duration limit, Predicate<Message> wanted) {
    Eventually.await("a message on " + filter, limit, () -> messages.stream().anyMatch(wanted));
    return messages.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** Publishes with QoS 1 and waits for the PUBACK. */
  public void publish(String topic, String payload, MqttProperties properties) {
    publish(topic, payload, false, properties);
  }

  /** As {@link #publish}, and the broker keeps it. */
  public void publishRetained(String topic, String payload) {
    publish(topic, payload, true, new MqttProperties());
  }

  private void publish(String topic, String payload, boolean retain, MqttProperties properties) {
    try {
      byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
      client
          .publish(topic, new MqttMessage(bytes, 1, retain, properties))
          .waitForCompletion(10_000);
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Passes over messages that the test itself makes wrong on purpose. */
  public void tolerate(Predicate<Message> wrongOnPurpose) {
    tolerated = wrongOnPurpose;
  }

  /**
   * Disconnects.
   *
   * @throws AssertionError when a message did not keep the contract
   */
  @Override
  public void close() {
    discard();
    List<String> problems = problems();
    if (!problems.isEmpty()) {
      throw new AssertionError("messages break the contract:\n" + String.join("\n", problems));
    }
  }

  /** What is wrong with the messages so far, each with its topic. */
  List<String> problems() {
    List<String> out = new ArrayList<>();
    for (Message message : messages(tolerated.negate())) {
      WireSchemas.problemsOfAny(message)
          .forEach(problem -> out.add(message.topic() + ": " + problem));
    }
    return out;
  }

  private void discard() {
    try {
      client.disconnectForcibly(0, 500, true);
      client.close(true);
    } catch (MqttException e) {
      // It was not connected any more, which is what is wanted.
    }
  }

  private MqttAsyncClient connect() {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(false);
    options.setSessionExpiryInterval(3600L);
    options.setKeepAliveInterval(600);
    try {
      MqttAsyncClient fresh =
          new MqttAsyncClient(
              "tcp://" + broker.getHost() + ":" + broker.getPort(),
              clientId,
              new MemoryPersistence());
      fresh.setCallback(new Keeping());
      fresh.connect(options).waitForCompletion(10_000);
      return fresh;
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Keeping implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      MqttProperties properties = message.getProperties();
      Map<String, String> user = new LinkedHashMap<>();
      properties.getUserProperties().forEach(p -> user.put(p.getKey(), p.getValue()));
      messages.add(
          new Message(
              topic,
              message.getPayload(),
              message.getQos(),
              message.isRetained(),
              Optional.ofNullable(properties.getContentType()),
              Optional.ofNullable(properties.getMessageExpiryInterval()),
              user,
              properties.getCorrelationData() == null
                  ? new byte[0]
                  : properties.getCorrelationData()));
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {}

    @Override
    public void mqttErrorOccurred(MqttException exception) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}
  }
}
