package org.cityedge.agent.alerts;

import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** What the centre says of an alert that is open, or was. Safe for all threads. */
final class CentresWord {
  private final OpenAlerts open;
  private final AlertOutlet outlet;
  private final Supplier<AlertWriter> writer;
  private final Supplier<Incidents> incidents;
  private final Drills drills;
  private final Object passing;

  /**
   * @param writer by the configuration of the moment
   * @param incidents those of the configuration of the moment
   * @param passing held while alerts pass from rule to rule, so that none is looked for in between;
   *     taken before an incident's lock
   */
  CentresWord(
      OpenAlerts open,
      AlertOutlet outlet,
      Supplier<AlertWriter> writer,
      Supplier<Incidents> incidents,
      Drills drills,
      Object passing) {
    this.open = open;
    this.outlet = outlet;
    this.writer = writer;
    this.incidents = incidents;
    this.drills = drills;
    this.passing = passing;
  }

  /** As {@link AlertTracker#handle}. */
  Handled handle(String alertId, OptionalInt rev, Alert.Handling word) {
    BiFunction<Incident, Alert, Handled> act =
        (incident, alert) ->
            refusal(alert, rev, word).orElseGet(() -> handleOpen(incident, alert, word));
    return ofOpen(alertId, act)
        .or(() -> drills.incident().flatMap(drill -> ofOpen(drill, alertId, act)))
        .orElseGet(() -> handlePast(alertId, rev, word));
  }

  /** As {@link AlertTracker#clear}. */
  Optional<Handled.Taken> clear(String alertId) {
    return ofOpen(
        alertId,
        (incident, alert) -> {
          Alert next = writer.get().cleared(alert, "operator");
          outlet.cancel(incident, next);
          return new Handled.Taken(next.rev(), next.state());
        });
  }

  /** What {@code act} makes of the open alert of that id, under its incident's lock. */
  private <T> Optional<T> ofOpen(String alertId, BiFunction<Incident, Alert, T> act) {
    synchronized (passing) {
      Collection<Incident> all = incidents.get().all();
      return all.stream().flatMap(incident -> ofOpen(incident, alertId, act).stream()).findFirst();
    }
  }

  private static <T> Optional<T> ofOpen(
      Incident incident, String alertId, BiFunction<Incident, Alert, T> act) {
    synchronized (incident) {
      Alert alert = incident.alert;
      return alert != null && alert.alertId().equals(alertId)
          ? Optional.of(act.apply(incident, alert))
          : Optional.empty();
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
    AlertWriter writer = this.writer.get();
    Alert next = falsePositive ? writer.cancelled(alert, word) : writer.handled(alert, word);
    if (falsePositive) {
      outlet.cancel(incident, next);
    } else {
      outlet.publish(incident, next);
    }
    return new Handled.Taken(next.rev(), next.state());
  }

  private Handled handlePast(String alertId, OptionalInt rev, Alert.Handling word) {
    AlertWriter writer = this.writer.get();
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
              ? writer.cancelled(alert, word)
              : writer.handled(alert, word);
      open.publishPast(next);
    }
    for (Incident incident : incidents.get().all()) {
      synchronized (incident) {
        incident.toldPast(next);
      }
    }
    return new Handled.Taken(next.rev(), next.state());
  }
}
