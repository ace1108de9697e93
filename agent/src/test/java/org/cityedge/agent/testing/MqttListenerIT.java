package org.cityedge.agent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that hear something which breaks the contract fail, whatever else they look at. */
class MqttListenerIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String GATEWAY = "city/v1/510108/gw-0042/";

  @TempDir Path folder;

  @Test
  void failsAtItsEndWhenAMessageBreaksTheContract() {
    try (Mosquitto broker = Mosquitto.start(folder)) {
      for (String topic :
          new String[] {GATEWAY + "state", GATEWAY + "nowhere", GATEWAY + "cmd/x"}) {
        MqttListener listener = new MqttListener(broker.uri(), "centre", "city/v1/#");
        listener.publish(topic, "{\"online\":", new MqttProperties());
        listener.awaitCount(1, LIMIT);
        assertThatThrownBy(listener::close)
            .isInstanceOf(AssertionError.class)
            .hasMessageContaining(topic);
      }
    }
  }

  @Test
  void passesWhatKeepsItAndWhatIsNoneOfIt() {
    try (Mosquitto broker = Mosquitto.start(folder)) {
      MqttListener listener = new MqttListener(broker.uri(), "centre", "#");
      listener.publish("city/v1/_host/desk-7/state", "{\"online\":true}", new MqttProperties());
      listener.publish(GATEWAY + "cmd/ping", "{}", new MqttProperties());
      listener.publish("elsewhere", "anything", new MqttProperties());
      listener.awaitCount(3, LIMIT);
      assertThat(listener.problems()).isEmpty();
      listener.close();
    }
  }
}
