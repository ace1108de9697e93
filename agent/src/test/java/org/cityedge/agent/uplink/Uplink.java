package org.cityedge.agent.uplink;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.remote.Action;
import org.cityedge.agent.remote.Answer;
import org.cityedge.agent.remote.SignedCommands;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.config.SeenCommands;

/** One gateway's uplink for a test: events of each kind, and publishers with short times. */
final class Uplink {
  static final Duration LIMIT = Duration.ofSeconds(30);
  static final String VERSION = "0.1.0";
  static final Timing QUICK =
      new Timing(
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ZERO,
          Duration.ofMillis(50),
          Duration.ofMillis(500));

  final Topics topics = new Topics("510108", "gw-0042");
  final InstantSource clock = InstantSource.system();
  final CloudEvents events =
      new CloudEvents(topics, ZoneId.of("Asia/Shanghai"), clock, new Ulid(clock, new Random(42)));

  /** Settings of the publishers made from here on. */
  Optional<Long> bytesPerSecond = Optional.empty();

  Optional<String> host = Optional.empty();
  Optional<String> kuraAccount = Optional.empty();
  Duration returnAfter = Duration.ofMinutes(10);
  BooleanSupplier restart = () -> false;
  LongSupplier nanos = System::nanoTime;

  /** Event ids of alerts that the broker has confirmed. */
  final List<String> reported = new CopyOnWriteArrayList<>();

  final WireSchemas schemas = new WireSchemas(topics);

  /** How often the list of open alerts was to be appended anew, and whether the store takes it. */
  final AtomicInteger retainedAsked = new AtomicInteger();

  BooleanSupplier storesRetained = () -> true;

  Publisher publisher(EventStore store, Timing timing, URI... brokers) {
    return publisher(store, timing, 64, Map.of(), brokers);
  }

  Publisher publisher(
      EventStore store,
      Timing timing,
      int window,
      Map<String, Consumer<Incoming>> subscriptions,
      URI... brokers) {
    UplinkConfig config = config(window, brokers);
    MqttLink.Factory paho = links(config, Path.of("/nowhere"), timing);
    return publisher(store, config, timing, paho, subscriptions);
  }

  /** A publisher that speaks that protocol. */
  Publisher publisher(
      UplinkConfig.Protocol protocol,
      EventStore store,
      Map<String, Consumer<Incoming>> subscriptions,
      URI broker) {
    UplinkConfig config = config(protocol, 64, Optional.empty(), Optional.empty(), broker);
    MqttLink.Factory paho = links(config, Path.of("/nowhere"), QUICK);
    return publisher(store, config, QUICK, paho, subscriptions);
  }

  /** Holds messages against the contract of that protocol. */
  void assertValid(UplinkConfig.Protocol protocol, List<MqttListener.Message> messages) {
    switch (protocol) {
      case MQTT_5 -> schemas.assertValid(messages);
      case MQTT_3_1_1 -> schemas.assertValid311(messages);
    }
  }

  /** Links with the files of a data folder. */
  PahoLinks links(UplinkConfig config, Path data, Timing timing) {
    return new PahoLinks(config, Credentials.in(data), topics, timing, clock, System::nanoTime);
  }

  /** A publisher over a broker by script. */
  Publisher publisher(EventStore store, Timing timing, ScriptedLink script) {
    return publisher(store, timing, script, Map.of());
  }

  Publisher publisher(
      EventStore store,
      Timing timing,
      ScriptedLink script,
      Map<String, Consumer<Incoming>> subscriptions) {
    URI broker = URI.create("mqtt://scripted");
    return publisher(store, config(64, broker), timing, script, subscriptions);
  }

  UplinkConfig config(int window, URI... brokers) {
    return config(
        UplinkConfig.Protocol.MQTT_5, window, Optional.empty(), Optional.empty(), brokers);
  }

  /**
   * @param login user name; its password lies in the secrets folder
   */
  UplinkConfig config(
      UplinkConfig.Protocol protocol,
      int window,
      Optional<String> login,
      Optional<UplinkConfig.Tls> tls,
      URI... brokers) {
    UplinkConfig d = UplinkConfig.defaults(List.of(brokers));
    return new UplinkConfig(
        d.brokers(),
        protocol,
        login,
        login.map(_ -> "broker"),
        tls,
        d.keepAlive(),
        window,
        bytesPerSecond,
        host,
        returnAfter,
        d.telemetry(),
        d.evidence(),
        kuraAccount);
  }

