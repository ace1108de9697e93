package org.cityedge.agent.alerts;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
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
  /** Characters, as the payload's schema counts them. */
  private static final int MAX_HEADLINE = 128;

  private final GatewayConfig config;
  private final CloudEvents cloudEvents;
  private final InstantSource clock;
  private final Supplier<Alert.Clock> trust;
  private final LongFunction<Optional<Place>> place;
  private final Popups popups;

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
    this.popups = new Popups(config);
  }

  String time(Instant at) {
    return cloudEvents.time(at);
  }

  /** Evidence ids are part of a topic, hence in lower case (wire.md §1). */
  String evidenceId() {
    return cloudEvents.newId().toLowerCase(Locale.ROOT);
  }

  Alert raised(Incident incident, Optional<Observation> observation) {
    Watch watch = incident.lead();
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
        certainty(incident),
        rounded(incident.confidence()),
        head.headline(),
        watch.onset,
        head.eventCode().map(code -> List.of(new Alert.Code("local", code))).orElse(null),
        about.department().orElse(null),
        about.domain().orElse(null),
        where(about, watch),
        popups.of(List.of(watch.rule)).orElse(null),
        why(incident, observation, null),
        null,
        trust.get(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** What the rule would say, as an exercise. */
  Alert drill(Incident incident) {
    return raised(incident, Optional.empty())
        .with(
            draft -> {
              draft.status = "Exercise";
              draft.headline = headline("演练：" + draft.headline);
            });
  }

  private static String headline(String text) {
    int characters = Math.min(MAX_HEADLINE, text.codePointCount(0, text.length()));
    return text.substring(0, text.offsetByCodePoints(0, characters));
  }

  Alert updated(Incident incident, Alert before, Optional<Observation> observation) {
    return next(before, "updated", draft -> find(draft, incident, before, observation));
  }

  /** The condition is back before its cool-down was over. */
  Alert reopened(
      Incident incident,
      Alert before,
      Watch watch,
      Optional<Observation> observation,
      long now) {
    return next(
        before,
        "updated",
        draft -> {
          find(draft, incident, before, observation);
          draft.clearedAt = null;
          draft.reason = null;
          draft.reopened = before.reopened() == null ? 1 : before.reopened() + 1;
          draft.flapping = incident.isFlapping(now) ? true : null;
          if (!before.why().rules().contains(watch.rule.head().id())) {
            witnessed(draft, incident, before, watch);
          }
        });
  }

  /**
   * Another rule of the same place sees it too: as severe as the severest of them says, and one
   * step more once.
   */
  Alert joined(Incident incident, Alert before, Watch watch, Optional<Observation> observation) {
    return next(
        before,
        "updated",
        draft -> {
          find(draft, incident, before, observation);
          witnessed(draft, incident, before, watch);
        });
  }

  /** By a rule that had not seen it before. */
  private void witnessed(Alert.Draft draft, Incident incident, Alert before, Watch watch) {
    Rule.Severity own = Rule.Severity.of(before.severity());
    Rule.Severity other = watch.rule.head().severity();
    Rule.Severity severest = own.compareTo(other) < 0 ? own : other;
    draft.severity = (before.why().with() == null ? severest.raised() : severest).word();
    List<Rule> rules = new ArrayList<>();
    rules.add(incident.lead().rule);
    incident.watches.stream()
        .filter(w -> incident.with().contains(w.rule.head().id()))
        .forEach(w -> rules.add(w.rule));
    draft.popup = popups.of(rules).orElse(before.popup());
  }

  private void find(
      Alert.Draft draft, Incident incident, Alert before, Optional<Observation> observation) {
    draft.certainty = certainty(incident);
    draft.confidence = rounded(incident.confidence());
    draft.why = why(incident, observation, before.why());
  }

  Alert resumed(Alert before) {
    return next(before, "updated", draft -> draft.resumed = true);
  }

  /** The centre has not accepted it in time. */
  Alert escalated(Alert before) {
    return next(
        before,
        "updated",
        draft -> draft.escalation = before.escalation() == null ? 1 : before.escalation() + 1);
  }

  /** The centre's word; what is over stays as it is. */
  Alert handled(Alert before, Alert.Handling handling) {
    return next(
        before, before.isOver() ? before.state() : "updated", draft -> draft.handling = handling);
  }

  /** The centre says that there was nothing. */
  Alert cancelled(Alert before, Alert.Handling handling) {
    return next(
        before,
        "cancelled",
        draft -> {
          draft.handling = handling;
          draft.reason = "false_positive";
        });
  }

  /** The condition is gone. */
  Alert cleared(Alert before, String reason) {
    String at = time(clock.instant());
    return next(
        before,
        "cleared",
        draft -> {
          draft.clearedAt = at;
          draft.reason = reason;
        });
  }

  /** Nobody can tell any more whether the condition holds. */
  Alert expired(Alert before) {
    return next(before, "expired", _ -> {});
  }

  private Alert next(Alert before, String state, Consumer<Alert.Draft> change) {
    return before.next(state, trust.get(), change);
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
    return alert.with(draft -> draft.evidence = evidence(alert, more));
  }

  /** What came after the alert's last message; one that is over stays so. */
  Alert supplemented(Alert before, Alert.Evidence more) {
    return next(
        before,
        before.isOver() ? before.state() : "updated",
        draft -> draft.evidence = evidence(before, more));
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
   * CAP 1.2 §3.2.2: a sensor has observed it; a picture makes it likely from 0.7 on or when another
   * rule sees it as well, else possible.
   */
  private static String certainty(Incident incident) {
    boolean sensed =
        incident.lead().isSensor() || incident.witnesses().stream().anyMatch(Watch::isSensor);
    if (sensed) {
      return "Observed";
    }
    return incident.confidence() >= 0.7 || !incident.with().isEmpty() ? "Likely" : "Possible";
  }

  /** Where the gateway itself was at the onset; else what the configuration says. */
  private Alert.Where where(About about, Watch watch) {
    return place
        .apply(watch.onsetNanos)
        .filter(p -> !p.simulated() || watch.simulated) // made-up data leaves in tests only
        .filter(p -> p.source() != Source.FIXED || !hasItsOwnPlace(about))
        .map(p -> moving(p, about))
        .orElseGet(() -> configured(about));
  }

  /** Another one than the gateway's, to which its grid code and address belong. */
  private boolean hasItsOwnPlace(About about) {
    return about.location().isPresent()
        && !about.location().equals(config.gateway().about().location());
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

  /** Of the rule that leads; a look of another rule leaves what the camera saw as it was. */
  private static Alert.Why why(
      Incident incident, Optional<Observation> observation, Alert.@Nullable Why before) {
    Watch watch = incident.lead();
    Rule rule = watch.rule;
    Optional<Observation> own =
        observation.filter(o -> rule instanceof Rule.Video video && video.looksAt(o));
    Alert.@Nullable Why same =
        before != null && before.rule().equals(rule.head().id()) ? before : null;
    List<String> with = incident.with();
    boolean sensor = watch.isSensor();
    return new Alert.Why(
        rule.head().id(),
        with.isEmpty() ? null : with,
        own.map(Observation::detector).orElse(same == null ? null : same.detector()),
        sensor ? null : rule.source(),
        own.map(Observation::zone).orElse(same == null ? null : same.zone()),
        window(rule),
        watch.looksSeen,
        !sensor && watch.amount.isPresent() ? (int) Math.round(watch.amount.getAsDouble()) : null,
        sensor ? List.of(rule.source()) : null,
        switch (rule) {
          case Rule.Threshold t -> t.quantity();
          case Rule.Rate r -> r.quantity();
          case Rule.Contact c -> c.quantity();
          case Rule.Video v -> v.density().isPresent() ? "density" : null;
          case Rule.SensorLost _, Rule.CameraFault _ -> null;
        },
        switch (rule) {
          case Rule.Threshold _, Rule.Rate _ ->
              watch.amount.isPresent() ? significant(watch.amount.getAsDouble()) : null;
          case Rule.Contact c -> c.when();
          case Rule.Video v -> v.density().isPresent() ? density(own, same) : null;
          case Rule.SensorLost _, Rule.CameraFault _ -> null;
        },
        switch (rule) {
          case Rule.Threshold t -> t.limit();
          case Rule.Rate r -> r.change();
          case Rule.Video v -> v.density().isPresent() ? v.density().getAsDouble() : null;
          case Rule.Contact _, Rule.SensorLost _, Rule.CameraFault _ -> null;
        });
  }

  private static @Nullable String window(Rule rule) {
    Duration window = rule instanceof Rule.Rate rate ? rate.within() : rule.head().hold();
    return window.isZero() ? null : window.toMillis() + "ms";
  }

  /** People for each square metre, as the camera saw last. */
  private static @Nullable Object density(Optional<Observation> own, Alert.@Nullable Why same) {
    return own.map(o -> o.features().get(Observation.DENSITY))
        .<Object>map(AlertWriter::rounded)
        .orElse(same == null ? null : same.value());
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /** To six digits, whatever the unit: a limit of 0.002 is no smaller than one of 2000. */
  private static double significant(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).round(new MathContext(6)).doubleValue()
        : value;
  }
}
