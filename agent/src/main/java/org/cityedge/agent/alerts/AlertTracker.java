package org.cityedge.agent.alerts;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.agent.alerts.Watch.Look;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Clip;
import org.cityedge.video.Observation;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds each sample and observation against the rules that watch its source, and leads every alert
 * through its life: raised → updated → cleared, or expired when its source is gone (wire.md §4).
 * Open alerts survive a restart: they are published as updated with {@code resumed}, never raised
 * anew.
 *
 * <p>Safe for all threads. Looks at one rule are serialised by that rule's lock; a slow commit of
 * one camera's alert holds up that camera only, and whoever has an alert to store at the same
 * moment.
 */
public final class AlertTracker {
  private static final Logger LOG = LoggerFactory.getLogger(AlertTracker.class);

  /** Of one alert, over its whole life. */
  private static final int MAX_PICTURES = 4;

  private static final String JPEG = "image/jpeg";
  private static final String MP4 = "video/mp4";

  private final AlertWriter writer;
  private final OpenAlerts open;
  private final EvidenceShelf shelf;
  private final boolean clips;
  private final boolean originals;
  private final LongSupplier nanos;
  private final Outputs outputs;
  private final Map<String, List<Watch>> bySource = new HashMap<>();
  private final List<Watch> watches = new ArrayList<>();
  private final Map<Rule.Kind, Long> raised = new ConcurrentHashMap<>();

  /**
   * @param nanos monotonic clock, the one that samples and observations are stamped with
   * @param trust how far the wall clock can be trusted right now
   * @param place where the gateway itself was at a monotonic moment; empty when only the
   *     configuration knows
   * @param outputs are switched by what is raised and cleared
   * @param shelf gets each picture with its evidence id, once its alert is stored, and each clip
   */
  public AlertTracker(
      GatewayConfig config,
      EventStore store,
      CloudEvents cloudEvents,
      InstantSource clock,
      LongSupplier nanos,
      Supplier<Alert.Clock> trust,
      LongFunction<Optional<Place>> place,
      Outputs outputs,
      EvidenceShelf shelf) {
    this.shelf = shelf;
    this.clips = config.evidence().clips();
    this.originals = config.evidence().originals().areKept();
    this.outputs = outputs;
    this.writer = new AlertWriter(config, cloudEvents, clock, trust, place);
    this.open = new OpenAlerts(store, cloudEvents, clock);
    this.nanos = nanos;
    Map<String, Alert> before = open.byRule();
    long now = nanos.getAsLong();
    for (Rule rule : config.rules()) {
      Alert alert = before.get(rule.head().id());
      Watch watch = alert == null ? new Watch(rule) : Watch.resumed(rule, alert, now);
      watch.lastReading = now;
      watches.add(watch);
      bySource.computeIfAbsent(rule.source(), _ -> new ArrayList<>()).add(watch);
    }
  }

  /**
   * Says what has become of the alerts that were open when the agent last ran. Call once, before
   * the sources start.
   */
  public void resume() {
    Map<String, Alert> before = open.byRule();
    for (Watch watch : watches) {
      String rule = watch.rule.head().id();
      Alert alert = before.get(rule);
      if (alert != null) {
        Alert resumed = writer.resumed(alert);
        watch.published(nanos.getAsLong(), resumed);
        open.publish(rule, resumed, Optional.empty());
      }
    }
    before.forEach(
        (rule, alert) -> {
          if (watches.stream().noneMatch(w -> w.rule.head().id().equals(rule))) {
            // The configuration no longer has the rule: nobody could ever clear its alert.
            open.publish(rule, writer.expired(alert), Optional.empty());
          }
        });
  }

  /** A sensor's sample; called on the sensor's thread. */
  public void accept(Sample sample) {
    for (Watch watch : bySource.getOrDefault(sample.sensor(), List.of())) {
      Optional<Look> look = look(watch, sample);
      look.ifPresent(
          l -> take(watch, nanosOf(sample), at(sample), l, Optional.empty(), Optional.empty()));
    }
  }

