package org.cityedge.agent.alerts;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.cityedge.agent.alerts.AlertEvidence.Shot;
import org.cityedge.video.Witness;
import org.jspecify.annotations.Nullable;

/**
 * The drill that is going on, if there is one. Begun and ticked by one thread; pictures come on
 * their cameras' threads, and other rules on the agent's.
 */
final class Drills {
  private final AlertLife life;
  private final AlertOutlet outlet;
  private final Supplier<AlertWriter> writer;
  private final ReportTimes reports;
  private final InstantSource clock;
  private final LongSupplier nanos;

  /** Set by the thread that ticks; taken away under the lock of its incident. */
  private volatile @Nullable Drill going;

  /**
   * @param writer by the configuration of the moment
   * @param nanos monotonic clock
   */
  Drills(
      AlertLife life,
      AlertOutlet outlet,
      Supplier<AlertWriter> writer,
      ReportTimes reports,
      InstantSource clock,
      LongSupplier nanos) {
    this.life = life;
    this.outlet = outlet;
    this.writer = writer;
    this.reports = reports;
    this.clock = clock;
    this.nanos = nanos;
  }

  /**
   * Begins one; called on the thread that ticks.
   *
   * @param rules of which one is drilled
   * @param acceptWithin how long the centre may take to accept; zero never escalates
   */
  Drill.Answer begin(Drill.Order order, List<Rule> rules, Duration acceptWithin) {
    Drill before = going;
    if (before != null) {
      return new Drill.Answer.Refused(
          "a drill of rule %s is going on".formatted(before.watch.rule.head().id()));
    }
    Optional<Rule> rule = rules.stream().filter(order::fits).findFirst();
    if (rule.isEmpty()) {
      return new Drill.Answer.Refused(
          "there is no such rule; there are "
              + rules.stream()
                  .map(r -> r.head().id() + " (" + r.head().kind().word() + ")")
                  .collect(Collectors.joining(", ")));
    }
    String at = writer.get().time(clock.instant());
    going = new Drill(rule.get(), order.length(), acceptWithin, nanos.getAsLong(), at);
    return new Drill.Answer.Begun();
  }

  /** Its incident, while it goes on; any thread. */
  Optional<Incident> incident() {
    return Optional.ofNullable(going).map(drill -> drill.incident);
  }

  /** Its alert, while that is open; any thread. */
  Optional<String> alertId() {
    Drill now = going;
    if (now == null) {
      return Optional.empty();
    }
    synchronized (now.incident) {
      return Optional.ofNullable(now.incident.alert).map(Alert::alertId);
    }
  }

  /** A camera's picture; on its thread, while the frame is in hand. */
  void accept(String camera, Witness witness) {
    Drill now = going;
    if (now != null) {
      synchronized (now.incident) {
        if (now == going && now.waitsFor(camera)) {
          raise(now, Optional.of(new Shot(camera, witness)));
        }
      }
    }
  }

  /** Lets times run out. */
  void tick(List<ReportTimes.Reported> reported) {
    Drill drill = going;
    if (drill == null) {
      return;
    }
    synchronized (drill.incident) {
      if (drill != going) {
        return;
      }
      Incident incident = drill.incident;
      long now = nanos.getAsLong();
      life.tellReported(incident, reported);
      if (drill.isDue(now)) {
        raise(drill, Optional.empty());
      }
      if (drill.isOver(now)) {
        Alert alert = incident.alert;
        if (alert != null) {
          outlet.publish(incident, writer.get().cleared(alert, "timeout"));
        }
        going = null;
        return;
      }
      life.take(incident, drill.watch, incident.tick(now));
    }
  }

  /**
   * Goes on with the rules of another configuration, which is in force: a drill whose rule is not
   * among them is over.
   */
  void follow(List<Rule> rules) {
    Drill drill = going;
    if (drill == null || rules.contains(drill.watch.rule)) {
      return;
    }
    synchronized (drill.incident) {
      Alert alert = drill.incident.alert;
      if (alert != null) {
        outlet.publish(drill.incident, writer.get().expired(alert));
      }
      going = null;
    }
  }

  private void raise(Drill drill, Optional<Shot> shot) {
    Alert first = writer.get().drill(drill.incident);
    drill.raised(nanos.getAsLong());
    reports.raised(first.alertId(), nanos.getAsLong());
    // Nobody has confirmed what a detector may suspect in this picture.
    outlet.publishWithClip(drill.incident, first, shot.map(Shot::strict));
  }
}
