package org.cityedge.agent.alerts;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.cityedge.agent.About;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.config.Section;
import org.cityedge.drivers.position.PositionConfig.Source;
import org.cityedge.video.Observation;
import org.jspecify.annotations.Nullable;

/**
 * Writes an alert's state: what the configuration knows of the place, joined with what the watch
 * has seen.
 */
final class AlertWriter {
  private final GatewayConfig config;
  private final CloudEvents cloudEvents;
  private final InstantSource clock;
  private final Supplier<Alert.Clock> trust;
  private final LongFunction<Optional<Place>> place;

  /**
   * @param trust how far the wall clock can be trusted right now
   * @param place where the gateway itself was at a monotonic moment
   */
  AlertWriter(
      GatewayConfig config,
      CloudEvents cloudEvents,
      InstantSource clock,
      Supplier<Alert.Clock> trust,
      LongFunction<Optional<Place>> place) {
    this.config = config;
    this.cloudEvents = cloudEvents;
    this.clock = clock;
    this.trust = trust;
    this.place = place;
  }

  String time(Instant at) {
    return cloudEvents.time(at);
  }

  /** Evidence ids are part of a topic, hence in lower case (wire.md §1). */
  String evidenceId() {
    return cloudEvents.newId().toLowerCase(Locale.ROOT);
  }

  Alert raised(Watch watch, Optional<Observation> observation) {
    Rule.Head head = watch.rule.head();
    About about = about(watch.rule.source());
    return new Alert(
        cloudEvents.newId(),
        1,
        "raised",
        head.kind().word(),
        watch.simulated ? "Test" : "Actual",
        head.severity().word(),
        urgency(head.kind()),
        certainty(watch),
        rounded(watch.confidence),
        head.headline(),
        watch.onset,
        head.eventCode().map(code -> List.of(new Alert.Code("local", code))).orElse(null),
        about.department().orElse(null),
        about.domain().orElse(null),
        where(about, watch),
        popup(head.popups()),
        why(watch, observation),
        null,
        trust.get(),
        null,
        null,
        null);
  }

  Alert updated(Watch watch, Alert before, Optional<Observation> observation) {
    String status = watch.simulated ? "Test" : before.status();
    Alert.Finding found =
        new Alert.Finding(
            status, certainty(watch), rounded(watch.confidence), why(watch, observation));
    return before.evolve(
        before.rev() + 1, "updated", found, before.evidence(), trust.get(), null, null, null);
  }

  Alert resumed(Alert before) {
    return before.evolve(
        before.rev() + 1,
        "updated",
        before.finding(),
        before.evidence(),
        trust.get(),
        null,
        null,
        true);
  }

  /** The condition is gone. */
  Alert cleared(Alert before) {
    String at = time(clock.instant());
    return before.evolve(
        before.rev() + 1,
        "cleared",
        before.finding(),
        before.evidence(),
        trust.get(),
        at,
        "condition_gone",
        null);
  }

  /** Nobody can tell any more whether the condition holds. */
  Alert expired(Alert before) {
    return before.evolve(
        before.rev() + 1,
        "expired",
        before.finding(),
        before.evidence(),
        trust.get(),
        null,
        null,
        null);
  }

  Alert withEvidence(Alert alert, OpenAlerts.Thumb thumb) {
    return withEvidence(alert, entry(thumb));
  }

  Alert.Evidence entry(OpenAlerts.Thumb picture) {
    return Alert.Evidence.of(
        picture.id(),
        "image/jpeg",
        picture.picture().jpeg().length,
        picture.sha256(),
        time(picture.picture().takenAt()));
  }

  Alert withEvidence(Alert alert, Alert.Evidence more) {
    return alert.evolve(
        alert.rev(),
        alert.state(),
        alert.finding(),
        evidence(alert, more),
        alert.clock(),
        alert.clearedAt(),
        alert.reason(),
        alert.resumed());
  }

  /** What came after the alert's last message; one that is over stays so. */
  Alert supplemented(Alert before, Alert.Evidence more) {
    return before.evolve(
        before.rev() + 1,
        before.isOver() ? before.state() : "updated",
        before.finding(),
        evidence(before, more),
        trust.get(),
        before.clearedAt(),
        before.reason(),
        null);
  }

  private static List<Alert.Evidence> evidence(Alert alert, Alert.Evidence more) {
    List<Alert.Evidence> evidence = new ArrayList<>();
    if (alert.evidence() != null) {
      evidence.addAll(alert.evidence());
    }
    evidence.add(more);
    return List.copyOf(evidence);
  }

  /** CAP 1.2 §3.2.2: what is burning cannot wait; the rest is expected to be acted on soon. */
  private static String urgency(Rule.Kind kind) {
    return switch (kind) {
      case SMOKE -> "Immediate";
      case CROWD, SENSOR, CAMERA, DEVICE -> "Expected";
    };
  }

