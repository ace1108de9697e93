package org.cityedge.agent.alerts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * The gateway of {@code cases/whole} on a real store, with a clock that the test moves: samples and
 * observations in, alert messages out.
 */
abstract class AlertScene {
  static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant START = Instant.parse("2026-06-01T00:30:00Z");

  @TempDir Path folder;

  GatewayConfig config;
  EventStore store;
  final MemoryShelf shelf = new MemoryShelf();
  AlertTracker tracker;
  Outputs outputs = new Outputs(List.of(), () -> 0L);
  LongFunction<Optional<Place>> place = _ -> Optional.empty();
  long seconds;
  final InstantSource clock = () -> START.plusSeconds(seconds);

  @BeforeEach
  void startTheTracker() throws Exception {
    config = GatewayConfig.load(Path.of("src/test/resources/cases/whole/gateway.yaml"), folder);
    open();
  }

  final void open() throws Exception {
    CloudEvents events =
        new CloudEvents(
            new Topics(config.gateway().district(), config.gateway().id()),
            config.gateway().zone(),
            clock,
            new Ulid(clock, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    outputs = new Outputs(config.outputs(), this::nanos);
    tracker =
        new AlertTracker(
            config,
            store,
            events,
            clock,
            this::nanos,
            () -> new Alert.Clock("ntp", 12L),
            moment -> place.apply(moment),
            outputs,
            shelf);
    tracker.resume();
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  void pm25(double value) {
    pm25(value, Quality.GOOD);
  }

  void pm25(double value, Quality quality) {
    tracker.accept(
        new Sample.Measured(
            new Reading(
                "pm25-1",
                "pm2_5",
                new Reading.Quantity(value),
                "ug/m3",
                clock.instant(),
                nanos(),
                quality)));
  }

  void manhole(boolean open, Quality quality) {
    tracker.accept(
        new Sample.Measured(
            new Reading(
                "manhole-1",
                "open",
                new Reading.Flag(open),
                "",
                clock.instant(),
                nanos(),
                quality)));
  }

  void missed(Fault.Kind kind) {
    tracker.accept(
        new Sample.Missed("pm25-1", clock.instant(), nanos(), new Fault(kind, "no answer")));
  }

  /** Alert messages so far as {@code kind state rev}, in their order. */
  List<String> messages() throws Exception {
    return AlertStage.messages(alerts());
  }

  List<JsonNode> alerts() throws Exception {
    return AlertStage.payloads(store, Lane.ALERT, "/alert/");
  }

  JsonNode active() throws Exception {
    return AlertStage.payloads(store, Lane.ALERT, "/alert-active").getLast().get("alerts");
  }
}
