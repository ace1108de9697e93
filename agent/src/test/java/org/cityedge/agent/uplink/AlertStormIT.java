package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.QUICK;
import static org.cityedge.agent.uplink.Uplink.awaitEmpty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.testing.MqttListener.Message;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad day: every rule a gateway may have goes off, over and over, beside its telemetry. */
class AlertStormIT {
  /** As many as a configuration may have. */
  private static final int SENSORS = 200;

  private static final int THREADS = 4;

  /** 10,000 in the nightly run. */
  private static final int ALERTS = Integer.getInteger("cityedge.alerts", 1000);

  /** So that each comes back as a new alert: beyond its cool-down, and less than five an hour. */
  private static final long APART = Duration.ofMinutes(20).toNanos();

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void everyAlertArrivesWholeAndInOrderAndTelemetryAsWell() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    try (Mosquitto broker = Mosquitto.start(folder);
        MqttListener alerts = new MqttListener(broker.uri(), "alerts", "city/v1/+/+/alert/#");
        MqttListener active = new MqttListener(broker.uri(), "active", "city/v1/+/+/alert-active");
        MqttListener telemetry =
            new MqttListener(broker.uri(), "telemetry", "city/v1/+/+/telemetry/#");
        EventStore store =
            SqliteEventStore.open(BufferConfig.defaults(data), uplink.events::loss, uplink.clock);
        Publisher publisher = uplink.publisher(store, QUICK, broker.uri())) {
      AlertTracker tracker = tracker(store);
      publisher.start();
      int rounds = ALERTS / SENSORS;
      long start = System.nanoTime();
      for (int round = 0; round < rounds; round++) {
        store.append(uplink.telemetry(round));
        together(tracker, true);
        tracker.tick();
        together(tracker, false);
        nanos.addAndGet(APART);
        tracker.tick();
      }
      awaitEmpty(store, LIMIT);
      System.out.printf(
          "%d alerts raised, cleared and confirmed in %.1f s%n",
          rounds * SENSORS, (System.nanoTime() - start) / 1e9);

      Map<String, Integer> revs = new HashMap<>();
      Set<String> sequences = new HashSet<>();
      String last = "";
      for (Message message : alerts.messages()) {
        JsonNode event = JSON.readTree(message.payload());
        String sequence = event.get("sequence").asText();
        assertThat(sequence).as("alerts leave in their order").isGreaterThan(last);
        last = sequence;
        sequences.add(sequence);
        JsonNode alert = event.get("data");
        assertThat(alert.get("rev").asInt())
            .isEqualTo(revs.merge(alert.get("alertId").asText(), 1, Integer::sum));
      }
      assertThat(revs).as("each raised").hasSize(rounds * SENSORS).doesNotContainValue(1);
      assertThat(revs.values()).as("and cleared").containsOnly(2);
      assertThat(telemetry.messages()).as("not starved").hasSize(rounds);
      assertThat(active.messages()).as("one list a second at most").hasSizeLessThan(3 * rounds);
      assertThat(JSON.readTree(active.messages().getLast().payload()).at("/data/alerts")).isEmpty();
      Account account = store.account();
      assertThat(account.unexplained()).isZero();
      assertThat(account.acknowledged()).isEqualTo(account.appended());
      assertThat(account.appended())
          .isEqualTo(
              sequences.size() + telemetry.messages().size() + (long) active.messages().size());
    }
  }

  private AlertTracker tracker(EventStore store) throws Exception {
    StringBuilder sections =
        new StringBuilder(
            """
            gateway: {id: gw-0042, district: "510108"}
            uplink: {brokers: ["mqtt://h"]}
            alerts: {acceptWithin: 0s}
            sensors:
            """);
    for (int i = 0; i < SENSORS; i++) {
      sections.append(
          "  - {id: s%d, type: contact, chip: sim, simFile: /tmp/s, quantity: open}\n"
              .formatted(i));
    }
    sections.append("rules:\n");
    for (int i = 0; i < SENSORS; i++) {
      sections.append(
          "  - {id: r%d, kind: contact, sensor: s%d, quantity: open, clear: 0s, coolDown: 1m}\n"
              .formatted(i, i));
    }
    GatewayConfig config =
        ConfigLoader.parse("test", sections.toString(), root -> GatewayConfig.read(root, folder));
    return new AlertTracker(
        config,
        store,
        uplink.events,
        uplink.clock,
        nanos::get,
        () -> new Alert.Clock("ntp", 12L),
        _ -> Optional.empty(),
        new Outputs(List.of(), nanos::get),
        new MemoryShelf());
  }

  /** All sensors say it, on several threads as they do. */
  private void together(AlertTracker tracker, boolean open) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = first; i < SENSORS; i += THREADS) {
                      tracker.accept(sample("s" + i, open));
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private Sample sample(String sensor, boolean open) {
    return new Sample.Measured(
        new Reading(
            sensor,
            "open",
            new Reading.Flag(open),
            "",
            uplink.clock.instant(),
            nanos.get(),
            Quality.GOOD));
  }
}