  /**
   * CAP 1.2 §3.2.2: a sensor has observed it; a picture makes it likely from 0.7 on, else possible.
   */
  private static String certainty(Watch watch) {
    return switch (watch.rule) {
      case Rule.Threshold _, Rule.Contact _, Rule.SensorLost _, Rule.CameraFault _ -> "Observed";
      case Rule.Video _ -> watch.confidence >= 0.7 ? "Likely" : "Possible";
    };
  }

  /** Where the gateway itself was at the onset; else what the configuration says. */
  private Alert.Where where(About about, Watch watch) {
    return place
        .apply(watch.onsetNanos)
        .filter(p -> !p.simulated() || watch.simulated) // made-up data leaves in tests only
        .map(p -> moving(p, about))
        .orElseGet(() -> configured(about));
  }

  /** Grid and address of a vehicle would be those of its depot: the centre resolves the point. */
  private static Alert.Where moving(Place place, About about) {
    boolean fixed = place.source() == Source.FIXED;
    return new Alert.Where(
        place.lat(),
        place.lon(),
        About.Crs.WGS84.name(),
        place.accuracyM().isPresent() ? rounded(place.accuracyM().getAsDouble()) : null,
        fixed ? about.gridCode().orElse(null) : null,
        fixed ? about.address().orElse(null) : null,
        about.partCode().orElse(null),
        Section.wordFor(place.source()),
        fixed ? null : rounded(place.age().toMillis() / 1000.0),
        place.stale() ? true : null);
  }

  private static Alert.Where configured(About about) {
    return new Alert.Where(
        about.location().map(About.Location::lat).orElse(null),
        about.location().map(About.Location::lon).orElse(null),
        about.location().map(l -> l.crs().name()).orElse(null),
        about.location().map(About.Location::accuracyM).orElse(null),
        about.gridCode().orElse(null),
        about.address().orElse(null),
        about.partCode().orElse(null),
        about.location().map(_ -> "configured").orElse(null),
        null,
        null);
  }

  private About about(String source) {
    SensorEntry sensor = config.sensors().get(source);
    if (sensor != null) {
      return sensor.about();
    }
    CameraEntry camera = config.cameras().get(source);
    return camera == null ? config.gateway().about() : camera.about();
  }

  /**
   * The first camera's window, and as its neighbours the ids of the rule's other cameras and of its
   * own list.
   */
  private Alert.@Nullable Popup popup(List<String> cameras) {
    if (cameras.isEmpty()) {
      return null;
    }
    About.View first = view(cameras.getFirst());
    List<String> near = new ArrayList<>();
    for (String other : cameras.subList(1, cameras.size())) {
      view(other).gb28181().ifPresent(near::add);
    }
    first.near().stream().filter(id -> !near.contains(id)).forEach(near::add);
    return new Alert.Popup(
        first.camera(),
        first.gb28181().orElse(null),
        first.preset().orElse(null),
        near.isEmpty() ? null : near.stream().limit(About.View.MAX_NEAR).toList());
  }

  private About.View view(String camera) {
    CameraEntry entry = config.cameras().get(camera);
    if (entry == null) {
      throw new IllegalStateException("the configuration was checked: rule names camera " + camera);
    }
    return entry.view();
  }

  private static Alert.Why why(Watch watch, Optional<Observation> observation) {
    Rule rule = watch.rule;
    boolean video =
        switch (rule) {
          case Rule.Video _, Rule.CameraFault _ -> true;
          case Rule.Threshold _, Rule.Contact _, Rule.SensorLost _ -> false;
        };
    String window = rule.head().hold().isZero() ? null : rule.head().hold().toMillis() + "ms";
    return new Alert.Why(
        rule.head().id(),
        observation.map(Observation::detector).orElse(null),
        video ? rule.source() : null,
        observation.map(Observation::zone).orElse(null),
        window,
        watch.looksSeen,
        video && watch.amount.isPresent() ? (int) Math.round(watch.amount.getAsDouble()) : null,
        video ? null : List.of(rule.source()),
        switch (rule) {
          case Rule.Threshold t -> t.quantity();
          case Rule.Contact c -> c.quantity();
          case Rule.Video _, Rule.SensorLost _, Rule.CameraFault _ -> null;
        },
        switch (rule) {
          case Rule.Threshold _ -> rounded(watch.amount.orElse(0));
          case Rule.Contact c -> c.when();
          case Rule.Video _, Rule.SensorLost _, Rule.CameraFault _ -> null;
        },
        rule instanceof Rule.Threshold t ? t.limit() : null);
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
