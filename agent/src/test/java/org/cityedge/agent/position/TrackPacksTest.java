package org.cityedge.agent.position;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.position.Report.Fix;
import org.junit.jupiter.api.Test;

class TrackPacksTest {
  private static final Instant TIME = Instant.ofEpochMilli(1748737800000L);

  private final InstantSource clock = InstantSource.fixed(TIME);
  private final CloudEvents events =
      new CloudEvents(
          new Topics("510108", "car-7"),
          ZoneId.of("Asia/Shanghai"),
          clock,
          new Ulid(clock, new Random(1)));
  private boolean full;
  private final MemoryEventStore store =
      new MemoryEventStore(events::loss) {
        @Override
        public synchronized Append append(List<Event> some, Map<String, byte[]> notes) {
          return full ? new Append.Refused("disk full") : super.append(some, notes);
        }
      };
  private long now;
  private final Losses losses = new Losses();
  private final TrackPacks packs =
      new TrackPacks(store, events, Duration.ofSeconds(10), () -> now, losses);

  private static Fix fix(long millis, boolean simulated) {
    return new Fix(
        30.66012,
        -179.123456789,
        OptionalDouble.of(17.14),
        OptionalDouble.of(11.112),
        OptionalDouble.of(271.54),
        TIME.plusMillis(millis),
        millis * 1_000_000,
        simulated);
  }

  private List<Event> stored() {
    return store.read(Lane.TELEMETRY, 0, 1000, Long.MAX_VALUE).stream()
        .map(StoredEvent::event)
        .toList();
  }

  private static String text(Event event) {
    return new String(event.payload(), StandardCharsets.UTF_8);
  }

  @Test
  void writesThePointsRelativeToTheFirst() {
    packs.add(fix(0, false));
    packs.add(
        new Fix(
            30,
            104,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            TIME.plusMillis(1500),
            0,
            false));
    packs.close();
    assertThat(stored()).hasSize(1);
    assertThat(stored().getFirst().topic()).isEqualTo("city/v1/510108/car-7/position");
    assertThat(stored().getFirst().attributes()).contains("org.cityedge.position.v1");
    assertThat(text(stored().getFirst()))
        .isEqualTo(
            "[{\"bn\":\"urn:cityedge:510108:car-7:\",\"bt\":1748737800,\"bver\":10,"
                + "\"n\":\"lat\",\"u\":\"lat\",\"v\":30.66012},"
                + "{\"n\":\"lon\",\"u\":\"lon\",\"v\":-179.1234568},"
                + "{\"n\":\"speed\",\"u\":\"m/s\",\"v\":11.11},"
                + "{\"n\":\"heading\",\"u\":\"deg\",\"v\":271.5},"
                + "{\"n\":\"accuracy\",\"u\":\"m\",\"v\":17.1},"
                + "{\"n\":\"lat\",\"u\":\"lat\",\"v\":30,\"t\":1.5},"
                + "{\"n\":\"lon\",\"u\":\"lon\",\"v\":104,\"t\":1.5}]");
  }

  @Test
  void leavesAfterThePeriodOrWhenItIsFull() throws IOException {
    packs.add(fix(0, true));
    packs.tick();
    assertThat(stored()).isEmpty();
    now = Duration.ofSeconds(10).toNanos();
    packs.tick();
    assertThat(stored()).hasSize(1);
    for (int i = 0; i < TrackPacks.MOST; i++) {
      packs.add(fix(i * 1_234_567L, true));
    }
    assertThat(stored()).hasSize(2);
    JsonNode pack = JsonMapper.builder().build().readTree(stored().getLast().payload());
    assertThat(pack).hasSize(5 * TrackPacks.MOST);
    assertThat(stored().getLast().payload().length).isLessThanOrEqualTo(16 * 1024);
  }

  @Test
  void madeUpPointsNeverShareAPackWithRealOnes() {
    packs.add(fix(0, false));
    packs.add(fix(1000, true));
    packs.close();
    assertThat(stored()).hasSize(2);
    assertThat(text(stored().getFirst())).doesNotContain("sim");
    assertThat(text(stored().getLast())).contains("\"quality\":\"sim\"");
    assertThat(stored().getFirst().attributes()).doesNotContain("Test");
    assertThat(stored().getLast().attributes()).contains("\"status\":\"Test\"");
  }

  @Test
  void whatTheStoreRefusesIsOfferedAgainAndTheOldestGivenUp() {
    full = true;
    for (int i = 0; i < TrackPacks.MOST + 3; i++) {
      packs.add(fix(i * 1000L, false));
    }
    assertThat(losses.list()).containsExactly(new Loss("track", Loss.Cause.STORE, 3, now));
    full = false;
    packs.close();
    assertThat(stored()).hasSize(1);
    assertThat(text(stored().getFirst())).contains("\"bt\":1748737803");
  }

  @Test
  void whatIsLeftAtTheEndOfAFullStoreIsCounted() {
    full = true;
    packs.add(fix(0, false));
    packs.add(fix(1000, false));
    packs.close();
    packs.close();
    assertThat(losses.list()).containsExactly(new Loss("track", Loss.Cause.STORE, 2, now));
  }
}
