package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The incidents of one configuration, and which rules look at each source. Itself it never changes;
 * each incident is guarded by its own lock.
 */
final class Incidents {
  /** A rule and the incident it belongs to. */
  record Member(Incident incident, Watch watch) {}

  static final Incidents NONE = new Incidents(new LinkedHashMap<>());

  /** In the order of the configuration. */
  private final Map<String, Incident> byId;

  private final Map<String, List<Member>> bySource = new HashMap<>();

  private Incidents(Map<String, Incident> byId) {
    this.byId = byId;
    for (Incident incident : byId.values()) {
      for (Watch watch : incident.watches) {
        bySource
            .computeIfAbsent(watch.rule.source(), _ -> new ArrayList<>())
            .add(new Member(incident, watch));
      }
    }
  }

  /**
   * Those of a new configuration. One whose rules are the same goes on as it is, with what they
   * have seen so far; every other begins anew.
   *
   * @param acceptWithin how long the centre may take to accept; zero never escalates
   * @param now monotonic nanoseconds
   */
  Incidents next(List<Rule> rules, Duration acceptWithin, long now) {
    Map<String, List<Rule>> wanted = new LinkedHashMap<>();
    for (Rule rule : rules) {
      wanted.computeIfAbsent(idOf(rule), _ -> new ArrayList<>()).add(rule);
    }
    Map<String, Incident> next = new LinkedHashMap<>();
    wanted.forEach(
        (id, of) -> {
          Incident known = byId.get(id);
          if (known == null || !known.isOf(of)) {
            next.put(id, new Incident(id, of, acceptWithin, now));
            return;
          }
          synchronized (known) {
            known.acceptWithin(acceptWithin);
          }
          next.put(id, known);
        });
    return new Incidents(next);
  }

  private static String idOf(Rule rule) {
    // A name of the configuration's own; no rule's id begins like it.
    return rule.head().incident().map(name -> "." + name).orElse(rule.head().id());
  }

  Optional<Incident> of(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The one with that alert open; before anybody looks. */
  Optional<Incident> ofAlert(String id) {
    return byId.values().stream()
        .filter(incident -> incident.alert != null && incident.alert.alertId().equals(id))
        .findFirst();
  }

  Collection<Incident> all() {
    return byId.values();
  }

  List<Member> lookingAt(String source) {
    @Nullable List<Member> members = bySource.get(source);
    return members == null ? List.of() : members;
  }

  List<Rule> rules() {
    return byId.values().stream().flatMap(i -> i.watches.stream()).map(w -> w.rule).toList();
  }
}
