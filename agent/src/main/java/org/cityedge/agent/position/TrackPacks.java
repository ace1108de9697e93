package org.cityedge.agent.position;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.LongSupplier;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.position.Report.Fix;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the points of a track into SenML packs (RFC 8428; units lat, lon, m/s, m) and appends
 * them to the store: when the first has waited for the period, when there are {@value #MOST}, or
 * when made-up and real ones would mix. What the store refuses is kept and offered again; beyond
 * {@value #MOST} points the oldest is given up and counted. Any thread.
 */
public final class TrackPacks implements AutoCloseable {
  /** wire.md §2; 48 points of 5 records of at most 67 bytes fit into 16 KiB. */
  static final int MOST = 48;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Logger LOG = LoggerFactory.getLogger(TrackPacks.class);

  private final EventStore store;
  private final CloudEvents events;
  private final Duration period;
  private final LongSupplier nanos;
  private final Losses losses;

  // Guarded by this.
  private final Deque<Fix> points = new ArrayDeque<>();
  private long openSince;
  private boolean refused;

  /**
   * @param period how long points are gathered
   * @param nanos monotonic clock
   * @param losses of points that are given up since the store refuses them
   */
  public TrackPacks(
      EventStore store, CloudEvents events, Duration period, LongSupplier nanos, Losses losses) {
    this.store = store;
    this.events = events;
    this.period = period;
    this.nanos = nanos;
    this.losses = losses;
  }

  /** Waits for a commit when it closes a pack. */
  public synchronized void add(Fix point) {
    if (!points.isEmpty() && points.getFirst().simulated() != point.simulated()) {
      flush();
      giveUp(points.size()); // refused; the two kinds never share a pack
    }
    if (points.isEmpty()) {
      openSince = nanos.getAsLong();
    }
    if (points.size() == MOST) {
      giveUp(1);
    }
    points.addLast(point);
    if (points.size() == MOST) {
      flush();
    }
  }

  /** Once a second or so. */
  public synchronized void tick() {
    if (!points.isEmpty() && nanos.getAsLong() - openSince >= period.toNanos()) {
      flush();
    }
  }

  /** Appends what is open; what is refused now is given up. */
  @Override
  public synchronized void close() {
    flush();
    if (!points.isEmpty()) {
      LOG.warn("The end of the track is lost: the store refuses it. points={}", points.size());
      giveUp(points.size());
    }
  }

  /** The oldest so many. */
  private void giveUp(int count) {
    for (int i = 0; i < count; i++) {
      points.removeFirst();
    }
    if (count > 0) {
      losses.add("track", Loss.Cause.STORE, count, nanos.getAsLong());
    }
  }

  private void flush() {
    if (points.isEmpty()) {
      return;
    }
    Fix first = points.getFirst();
    Append result =
        store.append(
            events.bulk(
                Lane.TELEMETRY,
                events.topics().position(),
                events.newId(),
                "org.cityedge.position.v1",
                first.at(),
                "position",
                "application/senml+json",
                first.simulated() ? Map.of("status", "Test") : Map.of(),
                pack(first)));
    switch (result) {
      case Append.Stored _, Append.StoredAfterDropping _ -> {
        points.clear();
        refused = false;
      }
      case Append.Refused(String reason) -> {
        openSince = nanos.getAsLong();
        if (!refused) {
          refused = true;
          LOG.warn("The store refuses the track; it is offered again. reason={}", reason);
        }
      }
    }
  }

  private byte[] pack(Fix first) {
    ArrayNode pack = JSON.createArrayNode();
    for (Fix point : points) {
      boolean isFirst = pack.isEmpty();
      ObjectNode lat = pack.addObject();
      if (isFirst) {
        lat.put("bn", events.topics().source() + ":");
        lat.put("bt", seconds(first.at().toEpochMilli())).put("bver", 10);
      }
      long offset = point.at().toEpochMilli() - first.at().toEpochMilli();
      // A centimetre: seven decimals of a degree.
      record(lat, "lat", "lat", point.lat(), 7, offset, point.simulated());
      record(pack.addObject(), "lon", "lon", point.lon(), 7, offset, point.simulated());
      point
          .speed()
          .ifPresent(
              v -> record(pack.addObject(), "speed", "m/s", v, 2, offset, point.simulated()));
      point
          .heading()
          .ifPresent(
              v -> record(pack.addObject(), "heading", "deg", v, 1, offset, point.simulated()));
      point
          .accuracyM()
          .ifPresent(
              v -> record(pack.addObject(), "accuracy", "m", v, 1, offset, point.simulated()));
    }
    return pack.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void record(
      ObjectNode out,
      String name,
      String unit,
      double value,
      int decimals,
      long offsetMillis,
      boolean simulated) {
    out.put("n", name).put("u", unit).put("v", plain(BigDecimal.valueOf(value), decimals));
    if (offsetMillis != 0) {
      out.put("t", seconds(offsetMillis));
    }
    if (simulated) {
      out.put("quality", "sim");
    }
  }

  private static BigDecimal seconds(long millis) {
    return plain(BigDecimal.valueOf(millis, 3), 3);
  }

  /** Without an exponent and without idle zeros. */
  private static BigDecimal plain(BigDecimal value, int decimals) {
    BigDecimal rounded = value.setScale(decimals, RoundingMode.HALF_UP).stripTrailingZeros();
    return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
  }
}