  /** A camera's observation; called on the camera's thread while the frame is in hand. */
  public void accept(Observation o, Witness witness) {
    for (Watch watch : bySource.getOrDefault(o.camera(), List.of())) {
      if (watch.rule instanceof Rule.Video rule
          && rule.sees() == o.kind()
          && (rule.zone().isEmpty() || rule.zone().get().equals(o.zone()))) {
        take(watch, o.nanos(), o.at(), watch.look(rule, o), Optional.of(o), Optional.of(witness));
      }
    }
  }

  /**
   * A camera's state; called on the camera's thread. While it is not well, the timers of its video
   * rules stand still.
   */
  public void accept(CameraHealth health) {
    boolean well =
        switch (health.state()) {
          case OK, STARTING -> true;
          case LOST, FROZEN, BLACK -> false;
        };
    for (Watch watch : bySource.getOrDefault(health.camera(), List.of())) {
      if (watch.rule instanceof Rule.CameraFault || !well) {
        boolean judgesTheCamera = watch.rule instanceof Rule.CameraFault;
        Look look = new Look(!well, judgesTheCamera, 1.0, OptionalDouble.empty(), false);
        take(watch, health.nanos(), health.at(), look, Optional.empty(), Optional.empty());
      }
    }
  }

  /** Once a second or so: lets grace times run out and tries again what the store refused. */
  public void tick() {
    for (Watch watch : watches) {
      synchronized (watch) {
        settle(watch, watch.tick(nanos.getAsLong()), Optional.empty(), Optional.empty());
      }
    }
    open.retry();
  }

  /** For a broker that has lost what it retained. */
  public void republishActive() {
    open.republishActive();
  }

  /** Alerts raised since the start, by kind. */
  public Map<Rule.Kind, Long> raised() {
    return Map.copyOf(raised);
  }

  /** Open alerts right now. */
  public int openCount() {
    return open.count();
  }

  private void take(
      Watch watch,
      long nanos,
      Instant at,
      Look look,
      Optional<Observation> observation,
      Optional<Witness> witness) {
    synchronized (watch) {
      Change change = watch.look(nanos, writer.time(at), look);
      if (change == Change.NONE
          && watch.isActive()
          && watch.alert != null
          && look.seen()
          && watch.worthAnUpdate(this.nanos.getAsLong())) {
        publish(watch, writer.updated(watch, watch.alert, observation), witness);
      } else {
        settle(watch, change, observation, witness);
      }
    }
  }

  private void settle(
      Watch watch, Change change, Optional<Observation> observation, Optional<Witness> witness) {
    Alert alert = watch.alert;
    switch (change) {
      case NONE -> {}
      case CONFIRMED -> {
        raised.merge(watch.rule.head().kind(), 1L, Long::sum);
        Alert raised = writer.raised(watch, observation);
        Optional<Alert.Evidence> clip =
            clips ? witness.flatMap(w -> orderClip(watch, raised, w)) : Optional.empty();
        publish(watch, raised, witness, clip);
      }
      case CLEARED -> {
        if (alert != null) {
          publish(watch, writer.cleared(alert), Optional.empty());
        }
      }
      case LOST -> {
        if (alert != null) {
          publish(watch, writer.expired(alert), Optional.empty());
        }
      }
    }
  }

  private void publish(Watch watch, Alert alert, Optional<Witness> witness) {
    publish(watch, alert, witness, Optional.empty());
  }

