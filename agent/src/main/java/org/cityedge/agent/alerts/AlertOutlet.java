package org.cityedge.agent.alerts;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.agent.alerts.AlertEvidence.Shot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way that an alert's message goes: to the outputs, its incident, the store and, with its
 * pictures, the evidence shelf. Clips come by themselves later and are told in a message more. The
 * caller holds the incident's lock.
 */
final class AlertOutlet {
  private static final Logger LOG = LoggerFactory.getLogger(AlertOutlet.class);

  /** What makes the messages, by the configuration of the moment. */
  record Terms(AlertWriter writer, AlertEvidence evidence) {}

  /** Held while the next message of an alert that is over is made; taken after an incident's. */
  final Object pastLock = new Object();

  private final OpenAlerts open;
  private final Outputs outputs;
  private final LongSupplier nanos;
  private final Supplier<Terms> terms;

  /** Clips on order by their alerts' ids; each order is answered once, some minutes later at most. */
  private final Map<String, Integer> clipsDue = new ConcurrentHashMap<>();

  /**
   * @param nanos monotonic clock
   */
  AlertOutlet(OpenAlerts open, Outputs outputs, LongSupplier nanos, Supplier<Terms> terms) {
    this.open = open;
    this.outputs = outputs;
    this.nanos = nanos;
    this.terms = terms;
  }

  /** Without a picture. */
  void publish(Incident incident, Alert alert) {
    publish(terms.get(), incident, alert, Optional.empty(), Optional.empty());
  }

  /** With the picture in hand, if there is one. */
  void publish(Incident incident, Alert alert, Optional<Shot> shot) {
    publish(terms.get(), incident, alert, shot, Optional.empty());
  }

  /** By terms that are not yet in force. */
  void publish(Terms now, Incident incident, Alert alert) {
    publish(now, incident, alert, Optional.empty(), Optional.empty());
  }

  /** With the picture in hand and a clip, if one is due. */
  void publishWithClip(Incident incident, Alert alert, Optional<Shot> shot) {
    Optional<Alert.Evidence> atOnce = shot.flatMap(s -> orderClip(incident, alert, s));
    publish(terms.get(), incident, alert, shot, atOnce);
  }

  /** The centre ends it: nothing more is told until its rules have seen that it is gone. */
  void cancel(Incident incident, Alert alert) {
    List<String> seeing = incident.seeing();
    // A drill is over with its alert.
    if (!seeing.isEmpty() && !incident.id.equals(Drill.INCIDENT)) {
      open.mute(incident.id, seeing);
    }
    publish(incident, alert);
    incident.cancelled();
  }

  /** An alert whose rules are gone; nobody could ever clear it. */
  void expire(String incident, Alert expired) {
    outputs.accept(expired);
    open.publish(incident, expired, Optional.empty());
  }

  private void publish(
      Terms now,
      Incident incident,
      Alert alert,
      Optional<Shot> shot,
      Optional<Alert.Evidence> more) {
    AlertEvidence.Shown shown = now.evidence.show(alert, shot);
    Alert whole = more.map(m -> now.writer.withEvidence(shown.alert(), m)).orElse(shown.alert());
    // Before the store, which may be waiting for its disk: a siren needs none.
    outputs.accept(whole);
    incident.published(whole, nanos.getAsLong());
    open.publish(incident.id, whole, shown.thumb());
    now.evidence.keep(shown, shot);
    LOG.info(
        "Alert {}: {} kind={} rev={} rule={}",
        whole.state(),
        whole.headline(),
        whole.kind(),
        whole.rev(),
        whole.why().rule());
  }

  /** What it returns is clear at once: that there will be no clip. */
  private Optional<Alert.Evidence> orderClip(Incident incident, Alert alert, Shot shot) {
    String id = alert.alertId();
    if (!terms.get().evidence.wantsClip(alert, clipsDue.getOrDefault(id, 0))) {
      return Optional.empty();
    }
    clipsDue.merge(id, 1, Integer::sum);
    AtomicReference<Alert.Evidence> atOnce = new AtomicReference<>();
    AtomicBoolean ordering = new AtomicBoolean(true);
    shot.witness()
        .clip(
            clip -> {
              Alert.Evidence entry = terms.get().evidence.entry(id, clip);
              // Whoever makes clips on another thread waits here until the alert is published.
              synchronized (incident) {
                if (ordering.get()) {
                  atOnce.set(entry);
                } else {
                  supplement(incident, id, entry);
                }
                clipsDue.computeIfPresent(id, (_, due) -> due > 1 ? due - 1 : null);
              }
            });
    ordering.set(false);
    return Optional.ofNullable(atOnce.get());
  }

  /** A clip comes half a minute after its alert at the earliest; by then it may be over. */
  private void supplement(Incident incident, String alertId, Alert.Evidence entry) {
    Incident heir = incident.heir;
    if (heir != null) {
      // From the older to the newer lock only.
      synchronized (heir) {
        supplement(heir, alertId, entry);
      }
      return;
    }
    AlertWriter writer = terms.get().writer;
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
}
