package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;

class TelemetryPacksTest {
  private static final Instant TIME = Instant.ofEpochMilli(1748737800000L);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  private TelemetryPacks packs(Duration period) {
    return new TelemetryPacks(store, uplink.events, "sensors", period, System::nanoTime);
  }

  private static Reading number(double value, Instant at, Quality quality) {
    return new Reading("pm25-1", "pm2_5", new Reading.Quantity(value), "ug/m3", at, 0, quality);
  }

  private List<String> stored() {
    return store.read(Lane.TELEMETRY, 0, 1000, Long.MAX_VALUE).stream()
        .map(StoredEvent::event)
        .map(event -> new String(event.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void writesAPackRelativeToItsFirstReading() {
    try (TelemetryPacks packs = packs(Duration.ofHours(1))) {
      packs.add(number(37.2, TIME, Quality.GOOD));
      packs.add(
          new Reading("manhole-1", "open", new Reading.Flag(false), "", TIME, 0, Quality.GOOD));
      packs.add(number(99, TIME.minusMillis(12_500), Quality.STALE));
    }
    assertThat(stored())
        .containsExactly(
            "[{\"bn\":\"urn:cityedge:510108:gw-0042:\",\"bt\":1748737800,\"bver\":10,"
                + "\"n\":\"pm25-1/pm2_5\",\"u\":\"ug/m3\",\"v\":37.2},"
                + "{\"n\":\"manhole-1/open\",\"vb\":false},"
                + "{\"n\":\"pm25-1/pm2_5\",\"u\":\"ug/m3\",\"v\":99.0,\"t\":-12.500,"
                + "\"quality\":\"stale\"}]");
  }

  @Test
  void closesAPackBeforeItOutgrowsTheTopic() {
    try (TelemetryPacks packs = packs(Duration.ofHours(1))) {
      for (int i = 0; i < 1000; i++) {
        packs.add(number(i, TIME.plusMillis(i), Quality.GOOD));
      }
    }
    assertThat(stored()).hasSizeGreaterThan(1);
    assertThat(stored())
        .allSatisfy(
            pack -> {
              assertThat(pack.length()).isLessThanOrEqualTo(32 * 1024);
              assertThat(pack).startsWith("[{\"bn\"").endsWith("}]");
            });
    assertThat(String.join("", stored()).split("pm2_5", -1)).hasSize(1001);
  }

  @Test
  void closesAPackByTime() {
    try (TelemetryPacks packs = packs(Duration.ofMillis(20))) {
      packs.start();
      packs.add(number(1, TIME, Quality.GOOD));
      Eventually.await("a pack", Uplink.LIMIT, () -> stored().size() == 1);
    }
  }

  @Test
  void keepsMadeUpReadingsApartAndMarked() {
    try (TelemetryPacks packs = packs(Duration.ofHours(1))) {
      packs.add(number(1, TIME, Quality.GOOD));
      packs.add(number(2, TIME, Quality.SIM));
      packs.add(number(3, TIME, Quality.GOOD));
    }
    assertThat(store.read(Lane.TELEMETRY, 0, 10, Long.MAX_VALUE))
        .extracting(stored -> stored.event().attributes().contains("\"status\":\"Test\""))
        .containsExactly(false, true, false);
    assertThat(stored().get(1)).contains("\"quality\":\"sim\"");
  }

  @Test
  void offersAgainWhatTheStoreRefused() {
    boolean[] full = {true};
    MemoryEventStore refusing =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            return full[0] ? new Append.Refused("disk full") : super.append(events, notes);
          }
        };
    TelemetryPacks packs =
        new TelemetryPacks(
            refusing, uplink.events, "sensors", Duration.ofMillis(10), System::nanoTime);
    packs.add(number(1, TIME, Quality.GOOD));
    packs.add(number(2, TIME, Quality.SIM));
    assertThat(refusing.account().appended()).isZero();
    full[0] = false;
    packs.close();
    assertThat(refusing.account().appended()).isEqualTo(2);
    assertThat(packs.lost()).isZero();
  }

  @Test
  void givesUpTheOldestPackWhenTheStoreRefusesForLong() {
    MemoryEventStore refusing =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            return new Append.Refused("disk full");
          }
        };
    TelemetryPacks packs =
        new TelemetryPacks(
            refusing, uplink.events, "sensors", Duration.ofHours(1), System::nanoTime);
    for (int i = 0; i < TelemetryPacks.MAX_HELD + 3; i++) {
      packs.add(number(i, TIME, i % 2 == 0 ? Quality.GOOD : Quality.SIM));
    }
    packs.close();
    assertThat(packs.lost()).isEqualTo(3);
  }
}
