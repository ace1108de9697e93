package org.cityedge.agent.alerts;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

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
    return first(incident -> handle(incident, alertId, rev, word))
        .orElseGet(() -> handlePast(alertId, rev, word));
  }

  private Optional<Handled> handle(
      Incident incident, String alertId, OptionalInt rev, Alert.Handling word) {
    Alert alert = incident.alert;
    if (alert != null && alert.alertId().equals(alertId)) {
      return Optional.of(
          refusal(alert, rev, word).orElseGet(() -> handleOpen(incident, alert, word)));
    }
    if (incident.past != null && incident.past.alertId().equals(alertId)) {
      // Under the incident's lock: what comes back meanwhile is the message after this one.
      Handled handled = handlePast(alertId, rev, word);
      open.past(alertId).ifPresent(incident::toldPast);
      return Optional.of(handled);
    }
    return Optional.empty();
  }

  /** As {@link AlertTracker#clear}. */
  Optional<Handled.Taken> clear(String alertId) {
    return first(
        incident -> {
          Alert alert = incident.alert;
          if (alert == null || !alert.alertId().equals(alertId)) {
            return Optional.empty();
          }
          Alert next = writer.get().cleared(alert, "operator");
          outlet.cancel(incident, next);
          return Optional.of(new Handled.Taken(next.rev(), next.state()));
        });
  }

  /** What comes of the first incident that {@code act} finds to be meant, under its lock. */
  private <T> Optional<T> first(Function<Incident, Optional<T>> act) {
    synchronized (passing) {
      return Stream.concat(incidents.get().all().stream(), drills.incident().stream())
          .flatMap(incident -> locked(incident, act).stream())
          .findFirst();
    }
  }

  private static <T> Optional<T> locked(Incident incident, Function<Incident, Optional<T>> act) {
    synchronized (incident) {
      return act.apply(incident);
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
      Alert next =
          isFalsePositive(word) && !alert.state().equals("cancelled")
              ? writer.cancelled(alert, word)
              : writer.handled(alert, word);
      open.publishPast(next);
      return new Handled.Taken(next.rev(), next.state());
    }
  }
}
