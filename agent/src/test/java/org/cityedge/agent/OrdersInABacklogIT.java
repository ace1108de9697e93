package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.cityedge.agent.testing.AgentProcess;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.config.ConfigException;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No configuration, valid or not, may lose, reorder or duplicate a stored event (config.md §1):
 * random documents while a backlog drains. Both grow with -Pnightly.
 */
class OrdersInABacklogIT {
  private static final int ORDERS = Integer.getInteger("cityedge.orders", 10);
  private static final int BACKLOG = Integer.getInteger("cityedge.backlog", 2000);
  private static final String G = "city/v1/510108/gw-test/";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String GATE = "{\"deadline\":\"10s\",\"need\":[\"queue\"]}";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What is sent: how often of twenty. */
  private enum Kind {
    /** A sensor more or less: the store and the connection stay open. */
    DIFFERENT(3),
    /** Another uplink: the store stays open, the connection does not. */
    RECONNECTED(1),
    /** A larger store: the gateway is closed and opened again. */
    REOPENED(2),
    EQUAL(3),
    SCHEMA(3),
    FORGED(3),
    STALE(3),
    RENAMED(2);

    private final int share;

    Kind(int share) {
      this.share = share;
    }

    static Kind any(Random random) {
      int at = random.nextInt(20);
      for (Kind kind : values()) {
        at -= kind.share;
        if (at < 0) {
          return kind;
        }
      }
      throw new AssertionError("the shares make twenty");
    }
  }

  @TempDir Path folder;
  private Path data;
  private ContactFile door;
  private Mosquitto broker;
  private MqttListener centre;
  private Maintainer maintainer;
  private int doors = 1;
  private int rate = 32;
  private int megabytes = 512;
  private long sequence;
  private int reports;

  @BeforeEach
  void open() throws Exception {
    data = Files.createDirectory(folder.resolve("data"));
    door = ContactFile.create(folder.resolve("door"));
    maintainer = Maintainer.provision(folder, data);
    broker = Mosquitto.start(Files.createDirectory(folder.resolve("broker")));
    centre = new MqttListener(broker.uri(), "centre", "city/v1/#");
  }

  @AfterEach
  void close() throws Exception {
    try {
      centre.close();
    } finally {
      broker.close();
    }
  }

  /** Waiting readings, as a gateway that was cut off for long has them. */
  private void fill() throws Exception {
    InstantSource clock = InstantSource.system();
    CloudEvents events =
        new CloudEvents(
            new Topics("510108", "gw-test"),
            ZoneId.of("Asia/Shanghai"),
            clock,
            new Ulid(clock, new Random(1)));
    try (EventStore store =
        SqliteEventStore.open(BufferConfig.defaults(data), events::loss, clock)) {
      for (int i = 0; i < BACKLOG; i++) {
        Instant now = clock.instant();
        String pack =
            "[{\"bn\":\"urn:cityedge:510108:gw-test:\",\"bt\":%d,\"bver\":10,\"n\":\"pm25-1/pm2_5\",\"u\":\"ug/m3\",\"v\":%d}]"
                .formatted(now.getEpochSecond(), i);
        assertThat(
                store.append(
                    events.bulk(
                        Lane.TELEMETRY,
                        G + "telemetry/sensors",
                        events.newId(),
                        "org.cityedge.telemetry.v1",
                        now,
                        "telemetry/sensors",
                        "application/senml+json",
                        Map.of(),
                        pack.getBytes(StandardCharsets.UTF_8))))
            .isNotNull();
      }
    }
  }

  /** Drains so slowly that the backlog outlasts the orders. */
  private Path config(int wanted) throws IOException {
    City city = new City(broker.uri()).telemetryEvery("1s");
    for (int i = 1; i <= wanted; i++) {
      city.contact("door-" + i, door.path());
    }
    Path file = city.write(Files.createTempDirectory(folder, "config"));
    return Files.writeString(
        file,
        Files.readString(file)
                .replace(
                    "telemetryPeriod: 1s",
                    "telemetryPeriod: 1s, bytesPerSecond: %dKiB".formatted(rate))
            + "buffer: {maxBytes: %dMiB}\n".formatted(megabytes));
  }

  private String order(Kind kind) throws IOException, ConfigException {
    return switch (kind) {
      case DIFFERENT -> {
        doors = doors % 3 + 1;
        yield maintainer.order(++sequence, config(doors), GATE);
      }
      case RECONNECTED -> {
        rate = 65 - rate;
        yield maintainer.order(++sequence, config(doors), GATE);
      }
      case REOPENED -> {
        megabytes++;
        yield maintainer.order(++sequence, config(doors), GATE);
      }
      case EQUAL -> maintainer.order(++sequence, config(doors), GATE);
      case SCHEMA -> changed("period: 1s", "period: 1ns");
      case FORGED ->
          maintainer
              .order(sequence + 1, config(doors), GATE)
              .replaceFirst("\"signature\":\"..", "\"signature\":\"AA");
      case STALE -> maintainer.order(sequence, config(doors % 3 + 1), GATE);
      case RENAMED -> changed("gw-test", "gw-other");
    };
  }

