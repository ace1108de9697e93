package org.cityedge.agent.alerts;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.agent.alerts.Incident.Step;
import org.cityedge.agent.alerts.Watch.Look;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.buffer.EventStore;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;
import org.jspecify.annotations.Nullable;

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
  /** What comes from the configuration. */
  private record Setup(Incidents incidents, AlertOutlet.Terms terms, Duration acceptWithin) {}

  private final OpenAlerts open;
  private final AlertOutlet outlet;
  private final CloudEvents cloudEvents;
  private final LongFunction<Optional<Place>> place;
  private final EvidenceShelf shelf;
  private final LongSupplier nanos;
  private final Outputs outputs;
  private final InstantSource clock;
  private final Supplier<Alert.Clock> trust;

  private final ReportTimes reports = new ReportTimes();

  /** Held while alerts pass from rule to rule, so that none is looked for in between. */
  private final Object followLock = new Object();

  /** Written by the caller of {@link #follow} only. */
  private volatile Setup setup;

  /** One at a time; set and taken away by the thread that ticks. */
  private volatile @Nullable Drill drill;

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
    this.outputs = outputs;
    this.cloudEvents = cloudEvents;
    this.place = place;
    this.shelf = shelf;
    this.open = new OpenAlerts(store, cloudEvents, clock, nanos);
    this.outlet = new AlertOutlet(open, outputs, nanos, () -> setup.terms);
    this.nanos = nanos;
    this.clock = clock;
    this.trust = trust;
    this.setup = setup(config, Incidents.NONE);
    long now = nanos.getAsLong();
    open.byIncident()
        .forEach((id, alert) -> setup.incidents.of(id).ifPresent(i -> i.resume(alert, now)));
    open.muted().forEach((id, rules) -> mute(setup.incidents.of(id), id, rules, now));
  }

  private void mute(Optional<Incident> incident, String id, List<String> rules, long now) {
    if (incident.filter(i -> i.mute(rules, now)).isEmpty()) {
      open.unmute(id);
    }
  }

  private Setup setup(GatewayConfig config, Incidents before) {
    AlertWriter writer = new AlertWriter(config, cloudEvents, clock, trust, place);
    return new Setup(
        before.next(config.rules(), config.acceptWithin(), nanos.getAsLong()),
        new AlertOutlet.Terms(
            writer,
            new AlertEvidence(
                writer, shelf, config.evidence().clips(), config.evidence().originals().areKept())),
        config.acceptWithin());
  }

  /**
   * Goes on with the rules of another configuration. What is the same in both goes on as it is; an
   * open alert is taken up by the rule of the same id, or expires with its rule.
   */
  public void follow(GatewayConfig config) {
    synchronized (followLock) {
      change(config);
    }
  }

  private void change(GatewayConfig config) {
    Setup next = setup(config, setup.incidents);
    long now = nanos.getAsLong();
    for (Incident incident : setup.incidents.all()) {
      Optional<Incident> heir = next.incidents.of(incident.id);
      if (heir.isEmpty() || heir.get() != incident) {
        synchronized (incident) {
          incident.gone = true;
          incident.heir = heir.orElse(null);
          Alert alert = incident.alert;
          incident.alert = null;
          if (!incident.muted().isEmpty()) {
            mute(heir, incident.id, incident.muted(), now);
          }
          if (alert != null) {
            heir.ifPresent(h -> h.resume(alert, now));
            goOn(next, incident.id, alert);
          }
        }
      }
    }
    setup = next;
  }

  /**
   * Says what has become of the alerts that were open when the agent last ran. Call once, before
   * the sources start.
   */
  public void resume() {
    Setup now = setup;
    open.byIncident().forEach((id, alert) -> goOn(now, id, alert));
  }

  private AlertWriter writer() {
    return setup.terms.writer();
  }

  /** Says of an open alert whether anybody still looks. */
  private void goOn(Setup now, String id, Alert alert) {
    Optional<Incident> incident = now.incidents.of(id).filter(i -> i.alert != null);
    if (incident.isPresent()) {
      outlet.publish(now.terms, incident.get(), now.terms.writer().resumed(alert));
    } else {
      outlet.expire(id, now.terms.writer().expired(alert));
    }
  }

  /** A sensor's sample; called on the sensor's thread. */
  public void accept(Sample sample) {
    for (Incidents.Member member : setup.incidents.lookingAt(sample.sensor())) {
      synchronized (member.incident()) {
        Looks.at(member.watch(), sample)
            .ifPresent(
                look ->
                    take(
                        member,
                        Looks.nanosOf(sample),
                        Looks.timeOf(sample),
                        look,
                        Optional.empty(),
                        Optional.empty()));
      }
    }
  }

  /** A camera's observation; called on the camera's thread while the frame is in hand. */
  public void accept(Observation o, Witness witness) {
    for (Incidents.Member member : setup.incidents.lookingAt(o.camera())) {
      if (member.watch().rule instanceof Rule.Video rule
          && rule.sees() == o.kind()
          && (rule.zone().isEmpty() || rule.zone().get().equals(o.zone()))) {
        synchronized (member.incident()) {
          Look look = member.watch().look(rule, o);
          take(member, o.nanos(), o.at(), look, Optional.of(o), Optional.of(witness));
        }
      }
    }
    Drill now = drill;
    if (now != null) {
      synchronized (now.incident) {
        if (now.waitsFor(o.camera())) {
          raise(now, Optional.of(witness));
        }
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
    for (Incidents.Member member : setup.incidents.lookingAt(health.camera())) {
      boolean judgesTheCamera = member.watch().rule instanceof Rule.CameraFault;
      if (judgesTheCamera || !sees) {
        Look look = new Look(!well, judgesTheCamera, 1.0, OptionalDouble.empty(), false);
        synchronized (member.incident()) {
          take(member, health.nanos(), health.at(), look, Optional.empty(), Optional.empty());
        }
      }
    }
  }

  /** Once a second or so: lets times run out and tries again what the store refused. */
  public void tick() {
    List<ReportTimes.Reported> reported = reports.take();
    for (Incident incident : setup.incidents.all()) {
      synchronized (incident) {
        tellReported(incident, reported);
        long now = nanos.getAsLong();
        for (Watch watch : incident.watches) {
          Step step = incident.looked(watch, watch.tick(now), false, now);
          say(incident, watch, step, Optional.empty(), Optional.empty());
        }
        say(incident, incident.lead(), incident.tick(now), Optional.empty(), Optional.empty());
      }
    }
    tickDrill(reported);
    open.retry();
  }

  /**
   * Begins a drill; called on the thread that ticks.
   *
   * @return why not: no such rule, or a drill is going on
   */
  public Drill.Answer drill(Drill.Order order) {
    Drill going = drill;
    if (going != null) {
      return new Drill.Answer.Refused(
          "a drill of rule %s is going on".formatted(going.watch.rule.head().id()));
    }
    List<Rule> rules = setup.incidents.rules();
    Optional<Rule> rule = rules.stream().filter(order::fits).findFirst();
    if (rule.isEmpty()) {
      return new Drill.Answer.Refused(
          "there is no such rule; there are "
              + rules.stream()
                  .map(r -> r.head().id() + " (" + r.head().kind().word() + ")")
                  .collect(Collectors.joining(", ")));
    }
    long now = nanos.getAsLong();
    String at = writer().time(clock.instant());
    drill = new Drill(rule.get(), order.length(), setup.acceptWithin, now, at);
    return new Drill.Answer.Begun();
  }

  /** The open alert of the drill that is going on. */
  public Optional<String> drilling() {
    Drill now = drill;
    if (now == null) {
      return Optional.empty();
    }
    synchronized (now.incident) {
      return Optional.ofNullable(now.incident.alert).map(Alert::alertId);
    }
  }

  private void raise(Drill now, Optional<Witness> witness) {
    Alert first = writer().drill(now.incident);
    now.raised(nanos.getAsLong());
    reports.raised(first.alertId(), nanos.getAsLong());
    // Nobody has confirmed what a detector may suspect in this picture.
    outlet.publishWithClip(now.incident, first, witness.map(Witness::strict));
  }

  private void tickDrill(List<ReportTimes.Reported> reported) {
    Drill going = drill;
    if (going == null) {
      return;
    }
    synchronized (going.incident) {
      Incident incident = going.incident;
      long now = nanos.getAsLong();
      tellReported(incident, reported);
      if (going.isDue(now)) {
        raise(going, Optional.empty());
      }
      if (going.isOver(now)) {
        Alert alert = incident.alert;
        if (alert != null) {
          outlet.publish(incident, writer().cleared(alert, "timeout"));
        }
        drill = null;
        return;
      }
      say(incident, going.watch, incident.tick(now), Optional.empty(), Optional.empty());
    }
  }

  /** Those of the configuration and, while it goes on, the drill's. */
  private Collection<Incident> everyIncident() {
    Drill now = drill;
    List<Incident> all = new ArrayList<>(setup.incidents.all());
    if (now != null) {
      all.add(now.incident);
    }
    return all;
  }

  /** The broker has confirmed an alert's message; any thread, never waits. */
  public void delivered(String eventId) {
    reports.delivered(eventId, nanos.getAsLong());
  }

  /**
   * How long reports took, from the confirming look to the PUBACK.
   *
   * @param count alerts reported since the start
   * @param late of them, after more than 5 s
   * @param lastMs of the newest
   * @param longestMs of all
   */
  public record Reporting(long count, long late, long lastMs, long longestMs) {}

  /** Since the start. */
  public Reporting reporting() {
    return reports.soFar();
  }

  /** Told in the alert's next message, for which it is no reason. */
  private void tellReported(Incident incident, List<ReportTimes.Reported> reported) {
    Alert alert = incident.alert;
    if (alert != null) {
      reported.stream()
          .filter(r -> r.alertId().equals(alert.alertId()))
          .findFirst()
          .ifPresent(r -> incident.alert = alert.with(draft -> draft.reportedMs = r.millis()));
    }
  }

  /**
   * The centre's word on an alert that is open, or was.
   *
   * @param rev of the message that the centre has seen; any when empty
   */
  public Handled handle(String alertId, OptionalInt rev, Alert.Handling word) {
    return ofOpen(
            this::everyIncident,
            alertId,
            (incident, alert) ->
                refusal(alert, rev, word).orElseGet(() -> handleOpen(incident, alert, word)))
        .orElseGet(() -> handlePast(alertId, rev, word));
  }

  /** What {@code act} makes of the open alert of that id, under its incident's lock. */
  private <T> Optional<T> ofOpen(
      Supplier<Collection<Incident>> among, String alertId, BiFunction<Incident, Alert, T> act) {
    synchronized (followLock) {
      for (Incident incident : among.get()) {
        synchronized (incident) {
          Alert alert = incident.alert;
          if (alert != null && alert.alertId().equals(alertId)) {
            return Optional.of(act.apply(incident, alert));
          }
        }
      }
      return Optional.empty();
    }
  }

  private static Optional<Handled> refusal(Alert alert, OptionalInt rev, Alert.Handling word) {
    if (word.equals(alert.handling())) {
      return Optional.of(new Handled.Known(alert.rev(), alert.state()));
    }
    boolean older = rev.isPresent() && rev.getAsInt() < alert.rev();
    return older && isFalsePositive(word)
        ? Optional.of(new Handled.Older(alert.rev(), alert.state()))
        : Optional.empty();
  }

  private static boolean isFalsePositive(Alert.Handling word) {
    return word.state().equals("false_positive");
  }

  private Handled handleOpen(Incident incident, Alert alert, Alert.Handling word) {
    boolean falsePositive = isFalsePositive(word);
    Alert next = falsePositive ? writer().cancelled(alert, word) : writer().handled(alert, word);
    if (falsePositive) {
      outlet.cancel(incident, next);
    } else {
      outlet.publish(incident, next);
    }
    return new Handled.Taken(next.rev(), next.state());
  }

  private Handled handlePast(String alertId, OptionalInt rev, Alert.Handling word) {
    Alert next;
    synchronized (outlet.pastLock) {
      Optional<Alert> known = open.past(alertId);
      if (known.isEmpty()) {
        return new Handled.Unknown();
      }
      Alert alert = known.get();
      Optional<Handled> refusal = refusal(alert, rev, word);
      if (refusal.isPresent()) {
        return refusal.get();
      }
      next =
          isFalsePositive(word) && !alert.state().equals("cancelled")
              ? writer().cancelled(alert, word)
              : writer().handled(alert, word);
      open.publishPast(next);
    }
    for (Incident incident : setup.incidents.all()) {
      synchronized (incident) {
        incident.toldPast(next);
      }
    }
    return new Handled.Taken(next.rev(), next.state());
  }

  /**
   * The centre clears an open alert by hand; nothing is raised by it until its rules have seen that
   * its cause is gone.
   *
   * @return empty when none of that id is open
   */
  public Optional<Handled.Taken> clear(String alertId) {
    return ofOpen(
        () -> setup.incidents.all(),
        alertId,
        (incident, alert) -> {
          Alert next = writer().cleared(alert, "operator");
          outlet.cancel(incident, next);
          return new Handled.Taken(next.rev(), next.state());
        });
  }

  /** For a broker that has lost what it retained. */
  public void republishActive() {
    open.republishActive();
  }

  /** Alerts raised since the start, by kind. */
  public Map<Rule.Kind, Long> raised() {
    return Map.copyOf(raised);
  }

  /** The open alerts as they were told last, in the order of their incidents' first ones. */
  public List<Alert> openAlerts() {
    return open.open();
  }

  /** Open alerts right now. */
  public int openCount() {
    return open.count();
  }

  /** By sensor or camera: its alerts, and how many of them the centre called false. */
  public Map<String, Verdicts> verdicts() {
    return open.verdicts();
  }

  /** Incidents that have come and gone too often of late. */
  public int flapping() {
    int flapping = 0;
    for (Incident incident : setup.incidents.all()) {
      synchronized (incident) {
        flapping += incident.isFlapping(nanos.getAsLong()) ? 1 : 0;
      }
    }
    return flapping;
  }

  private void take(
      Incidents.Member member,
      long nanos,
      Instant at,
      Look look,
      Optional<Observation> observation,
      Optional<Witness> witness) {
    Incident incident = member.incident();
    Watch watch = member.watch();
    boolean seen = look.seen() && (watch.isActive() || isItsHour(watch.rule));
    Look judged =
        seen == look.seen()
            ? look
            : new Look(false, look.valid(), look.confidence(), look.amount(), look.simulated());
    Change change = watch.look(nanos, writer().time(at), judged);
    incident.lookedAt = nanos;
    Step step = incident.looked(watch, change, seen, this.nanos.getAsLong());
    say(incident, watch, step, observation, witness);
  }

  /** A clock that nobody vouches for silences nothing. */
  private boolean isItsHour(Rule rule) {
    Optional<Hours> hours = rule.head().hours();
    return hours.isEmpty()
        || trust.get().source().equals("none")
        || hours.get().contains(clock.instant());
  }

  private void say(
      Incident incident,
      Watch watch,
      Step step,
      Optional<Observation> observation,
      Optional<Witness> witness) {
    if (step == Step.NOTHING || incident.gone) {
      return;
    }
    if (step == Step.UNMUTE) {
      open.unmute(incident.id);
      return;
    }
    if (step == Step.RAISE) {
      raised.merge(watch.rule.head().kind(), 1L, Long::sum);
      Alert first = writer().raised(incident, observation);
      reports.raised(first.alertId(), incident.lookedAt);
      outlet.publishWithClip(incident, first, witness);
      return;
    }
    Alert alert = incident.alert;
    if (alert == null) {
      throw new IllegalStateException("step " + step + " is for an open alert");
    }
    long now = nanos.getAsLong();
    switch (step) {
      case NOTHING, RAISE, UNMUTE -> {}
      case REOPEN ->
          outlet.publishWithClip(
              incident, writer().reopened(incident, alert, observation, now), witness);
      case JOIN ->
          outlet.publishWithClip(
              incident, writer().joined(incident, alert, watch, observation), witness);
      case UPDATE ->
          outlet.publish(incident, writer().updated(incident, alert, observation), witness);
      case CLEAR -> outlet.publish(incident, writer().cleared(alert, "condition_gone"));
      case EXPIRE -> outlet.publish(incident, writer().expired(alert));
      case ESCALATE -> outlet.publish(incident, writer().escalated(alert));
    }
    if (step == Step.REOPEN || step == Step.JOIN) {
      outputs.switchOn(incident.alert == null ? alert : incident.alert);
    }
  }
}
