package org.cityedge.agent.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.EventStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rhythms of the channels that rules look at, kept in a note of the store, so that one that
 * vanishes about a restart is missed without having been heard twice before. The note is written
 * when a rhythm is new, gone, slower by a quarter or down to half, every ten minutes at most, and
 * at once when a sensor has ended:
 *
 * <pre>
 *   {"river": {"silenceMillis": 15000, "longestMillis": {"level": 10200, "battery": 86400000}}}
 * </pre>
 *
 * Bounded by the configured rules. Guarded by the lock under which alerts pass from rule to rule.
 */
final class Rhythms {
  private static final Logger LOG = LoggerFactory.getLogger(Rhythms.class);

  private static final String NOTE = "alerts.rhythms";
  private static final long EVERY = Duration.ofMinutes(10).toNanos();
  private static final long MILLI = Duration.ofMillis(1).toNanos();

  /** No interval of a sensor is longer than a week; a channel's gap may be. */
  private static final long MOST_MILLIS = Duration.ofDays(366).toMillis();

  /** A newer agent, from whose update there is a way back, may have written more. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /**
   * Of one sensor.
   *
   * @param silenceMillis one and a half intervals as configured: with another, all may be different
   * @param longestMillis the longest gap of each channel
   */
  record Known(long silenceMillis, Map<String, Long> longestMillis) {
    Known {
      longestMillis = longestMillis == null ? Map.of() : Map.copyOf(longestMillis);
    }
  }

  private final EventStore store;

  private Map<String, Known> known;
  private Map<String, Known> kept;
  private long keptAt;

  /**
   * Reads the note.
   *
   * @param now monotonic nanoseconds, as all times here
   */
  Rhythms(EventStore store, long now) {
    this.store = store;
    this.kept = load(store);
    this.known = kept;
    this.keptAt = now;
  }

  private static Map<String, Known> load(EventStore store) {
    try {
      byte[] note = store.note(NOTE).orElse(new byte[0]);
      if (note.length == 0) {
        return Map.of();
      }
      @Nullable Map<String, Known> read =
          JSON.readValue(note, new TypeReference<Map<String, Known>>() {});
      if (read == null || read.values().stream().anyMatch(Objects::isNull)) {
        throw new IOException("it has a null");
      }
      return Map.copyOf(read);
    } catch (IOException e) {
      LOG.error(
          "The note {} cannot be read and is passed over. fault=\"{}\"", NOTE, e.getMessage());
      return Map.of();
    }
  }

  /** Tells a new rule what is known of its sensor's channels; under its lock. */
  void begin(Watch watch, long now) {
    if (watch.life == null || !(watch.rule instanceof Rule.SensorLost rule)) {
      return;
    }
    Known of = known.get(rule.source());
    if (of != null && of.silenceMillis() == rule.silence().toMillis()) {
      Map<String, Long> longest = new HashMap<>();
      of.longestMillis()
          .forEach(
              (quantity, millis) ->
                  longest.put(quantity, Math.clamp(millis, 1, MOST_MILLIS) * MILLI));
      watch.life.resume(longest, now);
    }
  }

  /** Learns from these rules every ten minutes, and writes what is worth it. */
  void keep(Collection<Incident> incidents, long now) {
    if (now - keptAt >= EVERY) {
      keptAt = now;
      learn(incidents);
      write();
    }
  }

  /** Learns from rules that end. */
  void learn(Collection<Incident> incidents) {
    Map<String, Known> learnt = new HashMap<>();
    for (Incident incident : incidents) {
      synchronized (incident) {
        for (Watch watch : incident.watches) {
          if (watch.life != null && watch.rule instanceof Rule.SensorLost rule) {
            Map<String, Long> millis = new HashMap<>();
            watch
                .life
                .longest()
                .forEach(
                    (quantity, nanos) ->
                        millis.put(quantity, Math.clamp(nanos / MILLI, 1, MOST_MILLIS)));
            if (!millis.isEmpty()) {
              learnt.put(rule.source(), new Known(rule.silence().toMillis(), millis));
            }
          }
        }
      }
    }
    known = Map.copyOf(learnt);
  }

  /**
   * Sensors that have ended: the next of that id may be another device. A restart must not bring
   * back what was learnt of the one before.
   */
  void forget(Collection<Incident> incidents, Set<String> sensors, long now) {
    for (Incident incident : incidents) {
      synchronized (incident) {
        incident.watches.stream()
            .filter(watch -> sensors.contains(watch.rule.source()))
            .forEach(watch -> watch.forgetLife(now));
      }
    }
    learn(incidents);
    if (!sensors.isEmpty()) {
      write();
    }
  }

  private static boolean isNews(Known now, @Nullable Known before) {
    return before == null
        || before.silenceMillis() != now.silenceMillis()
        || !before.longestMillis().keySet().equals(now.longestMillis().keySet())
        || now.longestMillis().entrySet().stream()
            .anyMatch(
                one -> {
                  long was = before.longestMillis().getOrDefault(one.getKey(), 0L);
                  return one.getValue() * 4 >= was * 5 || one.getValue() * 2 <= was;
                });
  }

  private void write() {
    if (known.keySet().equals(kept.keySet())
        && known.entrySet().stream()
            .noneMatch(one -> isNews(one.getValue(), kept.get(one.getKey())))) {
      return;
    }
    try {
      // Where the store refuses, on a full disk, it is worth it again in ten minutes.
      if (!(store.append(List.of(), Map.of(NOTE, JSON.writeValueAsBytes(known)))
          instanceof Append.Refused)) {
        kept = known;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("rhythms are made of texts and numbers only", e);
    }
  }
}
