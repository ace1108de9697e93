package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry;
import org.cityedge.agent.uplink.UplinkConfig.Telemetry.Format;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;

class TelemetryPacksTest {
  private static final Instant TIME = Instant.ofEpochMilli(1748737800000L);

  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);

  private final Losses losses = new Losses();

  private TelemetryPacks packs(Duration period) {
    return packs(store, period, Format.JSON, false);
  }

  private TelemetryPacks packs(
      MemoryEventStore into, Duration period, Format format, boolean gzip) {
    return new TelemetryPacks(
        into,
        uplink.events,
        "sensors",
        new Telemetry(period, format, gzip),
        System::nanoTime,
        losses);
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
  void anotherFormatBeginsWithAPackOfItsOwn() {
    try (TelemetryPacks packs = packs(Duration.ofHours(1))) {
      packs.add(number(1, TIME, Quality.GOOD));
      packs.follow(new Telemetry(Duration.ofHours(1), Format.JSON, false));
      packs.add(number(2, TIME, Quality.GOOD));
      assertThat(stored()).isEmpty();
      packs.follow(new Telemetry(Duration.ofHours(1), Format.CBOR, false));
      packs.add(number(3, TIME, Quality.GOOD));
      assertThat(stored()).hasSize(1);
    }
    assertThat(stored()).hasSize(2);
    assertThat(stored().getFirst()).endsWith("\"v\":2.0}]");
    assertThat(stored().getLast()).doesNotStartWith("[{");
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
  void closesAPackAtAThousandRecords() throws IOException {
    try (TelemetryPacks packs = packs(store, Duration.ofHours(1), Format.CBOR, false)) {
      for (int i = 0; i < 1001; i++) {
        packs.add(new Reading("a", "b", new Reading.Flag(true), "", TIME, 0, Quality.GOOD));
      }
    }
    List<StoredEvent> packs = store.read(Lane.TELEMETRY, 0, 1000, Long.MAX_VALUE);
    assertThat(packs).hasSize(2);
    byte[] first = packs.getFirst().event().payload();
    assertThat(SenMlReader.read("application/senml+cbor", first)).hasSize(1000);
    assertThat(first.length).isLessThan(32 * 1024);
  }

  /** A minute of a typical lamp post: three sensors with five channels, every 10 s. */
  private Map<String, Integer> bytesByFormat(int readings) throws IOException {
    Map<String, Integer> bytes = new LinkedHashMap<>();
    List<JsonNode> read = new ArrayList<>();
    for (Format format : Format.values()) {
      for (boolean gzip : new boolean[] {false, true}) {
        MemoryEventStore into = new MemoryEventStore(uplink.events::loss);
        try (TelemetryPacks packs = packs(into, Duration.ofHours(1), format, gzip)) {
          for (int i = 0; i < readings; i++) {
            packs.add(typical(i));
          }
        }
        List<StoredEvent> stored = into.read(Lane.TELEMETRY, 0, 10, Long.MAX_VALUE);
        Outgoing message = Envelope.of(stored.getFirst(), false, uplink.topics);
        uplink.schemas.assertValid(List.of(WireSchemas.message(message)));
        assertThat(stored).hasSize(1);
        assertThat(message.userProperties().getOrDefault("contentencoding", "none"))
            .isEqualTo(SenMlReader.isGzip(message.payload()) ? "gzip" : "none");
        read.add(SenMlReader.read(message.contentType(), message.payload()));
        bytes.put(format + (gzip ? " gzip" : ""), message.payload().length);
      }
    }
    assertThat(read.get(2)).hasSize(readings);
    for (int i = 0; i < readings; i++) {
      for (JsonNode other : read) {
        assertThat(other.get(i).get("n")).isEqualTo(read.getFirst().get(i).get("n"));
        assertThat(other.get(i).path("v").asDouble())
            .isEqualTo(read.getFirst().get(i).path("v").asDouble());
        assertThat(other.get(i).path("t").asDouble())
            .isEqualTo(read.getFirst().get(i).path("t").asDouble());
      }
    }
    System.out.println("TelemetryPacksTest readings=" + readings + " bytes=" + bytes);
    return bytes;
  }

  private static Reading typical(int i) {
    Instant at = TIME.plusMillis(i / 5 * 10_000L + i % 5 * 137L);
    double wave = Math.sin(i * 0.7);
    return switch (i % 5) {
      case 0 -> number("pm25-1", "pm2_5", "ug/m3", 37 + 5 * wave, at);
      case 1 -> number("pm25-1", "temperature", "Cel", 24 + 2 * wave, at);
      case 2 -> number("pm25-1", "humidity", "%RH", 60 + 7 * wave, at);
      case 3 -> number("level-1", "level", "m", 0.4 + 0.03 * wave, at);
      default -> new Reading("manhole-1", "open", new Reading.Flag(false), "", at, 0, Quality.GOOD);
    };
  }

  private static Reading number(
      String sensor, String quantity, String unit, double value, Instant at) {
    double rounded = Math.round(value * 100) / 100.0;
    return new Reading(sensor, quantity, new Reading.Quantity(rounded), unit, at, 0, Quality.GOOD);
  }

  @Test
  void cborIsSmallerThanJsonAndGzipSmallerThanBoth() throws IOException {
    Map<String, Integer> bytes = bytesByFormat(30);
    assertThat(bytes.get("CBOR")).isLessThan(bytes.get("JSON"));
    assertThat(bytes.get("JSON gzip")).isLessThan(bytes.get("CBOR"));
    assertThat(bytes.get("CBOR gzip")).isLessThan(bytes.get("CBOR"));
  }

  @Test
  void doesNotCompressWhatWouldGrow() throws IOException {
    Map<String, Integer> bytes = bytesByFormat(2);
    assertThat(bytes.get("CBOR gzip")).isEqualTo(bytes.get("CBOR"));
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
  void isStuckWhileTheStoreTakesNoPackAndNotWhileNothingIsRead() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    MemoryEventStore hanging =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            asked.countDown();
            awaitUninterruptibly(goOn);
            return super.append(events, notes);
          }
        };
    AtomicLong now = new AtomicLong();
    Progress progress = new Progress(Progress.LIMIT, now::get);
    TelemetryPacks packs = packs(hanging, Duration.ofMillis(20), Format.JSON, false);
    try {
      progress.watch("packs", packs.turn());
      packs.start();
      now.addAndGet(Progress.LIMIT.toNanos());
      assertThat(progress.stuck()).isEmpty();
      packs.add(number(1, TIME, Quality.GOOD));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(progress.stuck()).isEmpty();
      now.addAndGet(Progress.LIMIT.toNanos());
      assertThat(progress.stuck()).contains("packs");
      goOn.countDown();
      Eventually.await("it goes on", Uplink.LIMIT, () -> progress.stuck().isEmpty());
    } finally {
      goOn.countDown();
      packs.close();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
    TelemetryPacks packs = packs(refusing, Duration.ofMillis(10), Format.JSON, false);
    packs.add(number(1, TIME, Quality.GOOD));
    packs.add(number(2, TIME, Quality.SIM));
    assertThat(refusing.account().appended()).isZero();
    full[0] = false;
    packs.close();
    assertThat(refusing.account().appended()).isEqualTo(2);
    assertThat(losses.list()).isEmpty();
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
    TelemetryPacks packs = packs(refusing, Duration.ofHours(1), Format.JSON, false);
    for (int i = 0; i < TelemetryPacks.MAX_HELD + 3; i++) {
      packs.add(number(i, TIME, i % 2 == 0 ? Quality.GOOD : Quality.SIM));
    }
    assertThat(lost()).isEqualTo(2);
    packs.close();
    packs.close();
    assertThat(lost()).as("also what is left at the end").isEqualTo(TelemetryPacks.MAX_HELD + 3);
  }

  private long lost() {
    Loss loss = losses.list().getFirst();
    assertThat(loss.from()).isEqualTo("telemetry");
    assertThat(loss.cause()).isEqualTo(Loss.Cause.STORE);
    return loss.count();
  }
}
