package org.cityedge.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.remote.Steering;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.uplink.Incoming;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the centre has said while a gateway goes on with another uplink, over real brokers. */
class UplinkChangeIT {
  private static final String G = "city/v1/510108/gw-test/";
  private static final String HOST = "city/v1/_host/centre/state";
  private static final Duration LIMIT = Duration.ofSeconds(40);

  /** Orders are handled on the same thread as commands, and here they take as long as is wanted. */
  private final CountDownLatch begun = new CountDownLatch(1);

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicInteger orders = new AtomicInteger();

  @TempDir Path folder;
  private Path data;
  private Mosquitto broker;
  private MqttListener centre;

  @BeforeEach
  void open() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    centre = listener(broker);
  }

  private static MqttListener listener(Mosquitto broker) {
    MqttListener listener = new MqttListener(broker.uri(), "centre", "city/v1/#");
    // What the test itself says is as short as can be.
    listener.tolerate(m -> m.topic().matches(".*/(config/desired|cmd/ping|_host/centre/state)"));
    return listener;
  }

  @AfterEach
  void close() {
    goOn.countDown();
    try {
      centre.close();
    } finally {
      broker.close();
    }
  }

  private Gateway gateway(GatewayConfig config) throws IOException {
    Gateway.Hooks hooks =
        new Gateway.Hooks(
            folder.resolve("gateway.yaml"),
            () -> 0,
            Optional.of(this::order),
            _ -> true,
            () -> {},
            new Audit(data, InstantSource.system(), () -> "none"),
            new Nobody());
    return Gateway.open(config, data, data.resolve("run"), hooks);
  }

  private void order(Incoming order) {
    orders.incrementAndGet();
    begun.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private GatewayConfig config(Mosquitto at, String more) throws Exception {
    Path file = folder.resolve("gateway.yaml");
    Files.writeString(
        file,
        """
        gateway: {id: gw-test, district: "510108", location: {lat: 30.66, lon: 104.1}}
        uplink: {brokers: ["%s"]%s}
        """
            .formatted(at.uri(), more));
    return GatewayConfig.load(file, data);
  }

  /** Sends an order and then a ping, and returns once the ping waits behind it. */
  private void letAPingWait(Gateway gateway) throws InterruptedException {
    // Said after the subscriptions were asked for.
    centre.await(LIMIT, m -> m.topic().equals(G + "state"));
    centre.publish(G + "config/desired", "{}", new MqttProperties());
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    ping("waits");
    // Heard at once, and after the ping.
    centre.publish(HOST, "{\"online\":false}", new MqttProperties());
    Eventually.await("the host is away", LIMIT, () -> gateway.vitals(OptionalLong.empty()).held());
  }

  private void ping(String correlation) {
    MqttProperties properties = new MqttProperties();
    properties.setResponseTopic(G + "cmd-res/desk-7");
    properties.setCorrelationData(correlation.getBytes(UTF_8));
    properties.setMessageExpiryInterval(60L);
    centre.publish(G + "cmd/ping", "", properties);
  }

  private static long answers(MqttListener at, String correlation) {
    return at.messages().stream()
        .filter(m -> m.topic().equals(G + "cmd-res/desk-7"))
        .filter(m -> Arrays.equals(m.correlationData(), correlation.getBytes(UTF_8)))
        .count();
  }

  @Test
  void aCommandThatWaitsIsAnsweredThroughTheBrokerThatAnOrderNames() throws Exception {
    Mosquitto other = Mosquitto.start(Files.createDirectory(folder.resolve("other")));
    try (other;
        MqttListener there = listener(other);
        Gateway gateway = gateway(config(broker, ", host: centre"))) {
      gateway.start();
      letAPingWait(gateway);
      gateway.follow(config(other, ""));
      goOn.countDown();
      Eventually.await("an answer", LIMIT, () -> answers(there, "waits") == 1);
    }
  }

  @Test
  void nothingIsHandledTwiceThatTheSameBrokerSendsAgain() throws Exception {
    try (Gateway gateway = gateway(config(broker, ", host: centre"))) {
      gateway.start();
      letAPingWait(gateway);
      gateway.follow(config(broker, ", window: 32"));
      goOn.countDown();
      Eventually.await("an answer", LIMIT, () -> answers(centre, "waits") > 0);
      ping("after");
      Eventually.await("an answer", LIMIT, () -> answers(centre, "after") == 1);
      assertThat(orders).hasValue(1);
      assertThat(answers(centre, "waits")).isEqualTo(1);
    }
  }

  /** Nobody steers. */
  private static final class Nobody implements Steering {
    @Override
    public void restart(String actor) {}

    @Override
    public Optional<String> goBack(int versions, String actor) {
      return Optional.empty();
    }

    @Override
    public void goBackToFactory(String actor) {}

    @Override
    public byte[] reported() {
      return new byte[0];
    }
  }
}
