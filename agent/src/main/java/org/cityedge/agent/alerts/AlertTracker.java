package org.cityedge.agent.alerts;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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

  /** A rule and the incident it belongs to. */
  private record Member(Incident incident, Watch watch) {}

  private final AlertWriter writer;
  private final OpenAlerts open;
  private final EvidenceShelf shelf;
  private final boolean clips;
  private final boolean originals;
  private final LongSupplier nanos;
  private final Outputs outputs;
  private final InstantSource clock;
  private final Supplier<Alert.Clock> trust;

  private final ReportTimes reports = new ReportTimes();

  /** Held while the next message of an alert that is over is made; taken after an incident's. */
  private final Object pastLock = new Object();

  private final Map<String, Incident> incidents = new LinkedHashMap<>();
  private final Map<String, List<Member>> bySource = new HashMap<>();
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
    this.clock = clock;
    this.trust = trust;
    long now = nanos.getAsLong();
    for (Rule rule : config.rules()) {
      Watch watch = new Watch(rule);
      watch.lastReading = now;
      Incident incident = join(watch, config.acceptWithin());
      bySource
          .computeIfAbsent(rule.source(), _ -> new ArrayList<>())
          .add(new Member(incident, watch));
    }
    open.byIncident()
        .forEach(
            (id, alert) -> {
              Incident incident = incidents.get(id);
              if (incident != null) {
                incident.resume(alert, now);
              }
            });
  }

  private Incident join(Watch watch, Duration acceptWithin) {
    // A name of the configuration's own; no rule's id begins like it.
    String id = watch.rule.head().incident().map(name -> "." + name).orElse(watch.rule.head().id());
    Incident known = incidents.get(id);
    if (known != null) {
      known.watches.add(watch);
      return known;
    }
    Incident incident = new Incident(id, watch, acceptWithin);
    incidents.put(id, incident);
    return incident;
  }

  /**
   * Says what has become of the alerts that were open when the agent last ran. Call once, before
   * the sources start.
   */
  public void resume() {
    open.byIncident()
        .forEach(
            (id, alert) -> {
              Incident incident = incidents.get(id);
              if (incident == null || incident.alert == null) {
                // The configuration no longer has the rules: nobody could ever clear their alert.
                open.publish(id, writer.expired(alert), Optional.empty());
              } else {
                publish(incident, writer.resumed(alert), Optional.empty());
              }
            });
  }

  /** A sensor's sample; called on the sensor's thread. */
  public void accept(Sample sample) {
    for (Member member : bySource.getOrDefault(sample.sensor(), List.of())) {
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
    for (Member member : bySource.getOrDefault(o.camera(), List.of())) {
      if (member.watch().rule instanceof Rule.Video rule
          && rule.sees() == o.kind()
          && (rule.zone().isEmpty() || rule.zone().get().equals(o.zone()))) {
        synchronized (member.incident()) {
          Look look = member.watch().look(rule, o);
          take(member, o.nanos(), o.at(), look, Optional.of(o), Optional.of(witness));
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
    for (Member member : bySource.getOrDefault(health.camera(), List.of())) {
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
    for (Incident incident : incidents.values()) {
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
    open.retry();
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

  /** What came of the centre's word. */
  public sealed interface Handled {
    /** Told in the alert's next message. */
    record Taken(int rev, String state) implements Handled {}

    /** Said before, in the same words. */
    record Known(int rev, String state) implements Handled {}

    /**
     * The word would end the alert and was said of an older message of it; nothing was changed.
     *
     * @param rev the newest
     */
    record Older(int rev, String state) implements Handled {}

    /** Neither open nor among the last that were. */
    record Unknown() implements Handled {}
  }

  /**
   * The centre's word on an alert that is open, or was.
   *
   * @param rev of the message that the centre has seen; any when empty
   */
  public Handled handle(String alertId, OptionalInt rev, Alert.Handling word) {
    for (Incident incident : incidents.values()) {
      synchronized (incident) {
        Alert alert = incident.alert;
        if (alert != null && alert.alertId().equals(alertId)) {
          return refusal(alert, rev, word).orElseGet(() -> handleOpen(incident, alert, word));
        }
      }
    }
    return handlePast(alertId, rev, word);
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
    Alert next = falsePositive ? writer.cancelled(alert, word) : writer.handled(alert, word);
    publish(incident, next, Optional.empty());
    if (falsePositive) {
      incident.cancelled();
    }
    return new Handled.Taken(next.rev(), next.state());
  }

  private Handled handlePast(String alertId, OptionalInt rev, Alert.Handling word) {
    Alert next;
    synchronized (pastLock) {
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
              ? writer.cancelled(alert, word)
              : writer.handled(alert, word);
      open.publishPast(next);
    }
    for (Incident incident : incidents.values()) {
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
    for (Incident incident : incidents.values()) {
      synchronized (incident) {
        Alert alert = incident.alert;
        if (alert != null && alert.alertId().equals(alertId)) {
          Alert next = writer.cleared(alert, "operator");
          publish(incident, next, Optional.empty());
          incident.cancelled();
          return Optional.of(new Handled.Taken(next.rev(), next.state()));
        }
      }
    }
    return Optional.empty();
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

  /** By sensor or camera: its alerts, and how many of them the centre called false. */
  public Map<String, Verdicts> verdicts() {
    return open.verdicts();
  }

  /** Incidents that have come and gone too often of late. */
  public int flapping() {
    int flapping = 0;
    for (Incident incident : incidents.values()) {
      synchronized (incident) {
        flapping += incident.isFlapping(nanos.getAsLong()) ? 1 : 0;
      }
    }
    return flapping;
  }

  private void take(
      Member member,
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
    Change change = watch.look(nanos, writer.time(at), judged);
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
    if (step == Step.NOTHING) {
      return;
    }
    if (step == Step.RAISE) {
      raised.merge(watch.rule.head().kind(), 1L, Long::sum);
      Alert first = writer.raised(incident, observation);
      Optional<Alert.Evidence> clip =
          clips ? witness.flatMap(w -> orderClip(incident, first, w)) : Optional.empty();
      reports.raised(first.alertId(), incident.lookedAt);
      publish(incident, first, witness, clip);
      return;
    }
    Alert alert = incident.alert;
    if (alert == null) {
      throw new IllegalStateException("step " + step + " is for an open alert");
    }
    long now = nanos.getAsLong();
    switch (step) {
      case NOTHING, RAISE -> {}
      case REOPEN -> publish(incident, writer.reopened(incident, alert, observation, now), witness);
      case JOIN -> publish(incident, writer.joined(incident, alert, watch, observation), witness);
      case UPDATE -> publish(incident, writer.updated(incident, alert, observation), witness);
      case CLEAR -> publish(incident, writer.cleared(alert, "condition_gone"), Optional.empty());
      case EXPIRE -> publish(incident, writer.expired(alert), Optional.empty());
      case ESCALATE -> publish(incident, writer.escalated(alert), Optional.empty());
    }
    if (step == Step.REOPEN || step == Step.JOIN) {
      outputs.switchOn(incident.alert == null ? alert : incident.alert);
    }
  }

  private void publish(Incident incident, Alert alert, Optional<Witness> witness) {
    publish(incident, alert, witness, Optional.empty());
  }

  private void publish(
      Incident incident, Alert alert, Optional<Witness> witness, Optional<Alert.Evidence> more) {
    Optional<Picture> picture =
        pictures(alert) < MAX_PICTURES ? witness.map(Witness::get) : Optional.empty();
    Optional<OpenAlerts.Thumb> thumb = picture.flatMap(p -> thumb(alert, incident, p));
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
    incident.published(whole, nanos.getAsLong());
    open.publish(incident.id, whole, thumb);
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
  private Optional<Alert.Evidence> orderClip(Incident incident, Alert alert, Witness witness) {
    AtomicReference<Alert.Evidence> atOnce = new AtomicReference<>();
    AtomicBoolean ordering = new AtomicBoolean(true);
    witness.clip(
        clip -> {
          Alert.Evidence entry = entry(alert, clip);
          // Whoever makes clips on another thread waits here until the alert is published.
          synchronized (incident) {
            if (ordering.get()) {
              atOnce.set(entry);
            } else {
              supplement(incident, alert.alertId(), entry);
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
  private void supplement(Incident incident, String alertId, Alert.Evidence entry) {
    Alert alert = incident.alert;
    if (alert != null && alert.alertId().equals(alertId)) {
      Alert whole = writer.supplemented(alert, entry);
      incident.published(whole, nanos.getAsLong());
      open.publish(incident.id, whole, Optional.empty());
      return;
    }
    synchronized (pastLock) {
      Optional<Alert> past = open.past(alertId);
      if (past.isPresent()) {
        Alert whole = writer.supplemented(past.get(), entry);
        incident.toldPast(whole);
        open.publishPast(whole);
      } else {
        LOG.warn("A clip came too late for its alert {}; it can be asked for.", alertId);
      }
    }
  }

  private Optional<OpenAlerts.Thumb> thumb(Alert alert, Incident incident, Picture picture) {
    return switch (picture) {
      case Picture.Masked masked ->
          Optional.of(
              new OpenAlerts.Thumb(writer.evidenceId(), incident.lead().rule.source(), masked));
      case Picture.Withheld withheld -> {
        LOG.warn("No picture goes with alert {}: {}", alert.alertId(), withheld.reason());
        yield Optional.empty();
      }
    };
  }
}
