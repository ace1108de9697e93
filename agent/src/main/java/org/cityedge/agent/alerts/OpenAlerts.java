package org.cityedge.agent.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.config.Sha256;
import org.cityedge.video.Picture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alerts that are open, one per incident at most, and the last {@value #MAX_PAST} that were,
 * kept in the store's notes so that they survive a restart: the centre goes on with a case after
 * its alert was cleared. An alert's message, its picture and the note are stored in one
 * transaction: after a crash at any instant they agree. The retained list of open alerts goes with
 * them, once a second at most; a list that is owed is appended by {@link #retry}, also after a
 * crash.
 *
 * <p>When the store refuses (a full disk), the newest state of each alert is kept in memory, the
 * last {@value #MAX_UNSTORED} of them, and stored by {@link #retry} in the order in which they
 * came. Safe for all threads; the lock is held over the commit, since alerts are rare and their
 * order matters.
 */
final class OpenAlerts {
  private static final Logger LOG = LoggerFactory.getLogger(OpenAlerts.class);

  /**
   * Between two lists of open alerts: a storm must not send the whole list with each of its alerts.
   */
  private static final long LIST_EVERY = Duration.ofSeconds(1).toNanos();

  /** Alerts that are over and can still be handled; each is a note of at most 16 KiB. */
  static final int MAX_PAST = 64;

  /** Alerts that the store has refused; as many as there can be open and past ones. */
  private static final int MAX_UNSTORED = 1024;

  /**
   * What the store has refused.
   *
   * @param incident empty for what was said of an alert that is over
   */
  private record Unstored(Optional<String> incident, Alert alert) {}

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final EventStore store;
  private final CloudEvents cloudEvents;
  private final InstantSource clock;
  private final LongSupplier nanos;

  // Guarded by this.
  private final Map<String, Alert> open = new LinkedHashMap<>();
  private final Map<String, Alert> past = new LinkedHashMap<>();
  private final SequencedMap<String, Unstored> unstored = new LinkedHashMap<>();
  private final Map<String, Verdicts> verdicts = new TreeMap<>();
  private final Map<String, List<String>> muted = new TreeMap<>();
  private boolean unlisted;
  private long listedAt;

  /**
   * @param nanos monotonic clock
   */
  OpenAlerts(EventStore store, CloudEvents cloudEvents, InstantSource clock, LongSupplier nanos) {
    this.store = store;
    this.cloudEvents = cloudEvents;
    this.clock = clock;
    this.nanos = nanos;
    this.listedAt = nanos.getAsLong() - LIST_EVERY;
    AlertNotes notes = new AlertNotes(store);
    this.unlisted = notes.unlisted();
    open.putAll(notes.open());
    past.putAll(notes.past());
    verdicts.putAll(notes.verdicts());
    muted.putAll(notes.muted());
  }

  /** By incident, in their order, the alerts as they were when the agent last ran, or are now. */
  synchronized Map<String, Alert> byIncident() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(open));
  }

  synchronized List<Alert> open() {
    return List.copyOf(open.values());
  }

  /** An alert that is over and not yet forgotten. */
  synchronized Optional<Alert> past(String alertId) {
    return Optional.ofNullable(past.get(alertId));
  }

  synchronized int count() {
    return open.size();
  }

  /** By sensor or camera. */
  synchronized Map<String, Verdicts> verdicts() {
    return Map.copyOf(verdicts);
  }

  /** By incident, the rules that saw what the centre called nothing, and see it still. */
  synchronized Map<String, List<String>> muted() {
    return Map.copyOf(muted);
  }

  /** Remembered with the next message, which is the one that ends the alert. */
  synchronized void mute(String incident, List<String> rules) {
    muted.put(incident, rules);
  }

  /** Remembered within a second or so, with the list of open alerts. */
  synchronized void unmute(String incident) {
    if (muted.remove(incident) != null) {
      unlisted = true;
    }
  }

  /**
   * Stores the alert's new state with its picture; the picture rides right behind it (wire.md §2).
   */
  synchronized void publish(String incident, Alert alert, Optional<Thumb> thumb) {
    judge(alert);
    write(incident, alert, thumb);
  }

  /** Stores what the centre says of an alert that is over. */
  synchronized void publishPast(Alert alert) {
    judge(alert);
    writePast(alert);
  }

  private void write(String incident, Alert alert, Optional<Thumb> thumb) {
    List<Event> events = new ArrayList<>();
    Map<String, byte[]> notes = new HashMap<>();
    events.add(message(alert));
    leaveOthers(incident, alert, notes);
    if (alert.isOver()) {
      Alert current = open.get(incident);
      // The store may have refused its end until another one was raised there.
      if (current == null || current.alertId().equals(alert.alertId())) {
        open.remove(incident);
        notes.put(AlertNotes.open(incident), new byte[0]);
      }
      remember(alert, notes);
    } else {
      makeRoom(incident, alert, notes);
      open.put(incident, alert);
      notes.put(AlertNotes.open(incident), json(alert));
      if (past.remove(alert.alertId()) != null) {
        notes.put(AlertNotes.past(alert.alertId()), new byte[0]);
        notes.put(AlertNotes.PAST, json(past.keySet()));
      }
    }
    notes.put(AlertNotes.INDEX, json(open.keySet()));
    unlisted = true;
    if (isTimeToList()) {
      addList(events, notes);
    } else {
      notes.put(AlertNotes.UNLISTED, new byte[] {1});
    }
    thumb.ifPresent(t -> events.add(t.event(cloudEvents, alert.alertId())));
    store(Optional.of(incident), alert, events, notes);
  }

  /** Its rule may have come from another incident, or its place have been taken. */
  private void leaveOthers(String incident, Alert alert, Map<String, byte[]> notes) {
    open.entrySet()
        .removeIf(
            entry -> {
              boolean left =
                  !entry.getKey().equals(incident)
                      && entry.getValue().alertId().equals(alert.alertId());
              if (left) {
                notes.put(AlertNotes.open(entry.getKey()), new byte[0]);
              }
              return left;
            });
  }

  /**
   * An order may swap two incidents' names. The one that was open there waits outside for its next
   * message, which comes with the same order, or with the next start after a crash.
   */
  private void makeRoom(String incident, Alert alert, Map<String, byte[]> notes) {
    Alert displaced = open.get(incident);
    if (displaced != null && !displaced.alertId().equals(alert.alertId())) {
      String outside = ".." + displaced.alertId().toLowerCase(Locale.ROOT); // no incident's id
      open.put(outside, displaced);
      notes.put(AlertNotes.open(outside), json(displaced));
    }
  }

  private boolean isTimeToList() {
    return nanos.getAsLong() - listedAt >= LIST_EVERY;
  }

  private void addList(List<Event> events, Map<String, byte[]> notes) {
    events.add(activeList());
    notes.put(AlertNotes.UNLISTED, new byte[0]);
    putMuted(notes);
    listedAt = nanos.getAsLong();
    unlisted = false;
  }

  private void putMuted(Map<String, byte[]> notes) {
    notes.put(AlertNotes.MUTED, muted.isEmpty() ? new byte[0] : json(muted));
  }

  private void writePast(Alert alert) {
    Map<String, byte[]> notes = new HashMap<>();
    remember(alert, notes);
    store(Optional.empty(), alert, List.of(message(alert)), notes);
  }

  private void remember(Alert alert, Map<String, byte[]> notes) {
    past.put(alert.alertId(), alert);
    notes.put(AlertNotes.past(alert.alertId()), json(alert));
    while (past.size() > MAX_PAST) {
      String oldest = past.keySet().iterator().next();
      past.remove(oldest);
      notes.put(AlertNotes.past(oldest), new byte[0]);
    }
    notes.put(AlertNotes.PAST, json(past.keySet()));
  }

  private void judge(Alert alert) {
    boolean raised = alert.state().equals("raised");
    Alert before = past.get(alert.alertId());
    boolean falsePositive =
        isCancelled(alert) && (before == null || !isCancelled(before)); // told once more later
    if (alert.status().equals("Actual") && (raised || falsePositive)) {
      Verdicts so = verdicts.getOrDefault(alert.source(), new Verdicts(0, 0));
      verdicts.put(alert.source(), so.plus(raised ? 1 : 0, falsePositive ? 1 : 0));
    }
  }

  private static boolean isCancelled(Alert alert) {
    return alert.state().equals("cancelled");
  }

  private void store(
      Optional<String> incident, Alert alert, List<Event> events, Map<String, byte[]> notes) {
    notes.put(AlertNotes.VERDICTS, json(verdicts));
    putMuted(notes);
    Unstored before = unstored.remove(alert.alertId());
    switch (store.append(events, notes)) {
      case Append.Stored _, Append.StoredAfterDropping _ -> {}
      case Append.Refused refused -> {
        // Its end is still to be told, also when it was spoken of meanwhile.
        Optional<String> of = before == null ? incident : incident.or(before::incident);
        unstored.put(alert.alertId(), new Unstored(of, alert));
        if (before == null) {
          LOG.error(
              "Alert {} cannot be stored and is kept in memory: {}",
              alert.alertId(),
              refused.reason());
        }
        if (unstored.size() > MAX_UNSTORED) {
          LOG.error("Alert {} is lost.", unstored.pollFirstEntry().getKey());
        }
      }
    }
  }

  /** Tries again what the store refused, and appends the list that is owed. */
  synchronized void retry() {
    for (Unstored one : List.copyOf(unstored.values())) {
      one.incident()
          .ifPresentOrElse(
              incident -> write(incident, one.alert(), Optional.empty()),
              () -> writePast(one.alert()));
    }
    if (unlisted && isTimeToList()) {
      List<Event> events = new ArrayList<>();
      Map<String, byte[]> notes = new HashMap<>();
      addList(events, notes);
      unlisted = store.append(events, notes) instanceof Append.Refused;
    }
  }

  /** Stores the list of open alerts anew, for a broker that has lost what it retained. */
  synchronized void republishActive() {
    // Never takes a list back that is owed already.
    unlisted |= store.append(activeList()) instanceof Append.Refused;
  }

  private Event message(Alert alert) {
    return cloudEvents.record(
        Lane.ALERT,
        cloudEvents.topics().alert(alert.kind()),
        alert.alertId() + "-" + alert.rev(),
        "org.cityedge.alert." + alert.state() + ".v1",
        clock.instant(),
        "alert/" + alert.alertId(),
        json(alert));
  }

  private Event activeList() {
    // Three short keys each, so that 32 KiB hold an open alert of every rule there can be
    // (GatewayConfig).
    record Entry(String alertId, int rev, String kind) {}
    record Active(List<Entry> alerts) {}
    List<Entry> entries =
        open.values().stream().map(a -> new Entry(a.alertId(), a.rev(), a.kind())).toList();
    return cloudEvents.record(
        Lane.ALERT,
        cloudEvents.topics().alertActive(),
        cloudEvents.newId(),
        "org.cityedge.alert-active.v1",
        clock.instant(),
        "alert-active",
        json(new Active(entries)));
  }

  private static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an alert is made of texts and numbers only", e);
    }
  }

  /** A masked picture under the id that the alert refers to. */
  record Thumb(String id, String camera, Picture.Masked picture, String sha256) {
    Thumb(String id, String camera, Picture.Masked picture) {
      this(id, camera, picture, Sha256.hex(picture.jpeg()));
    }

    Event event(CloudEvents cloudEvents, String alertId) {
      return cloudEvents.thumb(id, alertId, camera, picture.takenAt(), sha256, picture.jpeg());
    }
  }
}
