package org.cityedge.agent.alerts;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which incident of a configuration goes on with an alert that was open before it, and with what
 * the centre called nothing: the one of the same name if a rule that saw it is still there, else
 * the one that its rule has come into. An incident takes up one alert at most, its own first; the
 * centre's word ends where it meets an alert.
 */
final class Succession {
  private final Incidents incidents;
  private final OpenAlerts open;
  private final long now;

  /**
   * @param incidents those that are new among them are known to nobody else yet
   * @param now monotonic nanoseconds
   */
  Succession(Incidents incidents, OpenAlerts open, long now) {
    this.incidents = incidents;
    this.open = open;
    this.now = now;
  }

  /** The one of that name, once it has taken the alert up. */
  Optional<Incident> ofItsName(String id, Alert alert) {
    return incidents.of(id).filter(incident -> incident.resume(alert, now));
  }

  /** The one that holds the alert's rule, once it has taken the alert up. */
  Optional<Incident> ofItsRule(Alert alert) {
    // A drill ends with its own incident.
    return alert.status().equals("Exercise")
        ? Optional.empty()
        : incidents.all().stream()
            .filter(incident -> incident.holds(alert.why().rule()))
            .filter(incident -> incident.resume(alert, now))
            .findFirst();
  }

  /** Has taken up what can be of what was open. */
  void takeUp(Map<String, Alert> alerts) {
    List<Alert> others =
        alerts.entrySet().stream()
            .filter(entry -> ofItsName(entry.getKey(), entry.getValue()).isEmpty())
            .map(Map.Entry::getValue)
            .toList();
    others.forEach(this::ofItsRule);
  }

  /**
   * Once all alerts are taken up: nothing is raised by these rules until they have seen that it is
   * gone.
   *
   * @param id of the incident of before
   * @param rules that see what the centre called nothing
   */
  void mute(String id, List<String> rules) {
    List<Incident> muted =
        incidents.all().stream()
            .filter(incident -> rules.stream().anyMatch(incident::holds))
            .filter(incident -> incident.alert == null && incident.mute(rules, now))
            .toList();
    if (muted.size() != 1 || !muted.getFirst().id.equals(id)) {
      open.unmute(id);
      muted.forEach(incident -> open.mute(incident.id, incident.muted()));
    }
  }
}
