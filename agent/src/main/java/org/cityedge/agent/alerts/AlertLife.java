package org.cityedge.agent.alerts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.agent.alerts.AlertEvidence.Shot;
import org.cityedge.agent.alerts.Incident.Step;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;

/**
 * What each step of an incident makes of its alert: raised, joined, updated, reopened, escalated,
 * cleared or expired (wire.md §4). The caller holds the incident's lock.
 */
final class AlertLife {
  private final OpenAlerts open;
  private final AlertOutlet outlet;
  private final Supplier<AlertWriter> writer;
  private final Outputs outputs;
  private final ReportTimes reports;
  private final LongSupplier nanos;
  private final Map<Rule.Kind, Long> raised = new ConcurrentHashMap<>();

  /**
   * @param writer by the configuration of the moment
   * @param nanos monotonic clock
   */
  AlertLife(
      OpenAlerts open,
      AlertOutlet outlet,
      Supplier<AlertWriter> writer,
      Outputs outputs,
      ReportTimes reports,
      LongSupplier nanos) {
    this.open = open;
    this.outlet = outlet;
    this.writer = writer;
    this.outputs = outputs;
    this.reports = reports;
    this.nanos = nanos;
  }

  /** Alerts raised since the start, by kind; any thread. */
  Map<Rule.Kind, Long> raised() {
    return Map.copyOf(raised);
  }

  /** A step that no picture goes with. */
  void take(Incident incident, Watch watch, Step step) {
    take(incident, watch, step, Optional.empty(), Optional.empty());
  }

  /**
   * Takes a step.
   *
   * @param watch the rule that made it
   * @param observation what it was made by, with its picture
   */
  void take(
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
    AlertWriter writer = this.writer.get();
    Optional<Shot> shot = witness.flatMap(w -> observation.map(o -> new Shot(o.camera(), w)));
    if (step == Step.RAISE) {
      raise(incident, watch, writer, observation, shot);
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
              incident, writer.reopened(incident, alert, watch, observation, now), shot);
      case JOIN ->
          outlet.publishWithClip(
              incident, writer.joined(incident, alert, watch, observation), shot);
      case UPDATE ->
          outlet.publish(incident, writer.updated(incident, alert, observation), shot);
      case CLEAR -> outlet.publish(incident, writer.cleared(alert, "condition_gone"));
      case EXPIRE -> outlet.publish(incident, writer.expired(alert));
      case ESCALATE -> outlet.publish(incident, writer.escalated(alert));
    }
    if (step == Step.REOPEN || step == Step.JOIN) {
      outputs.switchOn(incident.alert == null ? alert : incident.alert);
    }
  }

  private void raise(
      Incident incident,
      Watch watch,
      AlertWriter writer,
      Optional<Observation> observation,
      Optional<Shot> shot) {
    Alert test = incident.alert;
    if (test != null) {
      outlet.publish(incident, writer.expired(test));
    }
    // The centre's word was on a test.
    open.unmute(incident.id);
    raised.merge(watch.rule.head().kind(), 1L, Long::sum);
    Alert first = writer.raised(incident, observation);
    reports.raised(first.alertId(), incident.lookedAt);
    outlet.publishWithClip(incident, first, shot);
  }

  /** Told in the alert's next message, for which it is no reason. */
  void tellReported(Incident incident, List<ReportTimes.Reported> reported) {
    Alert alert = incident.alert;
    if (alert != null) {
      reported.stream()
          .filter(r -> r.alertId().equals(alert.alertId()))
          .findFirst()
          .ifPresent(r -> incident.alert = alert.with(draft -> draft.reportedMs = r.millis()));
    }
  }
}
