package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Drill;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A drill that is asked for on the gateway, by a process that may be gone when it is taken. */
class DrillsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-06-01T00:30:00Z"));
  private static final Drill.Order ORDER =
      new Drill.Order(Optional.of("manhole-open"), Optional.empty(), Duration.ofSeconds(60));

  @TempDir Path data;

  private long nanos;
  private EventStore store;
  private AlertTracker tracker;

  @BeforeEach
  void open() throws Exception {
    GatewayConfig config =
        GatewayConfig.load(Path.of("src/test/resources/cases/whole/gateway.yaml"), data);
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-0042"),
            config.gateway().zone(),
            CLOCK,
            new Ulid(CLOCK, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(data), events::loss, CLOCK);
    tracker =
        new AlertTracker(
            config,
            store,
            events,
            CLOCK,
            () -> nanos,
            () -> new Alert.Clock("ntp", 12L),
            _ -> Optional.empty(),
            new Outputs(List.of(), () -> 0L),
            new MemoryShelf());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Drills drills(String boot) {
    return new Drills(data, boot, () -> nanos);
  }

  private void tick(Drills agent) {
    agent.tick(tracker);
    tracker.tick();
    agent.tick(tracker);
  }

  @Test
  void raisesWhatIsAskedFor() throws Exception {
    drills("boot-1").ask(ORDER);
    nanos += Duration.ofSeconds(10).toNanos();
    tick(drills("boot-1"));
    assertThat(tracker.openAlerts())
        .singleElement()
        .satisfies(alert -> assertThat(alert.status()).isEqualTo("Exercise"));
    assertThat(drills("boot-1").answer().orElseThrow())
        .containsExactly("raised", tracker.openAlerts().getFirst().alertId());
  }

  @Test
  void raisesNothingThatWasAskedForWhileNoAgentRan() throws Exception {
    drills("boot-1").ask(ORDER);
    nanos += Duration.ofSeconds(11).toNanos();
    tick(drills("boot-1"));
    assertThat(tracker.openAlerts()).isEmpty();
    assertThat(drills("boot-1").withdraw()).as("the order is gone").isFalse();
  }

  @Test
  void raisesNothingThatWasAskedForBeforeTheMachineStarted() throws Exception {
    nanos = Duration.ofSeconds(20).toNanos();
    drills("boot-1").ask(ORDER);
    nanos += Duration.ofSeconds(1).toNanos();
    tick(drills("boot-2"));
    assertThat(tracker.openAlerts()).isEmpty();
  }
}
