package org.cityedge.agent.alerts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.video.Observation;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;

/** A tracker on a real store, with a clock that the test moves: looks in, alert messages out. */
final class AlertStage implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant START = Instant.parse("2026-06-01T00:30:00Z");

  private final Path folder;
  private GatewayConfig config;
  final InstantSource clock = () -> START.plusSeconds(this.seconds);

  /** Since the start, on both clocks. */
  long seconds;

  Alert.Clock trust = new Alert.Clock("ntp", 12L);
  RefusableStore store;
  AlertTracker tracker;

  /**
   * @param sections of the configuration, without gateway and uplink
   */
  AlertStage(Path folder, String sections) throws Exception {
    this.folder = folder;
    this.config = config(folder, sections);
    this.store = open();
    this.tracker = tracker();
  }

  private RefusableStore open() throws IOException {
    return new RefusableStore(
        SqliteEventStore.open(BufferConfig.defaults(folder), events()::loss, clock));
  }

  static GatewayConfig config(Path folder, String sections) throws ConfigException {
    return ConfigLoader.parse(
        "test",
        "gateway: {id: gw-1, district: \"510108\", location: {lat: 30.66, lon: 104.1}}\n"
            + "uplink: {brokers: [\"mqtt://h\"]}\n"
            + sections,
        root -> GatewayConfig.read(root, folder));
  }

  private CloudEvents events() {
    return new CloudEvents(
        new Topics("510108", "gw-1"),
        config.gateway().zone(),
        clock,
        new Ulid(clock, new Random(1)));
  }

  private AlertTracker tracker() {
    AlertTracker made =
        new AlertTracker(
            config,
            store,
            events(),
            clock,
            this::nanos,
            () -> trust,
            _ -> Optional.empty(),
            new Outputs(List.of(), this::nanos),
            new MemoryShelf());
    made.resume();
    return made;
  }

  void follow(String sections, String... stopped) throws ConfigException {
    tracker.follow(config(folder, sections), Set.of(stopped));
  }

  void restart() throws Exception {
    Set<String> unreadable = store.unreadable;
    store.close();
    store = open();
    store.unreadable = unreadable;
    tracker = tracker();
  }

  void restart(String sections) throws Exception {
    config = config(folder, sections);
    restart();
  }

  private long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  void flag(String sensor, boolean value) {
    flag(sensor, value, Quality.GOOD);
  }

  void flag(String sensor, boolean value, Quality quality) {
    accept(sensor, "open", new Reading.Flag(value), "", quality);
  }

  void number(String sensor, double value) {
    accept(sensor, "level", new Reading.Quantity(value), "m", Quality.GOOD);
  }

  void accept(String sensor, String quantity, Reading.Value value, String unit, Quality quality) {
    tracker.accept(
        new Sample.Measured(
            new Reading(sensor, quantity, value, unit, clock.instant(), nanos(), quality)));
  }

  void miss(String sensor, Fault fault) {
    tracker.accept(new Sample.Missed(sensor, clock.instant(), nanos(), fault));
  }

  /** A message of which this channel cannot be read, or nothing at all. */
  void malformed(String sensor, Optional<String> quantity) {
    miss(sensor, new Fault(Fault.Kind.MALFORMED, "a test", quantity));
  }

  void smoke(String camera, double score) {
    smoke(camera, score, new None());
  }

  void smoke(String camera, double score, Witness witness) {
    observe(camera, Observation.Kind.SMOKE, score, OptionalDouble.empty(), witness);
  }

  void crowd(String camera, double persons) {
    observe(camera, Observation.Kind.CROWD, 1, OptionalDouble.of(persons), new None());
  }

  private void observe(
      String camera, Observation.Kind kind, double score, OptionalDouble persons, Witness witness) {
    Observation o =
        new Observation(
            camera,
            "all",
            kind,
            "test/1",
            score,
            persons,
            true,
            Map.of(),
            List.of(),
            nanos(),
            clock.instant());
    tracker.accept(o, witness);
  }

  /** Lets time pass, a second at a time, with what happens in each. */
  void pass(int howMany, Runnable each) {
    for (int i = 0; i < howMany; i++) {
      seconds++;
      each.run();
      tracker.tick();
    }
  }

  Handled say(String alertId, String word) {
    return say(alertId, OptionalInt.empty(), word);
  }

  Handled say(String alertId, OptionalInt rev, String word) {
    return tracker.handle(
        alertId, rev, new Alert.Handling(word, "duty-3", null, "C-17", null, null));
  }

  List<JsonNode> alerts() throws Exception {
    return payloads(Lane.ALERT, "/alert/");
  }

  List<JsonNode> payloads(Lane lane, String topic) throws Exception {
    return payloads(store, lane, topic);
  }

  /** Of the events whose topic contains that, in their order. */
  static List<JsonNode> payloads(EventStore store, Lane lane, String topic) throws Exception {
    List<JsonNode> out = new ArrayList<>();
    long after = 0;
    List<StoredEvent> page = store.read(lane, after, 1000, Long.MAX_VALUE);
    while (!page.isEmpty()) {
      for (StoredEvent stored : page) {
        after = stored.sequence();
        if (stored.event().topic().contains(topic)) {
          out.add(JSON.readTree(stored.event().payload()));
        }
      }
      page = store.read(lane, after, 1000, Long.MAX_VALUE);
    }
    return out;
  }

  JsonNode last() throws Exception {
    return alerts().getLast();
  }

  List<String> messages() throws Exception {
    return messages(alerts());
  }

  /** As {@code kind state rev}. */
  static List<String> messages(List<JsonNode> alerts) {
    return alerts.stream()
        .map(
            alert ->
                "%s %s %d"
                    .formatted(
                        alert.get("kind").asText(),
                        alert.get("state").asText(),
                        alert.get("rev").asInt()))
        .toList();
  }

  @Override
  public void close() {
    store.close();
  }

  private static final class None implements Witness {
    @Override
    public Picture get() {
      return new Picture.Withheld("a test has none");
    }

    @Override
    public Witness strict() {
      return this;
    }
  }
}
