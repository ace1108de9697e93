package org.cityedge.agent.alerts;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.agent.alerts.Watch.Look;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.cityedge.video.Picture;
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

  private static final int MAX_EVIDENCE = 4;

  private final AlertWriter writer;
  private final OpenAlerts open;
  private final BiConsumer<String, Picture.Masked> kept;
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
   * @param kept gets each picture with its evidence id, once its alert is stored
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
      BiConsumer<String, Picture.Masked> kept) {
    this.kept = kept;
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
  public void accept(Observation o, Supplier<Picture> picture) {
    for (Watch watch : bySource.getOrDefault(o.camera(), List.of())) {
      if (watch.rule instanceof Rule.Video rule
          && rule.sees() == o.kind()
          && (rule.zone().isEmpty() || rule.zone().get().equals(o.zone()))) {
        take(watch, o.nanos(), o.at(), watch.look(rule, o), Optional.of(o), Optional.of(picture));
      }
    }
  }

  /**
   * A camera's state; called on the camera's thread. While it gives nothing to look at, the timers
   * of its video rules stand still; while only its view is wrong they go on, for smoke before the
   * lens looks just so.
   */
  public void accept(CameraHealth health) {
    boolean well =
        switch (health.state()) {
          case OK, STARTING -> true;
          case LOST, FROZEN, BLACK, BLINDED, COVERED, MOVED, DEGRADED -> false;
        };
    boolean sees =
        switch (health.state()) {
          case OK, STARTING, BLINDED, COVERED, MOVED, DEGRADED -> true;
          case LOST, FROZEN, BLACK -> false;
        };
    for (Watch watch : bySource.getOrDefault(health.camera(), List.of())) {
      if (watch.rule instanceof Rule.CameraFault || !sees) {
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
      Optional<Supplier<Picture>> picture) {
    synchronized (watch) {
      Change change = watch.look(nanos, writer.time(at), look);
      if (change == Change.NONE
          && watch.isActive()
          && watch.alert != null
          && look.seen()
          && watch.worthAnUpdate(this.nanos.getAsLong())) {
        publish(watch, writer.updated(watch, watch.alert, observation), picture);
      } else {
        settle(watch, change, observation, picture);
      }
    }
  }

  private void settle(
      Watch watch,
      Change change,
      Optional<Observation> observation,
      Optional<Supplier<Picture>> picture) {
    Alert alert = watch.alert;
    switch (change) {
      case NONE -> {}
      case CONFIRMED -> {
        raised.merge(watch.rule.head().kind(), 1L, Long::sum);
        publish(watch, writer.raised(watch, observation), picture);
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

  private void publish(Watch watch, Alert alert, Optional<Supplier<Picture>> picture) {
    int pictures = alert.evidence() == null ? 0 : alert.evidence().size();
    Optional<OpenAlerts.Thumb> thumb =
        pictures < MAX_EVIDENCE
            ? picture.flatMap(p -> thumb(alert, watch.rule.source(), p.get()))
            : Optional.empty();
    Alert whole = thumb.map(t -> writer.withEvidence(alert, t)).orElse(alert);
    // Before the store, which may be waiting for its disk: a siren needs none.
    outputs.accept(whole);
    watch.published(nanos.getAsLong(), whole.isOver() ? null : whole);
    open.publish(watch.rule.head().id(), whole, thumb);
    thumb.ifPresent(t -> kept.accept(t.id(), t.picture()));
    LOG.info(
        "Alert {}: {} kind={} rev={} rule={}",
        whole.state(),
        whole.headline(),
        whole.kind(),
        whole.rev(),
        whole.why().rule());
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
