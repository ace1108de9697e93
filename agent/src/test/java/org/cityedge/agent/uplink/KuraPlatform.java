package org.cityedge.agent.uplink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.eclipse.paho.client.mqttv3.IMqttMessageListener;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** The other side of Kura's format: hears control and data topics of one account in one order. */
final class KuraPlatform implements AutoCloseable {
  /** A message as it came. */
  record Heard(String topic, byte[] bytes, int qos, boolean retained) {
    KuraPayload payload() {
      try {
        return KuraPayload.decode(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final MqttClient client;
  private final List<Heard> heard = new CopyOnWriteArrayList<>();

  KuraPlatform(URI broker, String account) {
    try {
      String server = "tcp://" + broker.getHost() + ":" + broker.getPort();
      client = new MqttClient(server, "platform", new MemoryPersistence());
      client.connect();
      client.subscribe(
          new String[] {"$EDC/" + account + "/#", account + "/#"},
          new int[] {1, 1},
          new IMqttMessageListener[] {
            (topic, message) -> heard(topic, message), (topic, message) -> heard(topic, message)
          });
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  private void heard(String topic, MqttMessage message) {
    heard.add(new Heard(topic, message.getPayload(), message.getQos(), message.isRetained()));
  }

  List<Heard> heard() {
    return List.copyOf(heard);
  }

  Heard await(String topic) {
    Predicate<Heard> wanted = message -> message.topic().equals(topic);
    Eventually.await(topic, Uplink.LIMIT, () -> heard.stream().anyMatch(wanted));
    return heard.stream().filter(wanted).findFirst().orElseThrow();
  }

  void publish(String topic, byte[] payload) {
    try {
      client.publish(topic, payload, 1, false);
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A request with a body. */
  void put(String topic, String requester, String request, byte[] body) {
    Map<String, Object> metrics = Map.of("requester.client.id", requester, "request.id", request);
    publish(
        topic,
        new KuraPayload(OptionalLong.empty(), Optional.empty(), metrics, Optional.of(body))
            .encode());
  }

  @Override
  public void close() {
    try {
      client.disconnectForcibly(100, 100);
      client.close();
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }
}