  private String changed(String old, String next) throws IOException, ConfigException {
    Path file = config(doors);
    Files.writeString(file, Files.readString(file).replace(old, next));
    return maintainer.order(sequence + 1, file, GATE);
  }

  /** At least once: a report that comes twice has the same id both times. */
  private List<JsonNode> heardReports() {
    Map<String, JsonNode> byId = new LinkedHashMap<>();
    for (MqttListener.Message m : centre.messages(m -> m.topic().equals(G + "config/reported"))) {
      try {
        JsonNode event = JSON.readTree(m.payload());
        byId.putIfAbsent(event.path("id").asText(), event);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return List.copyOf(byId.values());
  }

  /**
   * The next final result of this order, or that one was refused. What is retained comes again when
   * the gateway subscribes anew, and is reported again.
   */
  private String result(long wanted) {
    while (true) {
      int next = reports;
      Eventually.await("a report", LIMIT, () -> heardReports().size() > next);
      JsonNode attempt = heardReports().get(reports++).at("/data/attempt");
      String state = attempt.path("state").asText("probation");
      boolean ours = state.equals("rejected") || attempt.path("seq").asLong() == wanted;
      if (!state.equals("probation") && ours) {
        return state;
      }
    }
  }

  @Test
  void randomDocumentsDuringABacklogLoseReorderAndDuplicateNothing() throws Exception {
    long seed = System.nanoTime();
    System.out.println("OrdersInABacklogIT seed=" + seed + " orders=" + ORDERS);
    Random random = new Random(seed);
    fill();
    int reopened = 0;
    Path log = folder.resolve("agent.log");
    try (AgentProcess agent = AgentProcess.run(config(doors), data, log)) {
      assertThat(result(order(Kind.EQUAL), 1)).isEqualTo("committed");
      for (int i = 0; i < ORDERS; i++) {
        Kind kind = Kind.any(random);
        reopened += kind == Kind.REOPENED ? 1 : 0;
        boolean good =
            switch (kind) {
              case DIFFERENT, RECONNECTED, REOPENED, EQUAL -> true;
              case SCHEMA, FORGED, STALE, RENAMED -> false;
            };
        String order = order(kind);
        assertThat(result(order, good ? sequence : sequence + 1))
            .as("seed %d, order %d: %s", seed, i, kind)
            .isEqualTo(good ? "committed" : "rejected");
      }
      int drained = backlog().size();
      System.out.println("OrdersInABacklogIT drained during the orders: " + drained);
      // At full speed for the rest.
      Path last = config(doors);
      Files.writeString(
          last, Files.readString(last).replace(", bytesPerSecond: %dKiB".formatted(rate), ""));
      assertThat(result(maintainer.order(++sequence, last, GATE), sequence)).isEqualTo("committed");
      Eventually.await("the backlog is drained", LIMIT, () -> backlog().size() >= BACKLOG);
      assertThat(agent.stop()).isZero();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + "\n" + AgentProcess.tail(log), e);
    }
    List<String> wanted = new ArrayList<>();
    for (int i = 1; i <= BACKLOG; i++) {
      wanted.add("%016d".formatted(i));
    }
    assertThat(backlog().stream().sorted().toList()).as("seed %d", seed).isEqualTo(wanted);
    // The newest window goes first after each start, as after an outage; the rest keeps its
    // order.
    assertThat(backlog("1")).as("seed %d", seed).hasSizeGreaterThan(BACKLOG / 2).isSorted();
    long boots =
        centre.messages(m -> m.topic().equals(G + "state")).stream()
            .filter(m -> m.text().contains("\"online\":true"))
            .map(m -> m.text().replaceAll(".*\"boot\":([0-9]+).*", "$1"))
            .distinct()
            .count();
    // The start and each larger store; nothing else opens it again.
    assertThat(boots).as("seed %d", seed).isEqualTo(reopened + 1L);
  }

  private String result(String order, long wanted) {
    centre.publishRetained(G + "config/desired", order);
    return result(wanted);
  }

  /** Numbers of the backlog's events as they came, each as often as it came. */
  private List<String> backlog() {
    return Stream.concat(backlog("0").stream(), backlog("1").stream()).toList();
  }

  /**
   * As {@link #backlog()}.
   *
   * @param replay 1 for those that were marked as told after newer ones
   */
  private List<String> backlog(String replay) {
    return centre.messages().stream()
        .filter(m -> m.userProperties().getOrDefault("replay", "0").equals(replay))
        .map(m -> m.userProperties().getOrDefault("sequence", ""))
        .filter(number -> !number.isEmpty() && Long.parseLong(number) <= BACKLOG)
        .toList();
  }
}