  Publisher publisher(
      EventStore store,
      UplinkConfig config,
      Timing timing,
      MqttLink.Factory factory,
      Map<String, Consumer<Incoming>> subscriptions) {
    Probe probe = factory instanceof PahoLinks links ? links::answers : (broker, limit) -> false;
    return publisher(store, config, timing, factory, probe, subscriptions);
  }

  Publisher publisher(
      EventStore store,
      UplinkConfig config,
      Timing timing,
      MqttLink.Factory factory,
      Probe probe,
      Map<String, Consumer<Incoming>> subscriptions) {
    Inbox inbox = new Inbox(subscriptions);
    inbox.start();
    return publisher(store, config, timing, factory, probe, inbox);
  }

  /** One of those that share an inbox. */
  Publisher publisher(
      EventStore store,
      UplinkConfig config,
      Timing timing,
      MqttLink.Factory factory,
      Probe probe,
      Inbox inbox) {
    return new Publisher(
        store,
        config,
        events,
        new Publisher.Hooks(
            () -> new StateDocument(VERSION, Optional.empty(), 58),
            Map.of(
                topics.alertActive(),
                () -> {
                  retainedAsked.incrementAndGet();
                  return storesRetained.getAsBoolean();
                }),
            inbox,
            reported::add,
            () -> restart.getAsBoolean()),
        timing,
        factory,
        probe,
        clock,
        nanos,
        new Random(7));
  }

  /** A pack of one reading, whose value is the number. */
  Event telemetry(int number) {
    String pack =
        "[{\"bn\":\""
            + topics.source()
            + ":\",\"bt\":1748737800,\"bver\":10,\"n\":\"pm25-1/pm2_5\",\"u\":\"ug/m3\",\"v\":"
            + number
            + "}]";
    return events.telemetry(
        "sensors",
        clock.instant(),
        false,
        new SenMlPack.Packed(UplinkConfig.Telemetry.Format.JSON, false, utf8(pack)));
  }

  Event alert(int rev) {
    String alertId = "01JWN8Z3T0K5V9Q2R7B4C6D8E1";
    String state = rev == 1 ? "raised" : "updated";
    Instant now = clock.instant();
    String data =
        """
        {"alertId":"%s","rev":%d,"state":"%s","kind":"smoke","status":"Test","severity":"Severe",\
        "urgency":"Immediate","certainty":"Likely","confidence":0.83,"headline":"建设路3号探头疑似烟雾",\
        "onset":"%s","why":{"rule":"smoke-cam-1"},"clock":{"source":"ntp","errorMs":12}}"""
            .formatted(alertId, rev, state, events.time(now));
    return events.record(
        Lane.ALERT,
        topics.alert("smoke"),
        alertId + "-" + rev,
        "org.cityedge.alert." + state + ".v1",
        now,
        "alert/" + alertId,
        utf8(data));
  }

  /** A list of no open alert, which a broker retains. */
  Event activeList() {
    return events.record(
        Lane.ALERT,
        topics.alertActive(),
        events.newId(),
        "org.cityedge.alert-active.v1",
        clock.instant(),
        "alert-active",
        utf8("{\"alerts\":[]}"));
  }

  static void awaitEmpty(EventStore store) {
    awaitEmpty(store, LIMIT);
  }

  static void awaitEmpty(EventStore store, Duration limit) {
    Eventually.await("the store is empty", limit, () -> store.account().waiting() == 0);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Of a gateway that was provisioned with no keys. */
  SignedCommands noSignedCommands(Path folder) {
    return new SignedCommands(
        "gw-0042",
        new TrustedKeys(folder),
        new SeenCommands(folder.resolve("seen"), clock),
        clock,
        () -> false,
        new Audit(folder, clock, () -> "none"),
        Map.of("restart", _ -> new Action("never", _ -> new Answer.Done(Map.of()))));
  }
}
