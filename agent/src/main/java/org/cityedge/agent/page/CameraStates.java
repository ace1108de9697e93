package org.cityedge.agent.page;

import static org.cityedge.agent.page.Survey.tenths;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cityedge.config.Section;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;

/** What each camera said last of itself, and of the people in its zones. Any thread. */
final class CameraStates {
  /** An older count is not shown: several looks have failed since, or the camera has stopped. */
  private static final Duration COUNT_KEPT = Duration.ofSeconds(10);

  private final LongSupplier nanos;

  /** Bounded by the configured cameras. */
  private final Map<String, CameraHealth> health = new ConcurrentHashMap<>();

  /** When the newest frame was looked at, by camera; a state is told every few seconds only. */
  private final Map<String, Long> looked = new ConcurrentHashMap<>();

  /** The last valid count of each zone, by camera; bounded by the configured zones. */
  private final Map<String, Map<String, Observation>> counts = new ConcurrentHashMap<>();

  CameraStates(LongSupplier nanos) {
    this.nanos = nanos;
  }

  void forget(String camera) {
    health.remove(camera);
    looked.remove(camera);
    counts.remove(camera);
  }

  void accept(CameraHealth said) {
    health.put(said.camera(), said);
  }

  void accept(Observation seen) {
    looked.put(seen.camera(), seen.nanos());
    if (seen.valid() && seen.persons().isPresent()) {
      counts.computeIfAbsent(seen.camera(), _ -> new ConcurrentHashMap<>()).put(seen.zone(), seen);
    }
  }

  /**
   * @param picture whether a masked picture of it may be asked for
   */
  Snapshot.Camera now(String id, String name, boolean picture) {
    CameraHealth last = health.get(id);
    if (last == null) {
      return new Snapshot.Camera(
          id,
          name,
          Section.wordFor(CameraHealth.State.STARTING),
          0,
          null,
          0,
          0,
          0,
          0,
          null,
          List.of(),
          picture);
    }
    return new Snapshot.Camera(
        id,
        name,
        Section.wordFor(last.state()),
        tenths(last.framesPerSecond()),
        last.frameAgeMillis() < 0 ? null : tenths(frameAge(last) / 1e9),
        tenths(last.analysisMillis()),
        tenths(last.decoderPercent()),
        last.dropped(),
        last.reconnects(),
        last.remark().orElse(null),
        crowds(id),
        picture);
  }

  /** Nanoseconds since the newest frame that is known of, at least 0. */
  private long frameAge(CameraHealth last) {
    long now = nanos.getAsLong();
    long told = now - last.nanos() + last.frameAgeMillis() * 1_000_000;
    Long frame = looked.get(last.camera());
    return Math.max(0, frame == null ? told : Math.min(told, now - frame));
  }

  private List<Snapshot.Crowd> crowds(String camera) {
    long now = nanos.getAsLong();
    return counts.getOrDefault(camera, Map.of()).values().stream()
        .filter(seen -> now - seen.nanos() < COUNT_KEPT.toNanos())
        .sorted(Comparator.comparing(Observation::zone))
        .map(CameraStates::crowd)
        .toList();
  }

  private static Snapshot.Crowd crowd(Observation seen) {
    Double density = seen.features().get(Observation.DENSITY);
    return new Snapshot.Crowd(
        seen.zone(),
        tenths(seen.persons().orElse(0)),
        density == null ? null : Math.round(density * 100) / 100.0);
  }
}
