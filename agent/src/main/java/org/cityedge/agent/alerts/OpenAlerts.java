package org.cityedge.agent.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.video.Picture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alerts that are open, one per rule at most, kept in the store's notes so that they survive a
 * restart. An alert's message, its picture, the retained list of open alerts and the note are
 * stored in one transaction: after a crash at any instant they agree.
 *
 * <p>When the store refuses (a full disk), the newest state of each alert is kept in memory, one
 * per rule, and stored by {@link #retry}. Safe for all threads; the lock is held over the commit,
 * since alerts are rare and their order matters.
 */
final class OpenAlerts {
  private static final Logger LOG = LoggerFactory.getLogger(OpenAlerts.class);

  /**
   * The note that lists the rules with an open alert; each alert's own note is {@code alert.} and
   * the rule's id.
   */
  private static final String INDEX = "alerts.open";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final EventStore store;
  private final CloudEvents cloudEvents;
  private final InstantSource clock;

  // Guarded by this.
  private final Map<String, Alert> open = new LinkedHashMap<>();
  private final Map<String, Alert> unstored = new LinkedHashMap<>();

  OpenAlerts(EventStore store, CloudEvents cloudEvents, InstantSource clock) {
    this.store = store;
    this.cloudEvents = cloudEvents;
    this.clock = clock;
    store.note(INDEX).ifPresent(this::load);
  }

  private void load(byte[] index) {
    try {
      for (String rule : JSON.readValue(index, String[].class)) {
        Optional<byte[]> note = store.note(noteOf(rule));
        if (note.isPresent()) {
          open.put(rule, JSON.readValue(note.get(), Alert.class));
        }
      }
    } catch (IOException e) {
      // The alerts' messages are stored events and not lost by this; only their resumption is.
      LOG.error(
          "The open alerts cannot all be read; {} are resumed. fault=\"{}\"",
          open.size(),
          e.getMessage());
    }
  }

  private static String noteOf(String rule) {
    return "alert." + rule;
  }

  /** By rule id, the alerts as they were when the agent last ran, or are now. */
  synchronized Map<String, Alert> byRule() {
    return Map.copyOf(open);
  }

  synchronized int count() {
    return open.size();
  }

  /**
   * Stores the alert's new state with its picture; the picture rides right behind it (wire.md §2).
   */
  synchronized void publish(String rule, Alert alert, Optional<Thumb> thumb) {
    if (alert.isOver()) {
      open.remove(rule);
    } else {
      open.put(rule, alert);
    }
    List<Event> events = new ArrayList<>();
    events.add(message(alert));
    events.add(activeList());
    thumb.ifPresent(t -> events.add(t.event(cloudEvents, alert.alertId())));
    byte[] note = alert.isOver() ? new byte[0] : json(alert);
    switch (store.append(events, Map.of(INDEX, json(open.keySet()), noteOf(rule), note))) {
      case Append.Stored _ -> unstored.remove(rule);
      case Append.StoredAfterDropping _ -> unstored.remove(rule);
      case Append.Refused refused -> {
        if (unstored.put(rule, alert) == null) {
          LOG.error(
              "Alert {} cannot be stored and is kept in memory: {} rule={}",
              alert.alertId(),
              refused.reason(),
              rule);
        }
      }
    }
  }

  /**
   * Stores what is still to be said of an alert that is over. When the store refuses, it is not
   * said: the alert's end, which matters, was.
   */
  synchronized void supplement(Alert over) {
    if (store.append(message(over)) instanceof Append.Refused refused) {
      LOG.warn("What came after alert {} cannot be stored: {}", over.alertId(), refused.reason());
    }
  }

  /** Tries again what the store refused. */
  synchronized void retry() {
    Map.copyOf(unstored).forEach((rule, alert) -> publish(rule, alert, Optional.empty()));
  }

  /** Stores the list of open alerts anew, for a broker that has lost what it retained. */
  synchronized void republishActive() {
    store.append(activeList());
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
      this(id, camera, picture, hash(picture.jpeg()));
    }

    Event event(CloudEvents cloudEvents, String alertId) {
      return cloudEvents.thumb(id, alertId, camera, picture.takenAt(), sha256, picture.jpeg());
    }

    private static String hash(byte[] bytes) {
      try {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }
}