  private void publish(
      Watch watch, Alert alert, Optional<Witness> witness, Optional<Alert.Evidence> more) {
    Optional<Picture> picture =
        pictures(alert) < MAX_PICTURES ? witness.map(Witness::get) : Optional.empty();
    Optional<OpenAlerts.Thumb> thumb = picture.flatMap(p -> thumb(alert, watch.rule.source(), p));
    Alert shown =
        thumb
            .map(t -> writer.withEvidence(alert, t))
            .orElseGet(() -> picture.map(p -> withReason(alert, p)).orElse(alert));
    Optional<OpenAlerts.Thumb> annotated = thumb.flatMap(this::annotated);
    Alert both =
        annotated.map(t -> writer.withEvidence(shown, writer.entry(t).asAnnotated())).orElse(shown);
    Alert whole = more.map(m -> writer.withEvidence(both, m)).orElse(both);
    // Before the store, which may be waiting for its disk: a siren needs none.
    outputs.accept(whole);
    watch.published(nanos.getAsLong(), whole);
    open.publish(watch.rule.head().id(), whole, thumb);
    thumb.ifPresent(t -> shelf.keep(t.id(), t.picture()));
    annotated.ifPresent(t -> shelf.keep(t.id(), t.picture()));
    if (originals && thumb.isPresent()) {
      String id = thumb.get().id();
      witness.flatMap(Witness::original).ifPresent(o -> shelf.keepOriginal(id, o));
    }
    LOG.info(
        "Alert {}: {} kind={} rev={} rule={}",
        whole.state(),
        whole.headline(),
        whole.kind(),
        whole.rev(),
        whole.why().rule());
  }

  /** Does not ride with the alert, as the clean one does: it can be asked for. */
  private Optional<OpenAlerts.Thumb> annotated(OpenAlerts.Thumb thumb) {
    return thumb
        .picture()
        .annotated()
        .map(
            jpeg ->
                new OpenAlerts.Thumb(
                    writer.evidenceId(),
                    thumb.camera(),
                    new Picture.Masked(jpeg, thumb.picture().takenAt())));
  }

  private static int pictures(Alert alert) {
    return alert.evidence() == null
        ? 0
        : (int)
            alert.evidence().stream()
                .filter(e -> e.type().equals(JPEG) && e.annotated() == null)
                .count();
  }

  /** Only in the first message: that there still is no picture is no news. */
  private Alert withReason(Alert alert, Picture picture) {
    return picture instanceof Picture.Withheld(String reason) && alert.rev() == 1
        ? writer.withEvidence(alert, Alert.Evidence.withheld(JPEG, reason))
        : alert;
  }

  /** Orders the alert's clip. What it returns is clear at once: that there will be none. */
  private Optional<Alert.Evidence> orderClip(Watch watch, Alert alert, Witness witness) {
    AtomicReference<Alert.Evidence> atOnce = new AtomicReference<>();
    AtomicBoolean ordering = new AtomicBoolean(true);
    witness.clip(
        clip -> {
          Alert.Evidence entry = entry(alert, clip);
          // Whoever makes clips on another thread waits here until the alert is published.
          synchronized (watch) {
            if (ordering.get()) {
              atOnce.set(entry);
            } else {
              supplement(watch, alert.alertId(), entry);
            }
          }
        });
    ordering.set(false);
    return Optional.ofNullable(atOnce.get());
  }

  private Alert.Evidence entry(Alert alert, Clip clip) {
    return switch (clip) {
      case Clip.Made made -> {
        String id = writer.evidenceId();
        try {
          EvidenceShelf.Kept kept = shelf.keepClip(id, made);
          yield Alert.Evidence.of(
              id, MP4, kept.bytes(), kept.sha256(), writer.time(made.takenAt()));
        } catch (IOException e) {
          LOG.warn("The clip of alert {} cannot be kept: {}", alert.alertId(), e.getMessage());
          yield Alert.Evidence.withheld(MP4, "cannot be kept: " + e.getMessage());
        }
      }
      case Clip.Withheld(String reason) -> {
        LOG.warn("No clip goes with alert {}: {}", alert.alertId(), reason);
        yield Alert.Evidence.withheld(MP4, reason);
      }
    };
  }

