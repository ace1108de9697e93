package org.cityedge.agent.alerts;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
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
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;

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
  private final InstantSource clock;
  private final Supplier<Alert.Clock> trust;

  private final ContactStates contacts = new ContactStates();
  private final Rhythms rhythms;
  private final ReportTimes reports = new ReportTimes();
  private final AlertLife life;
  private final Drills drills;
  private final CentresWord centre;

  /** Held while alerts pass from rule to rule, so that none is looked for in between. */
  private final Object followLock = new Object();

  /** Written by the caller of {@link #follow} only. */
  private volatile Setup setup;

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
    this.cloudEvents = cloudEvents;
    this.place = place;
    this.shelf = shelf;
    this.open = new OpenAlerts(store, cloudEvents, clock, nanos);
    this.outlet = new AlertOutlet(open, outputs, nanos, () -> setup.terms);
    this.nanos = nanos;
    this.clock = clock;
    this.trust = trust;
    this.life = new AlertLife(open, outlet, this::writer, outputs, reports, nanos);
    this.drills = new Drills(life, outlet, this::writer, reports, clock, nanos);
    this.centre =
        new CentresWord(open, outlet, this::writer, () -> setup.incidents, drills, followLock);
    this.setup = setup(config, Incidents.NONE);
    // Sensors start after this, and say by themselves when nothing comes.
    setup.incidents.all().forEach(Incident::start);
    long now = nanos.getAsLong();
    this.rhythms = new Rhythms(store, now);
    begin(setup.incidents.all(), now);
    Succession succession = new Succession(setup.incidents, open, now);
    succession.takeUp(open.byIncident());
    open.muted().forEach(succession::mute);
  }

  private void begin(Collection<Incident> incidents, long now) {
    for (Incident incident : incidents) {
      synchronized (incident) {
        incident.watches.forEach(watch -> rhythms.begin(watch, now));
      }
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
   * open alert is taken up by the rule of the same id, in whatever incident, or expires with it.
   *
   * @param stopped sensors that have ended
   */
  public void follow(GatewayConfig config, Set<String> stopped) {
    contacts.forget(stopped);
    synchronized (followLock) {
      rhythms.forget(setup.incidents.all(), stopped, nanos.getAsLong());
      change(config);
    }
  }

  private void change(GatewayConfig config) {
    Setup next = setup(config, setup.incidents);
    long now = nanos.getAsLong();
    List<Incident> begun =
        next.incidents.all().stream()
            .filter(incident -> setup.incidents.of(incident.id).filter(incident::equals).isEmpty())
            .toList();
    // Before they take up what is lost, since that ends once all that is waited for is back.
    begin(begun, now);
    Succession succession = new Succession(next.incidents, open, now);
    Map<String, List<String>> muted = new TreeMap<>();
    List<Incident> ended =
        setup.incidents.all().stream()
            .filter(incident -> next.incidents.of(incident.id).filter(incident::equals).isEmpty())
            .toList();
    for (Incident incident : ended) {
      synchronized (incident) {
        Alert alert = incident.alert;
        if (alert != null) {
          succession
              .ofItsName(incident.id, alert)
              .ifPresent(heir -> end(incident, Optional.of(heir), next));
        } else {
          if (!incident.muted().isEmpty()) {
            muted.put(incident.id, incident.muted());
          }
          incident.gone = true;
        }
      }
    }
    for (Incident incident : ended) {
      synchronized (incident) {
        if (!incident.gone) {
          Optional<Alert> alert = Optional.ofNullable(incident.alert);
          end(incident, alert.flatMap(succession::ofItsRule), next);
        }
      }
    }
    muted.forEach(succession::mute);
    setup = next;
    // Only now, since an edge until then went to the rules of before.
    for (Incident incident : begun) {
      synchronized (incident) {
        incident.watches.forEach(contacts::begin);
      }
    }
    drills.follow(setup.incidents.rules());
  }

  /** Passes its open alert on; the caller holds its lock. */
  private void end(Incident incident, Optional<Incident> heir, Setup next) {
    Alert alert = incident.alert;
    incident.gone = true;
    incident.heir = heir.orElse(null);
    incident.alert = null;
    if (alert != null) {
      goOn(next, incident.id, alert, heir);
    }
  }

  /**
   * Says what has become of the alerts that were open when the agent last ran. Call once, before
   * the sources start.
   */
  public void resume() {
    Setup now = setup;
    open.byIncident()
        .forEach((id, alert) -> goOn(now, id, alert, now.incidents.ofAlert(alert.alertId())));
  }

  private AlertWriter writer() {
    return setup.terms.writer();
  }

  /** Says of an open alert whether anybody still looks. */
  private void goOn(Setup now, String id, Alert alert, Optional<Incident> heir) {
    if (heir.isPresent()) {
      outlet.publish(now.terms, heir.get(), now.terms.writer().resumed(alert));
    } else {
      outlet.expire(id, now.terms.writer().expired(alert));
    }
  }

  /** A sensor's sample; called on the sensor's thread. */
  public void accept(Sample sample) {
    contacts.accept(sample); // before the look at the setup: a rule that comes begins with it
    for (Incidents.Member member : setup.incidents.lookingAt(sample.sensor())) {
      synchronized (member.incident()) {
        Looks.at(member.watch(), sample, nanos.getAsLong())
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
      if (member.watch().rule instanceof Rule.Video rule && rule.looksAt(o)) {
        synchronized (member.incident()) {
          for (FrameLooks.Timed seen : member.watch().looks(rule, o)) {
            take(
                member, seen.nanos(), seen.at(), seen.look(), Optional.of(o), Optional.of(witness));
          }
        }
      }
    }
    drills.accept(o.camera(), witness);
  }

  /** A camera's state; called on the camera's thread. */
  public void accept(CameraHealth health) {
    for (Incidents.Member member : setup.incidents.lookingAt(health.camera())) {
      Looks.at(member.watch().rule, health)
          .ifPresent(
              look -> {
                synchronized (member.incident()) {
                  take(
                      member,
                      health.nanos(),
                      health.at(),
                      look,
                      Optional.empty(),
                      Optional.empty());
                }
              });
    }
  }

  /** Once a second or so: lets times run out and tries again what the store refused. */
  public void tick() {
    List<ReportTimes.Reported> reported = reports.take();
    for (Incident incident : setup.incidents.all()) {
      synchronized (incident) {
        life.tellReported(incident, reported);
        long now = nanos.getAsLong();
        for (Watch watch : incident.watches) {
          life.take(
              incident, watch, incident.looked(watch, tick(incident, watch, now), false, now));
        }
        life.take(incident, incident.lead(), incident.tick(now));
      }
    }
    drills.tick(reported);
    open.retry();
    synchronized (followLock) {
      rhythms.keep(setup.incidents.all(), nanos.getAsLong());
    }
  }

  private Change tick(Incident incident, Watch watch, long now) {
    Optional<Look> unheard = Looks.unheard(watch, now);
    if (unheard.isEmpty()) {
      return watch.tick(now);
    }
    Change change =
        watch.again(now, writer().time(clock.instant()), inItsHours(watch, unheard.get()));
    if (change == Change.CONFIRMED) {
      incident.lookedAt = now;
    }
    return change;
  }

  /**
   * Begins a drill; called on the thread that ticks.
   *
   * @return why not: no such rule, or a drill is going on
   */
  public Drill.Answer drill(Drill.Order order) {
    synchronized (followLock) {
      return drills.begin(order, setup.incidents.rules(), setup.acceptWithin);
    }
  }

  /** The open alert of the drill that is going on. */
  public Optional<String> drilling() {
    return drills.alertId();
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

  /**
   * The centre's word on an alert that is open, or was.
   *
   * @param rev of the message that the centre has seen; any when empty
   */
  public Handled handle(String alertId, OptionalInt rev, Alert.Handling word) {
    return centre.handle(alertId, rev, word);
  }

  /**
   * The centre clears an open alert by hand; nothing is raised by it until its rules have seen that
   * its cause is gone.
   *
   * @return empty when none of that id is open
   */
  public Optional<Handled.Taken> clear(String alertId) {
    return centre.clear(alertId);
  }

  /** For a broker that has lost what it retained. */
  public void republishActive() {
    open.republishActive();
  }

  /** Alerts raised since the start, by kind. */
  public Map<Rule.Kind, Long> raised() {
    return life.raised();
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
    if (watch.turns(look)) {
      Step lost = incident.looked(watch, Change.LOST, false, this.nanos.getAsLong());
      life.take(incident, watch, lost, observation, witness);
      if (watch.rule instanceof Rule.Threshold) {
        return; // it was held against the limit at which an alert ends; the next one is not
      }
    }
    Look judged = inItsHours(watch, look);
    Change change = watch.look(nanos, writer().time(at), judged);
    incident.lookedAt = nanos;
    Step step = incident.looked(watch, change, judged.seen(), this.nanos.getAsLong());
    life.take(incident, watch, step, observation, witness);
  }

  private Look inItsHours(Watch watch, Look look) {
    return look.seen() && !watch.isActive() && !isItsHour(watch.rule) ? look.unseen() : look;
  }

  /** A clock that nobody vouches for silences nothing. */
  private boolean isItsHour(Rule rule) {
    Optional<Hours> hours = rule.head().hours();
    return hours.isEmpty()
        || trust.get().source().equals("none")
        || hours.get().contains(clock.instant());
  }
}