  /** A clip comes half a minute after its alert at the earliest; by then it may be over. */
  private void supplement(Watch watch, String alertId, Alert.Evidence entry) {
    Alert alert = watch.alert;
    Alert over = watch.over;
    if (alert != null && alert.alertId().equals(alertId)) {
      Alert whole = writer.supplemented(alert, entry);
      watch.published(nanos.getAsLong(), whole);
      open.publish(watch.rule.head().id(), whole, Optional.empty());
    } else if (over != null && over.alertId().equals(alertId)) {
      Alert whole = writer.supplemented(over, entry);
      watch.over = whole;
      open.supplement(whole);
    } else {
      LOG.warn("A clip came too late for its alert {}; it can be asked for.", alertId);
    }
  }

  private Optional<OpenAlerts.Thumb> thumb(Alert alert, String camera, Picture picture) {
    return switch (picture) {
      case Picture.Masked masked ->
          Optional.of(new OpenAlerts.Thumb(writer.evidenceId(), camera, masked));
      case Picture.Withheld withheld -> {
        LOG.warn("No picture goes with alert {}: {}", alert.alertId(), withheld.reason());
        yield Optional.empty();
      }
    };
  }

  private static Optional<Look> look(Watch watch, Sample sample) {
    return switch (sample) {
      case Sample.Measured(Reading r) ->
          switch (watch.rule) {
            case Rule.Threshold t
                when t.quantity().equals(r.quantity()) && r.value() instanceof Reading.Quantity q ->
                Optional.of(
                    look(
                        r,
                        beyond(t, watch.isActive() ? t.clearAt() : t.limit(), q.value()),
                        OptionalDouble.of(q.value())));
            case Rule.Contact c
                when c.quantity().equals(r.quantity()) && r.value() instanceof Reading.Flag f ->
                Optional.of(look(r, f.value() == c.when(), OptionalDouble.empty()));
            case Rule.SensorLost lost -> alive(watch, lost, r);
            case Rule.Threshold _, Rule.Contact _, Rule.Video _, Rule.CameraFault _ ->
                Optional.empty();
          };
      case Sample.Missed missed ->
          watch.rule instanceof Rule.SensorLost lost
                  && (isLoss(missed.fault())
                      || missed.nanos() - watch.lastReading >= lost.silence().toNanos())
              ? Optional.of(new Look(true, true, 1, OptionalDouble.empty(), false))
              : Optional.empty();
    };
  }

  /** Only good readings drive alerts; simulated ones do too, but the alert is marked as a test. */
  private static Look look(Reading r, boolean seen, OptionalDouble amount) {
    boolean simulated = r.quality() == Quality.SIM;
    return new Look(seen, simulated || r.quality() == Quality.GOOD, 1, amount, simulated);
  }

  /** Rubbish is no sign of life for ever: what it should warn of would go unseen. */
  private static Optional<Look> alive(Watch watch, Rule.SensorLost lost, Reading r) {
    return switch (r.quality()) {
      case GOOD, SIM, INIT -> {
        watch.lastReading = r.nanos();
        yield Optional.of(new Look(false, true, 1, OptionalDouble.empty(), false));
      }
      case RANGE, STUCK ->
          r.nanos() - watch.lastReading >= lost.silence().toNanos()
              ? Optional.of(new Look(true, true, 1, OptionalDouble.empty(), false))
              : Optional.empty();
      // Told late, or told again: the miss that goes with it is what counts.
      case STALE, COMM -> Optional.empty();
    };
  }

  private static boolean beyond(Rule.Threshold t, double limit, double value) {
    return t.above() ? value > limit : value < limit;
  }

  private static boolean isLoss(Fault fault) {
    return switch (fault.kind()) {
      case LOST, HARDWARE -> true;
      // One failed read is no loss; silence becomes LOST in the driver, rubbish by its time here.
      case UNREACHABLE, REFUSED, MALFORMED -> false;
    };
  }

  private static long nanosOf(Sample sample) {
    return switch (sample) {
      case Sample.Measured m -> m.reading().nanos();
      case Sample.Missed m -> m.nanos();
    };
  }

  private static Instant at(Sample sample) {
    return switch (sample) {
      case Sample.Measured m -> m.reading().at();
      case Sample.Missed m -> m.at();
    };
  }
}
