package org.cityedge.agent.alerts;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.cityedge.buffer.EventStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notes of the store in which the alerts outlast a restart, as {@link OpenAlerts} writes them
 * and as they are read at the start:
 *
 * <pre>
 *   alert.INCIDENT    an open alert          alerts.open       ["hall", …]   their order
 *   past.ALERT-ID     one that is over       alerts.past       ["01JWN8…", …]
 *   alerts.verdicts   {"cam-1": {"raised": 7, "falsePositives": 2}, …}
 *   alerts.muted      {"hall": ["smoke-1"], …}
 *   alerts.unlisted   is there when the list of open alerts is owed
 * </pre>
 *
 * <p>A note, or a part of one, that holds something else or that the store cannot read is passed
 * over with an error that names it, and all others count: an alert also when the list lacks it,
 * since the list may be what is damaged. Nothing is deleted for it. The note of an open alert stays
 * as it is until the next one of its incident takes its place, that of one that is over for good,
 * since a newer agent, to which it may be no riddle, finds it there; what it told was stored as
 * events. The store's cap holds.
 *
 * <p>Stateless; any thread.
 */
final class AlertNotes {
  /** Lists the incidents with an open alert. */
  static final String INDEX = "alerts.open";

  /** Lists the alerts that are over, the oldest first. */
  static final String PAST = "alerts.past";

  /** What came of each source's alerts. */
  static final String VERDICTS = "alerts.verdicts";

  /** The incidents of which nothing is told, and the rules that still see them. */
  static final String MUTED = "alerts.muted";

  /** Says that the list of open alerts has changed since it was last appended. */
  static final String UNLISTED = "alerts.unlisted";

  private static final String OPEN_ONE = "alert.";
  private static final String PAST_ONE = "past.";

  /** What the store takes: under another key nothing could be written again. */
  private static final Pattern KEY = Pattern.compile("[a-z0-9.-]{1,64}");

  /** A newer agent, from whose update there is a way back, may have written more. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final Logger LOG = LoggerFactory.getLogger(AlertNotes.class);

  private final EventStore store;

  AlertNotes(EventStore store) {
    this.store = store;
  }

  /** The note of the open alert of an incident. */
  static String open(String incident) {
    return OPEN_ONE + incident;
  }

  /** The note of an alert that is over. */
  static String past(String alertId) {
    return PAST_ONE + alertId.toLowerCase(Locale.ROOT);
  }

  /** By incident, in their order. */
  Map<String, Alert> open() {
    Map<String, Alert> open = new LinkedHashMap<>();
    for (String key : keys(INDEX, OPEN_ONE)) {
      alert(key).ifPresent(alert -> open.put(key.substring(OPEN_ONE.length()), alert));
    }
    return open;
  }

  /** By id, the oldest first. */
  Map<String, Alert> past() {
    Map<String, Alert> past = new LinkedHashMap<>();
    for (String key : keys(PAST, PAST_ONE)) {
      alert(key)
          .ifPresent(
              alert -> {
                if (past(alert.alertId()).equals(key)) {
                  past.put(alert.alertId(), alert);
                } else {
                  passOver(key, "it tells of " + alert.alertId());
                }
              });
    }
    return past;
  }

  /** By sensor or camera. */
  Map<String, Verdicts> verdicts() {
    return parts(VERDICTS, Verdicts.class);
  }

  /** By incident. */
  Map<String, List<String>> muted() {
    Map<String, List<String>> muted = new TreeMap<>();
    parts(MUTED, JsonNode.class)
        .forEach(
            (incident, rules) -> {
              if (rules.isArray()) {
                muted.put(incident, texts(MUTED, rules));
              } else {
                passOver(MUTED, incident + " has no list of rules");
              }
            });
    return muted;
  }

  /** Where nobody knows, it is: to append the list once too often does no harm. */
  boolean unlisted() {
    try {
      return store.note(UNLISTED).isPresent();
    } catch (IOException e) {
      passOver(UNLISTED, reason(e));
      return true;
    }
  }

  /** Those of the list, in its order; behind them those that it lacks. */
  private Set<String> keys(String list, String prefix) {
    Set<String> keys = new LinkedHashSet<>();
    tree(list, JsonNode::isArray)
        .ifPresent(
            all ->
                texts(list, all).forEach(text -> keys.add(prefix + text.toLowerCase(Locale.ROOT))));
    List<String> stored;
    try {
      stored = store.noteKeys(prefix);
    } catch (IOException e) {
      // The list knows them as well, and each may still be read.
      passOver(prefix + "*", reason(e));
      return keys;
    }
    Set<String> gone = new LinkedHashSet<>(keys);
    gone.removeAll(Set.copyOf(stored));
    keys.removeAll(gone);
    // What is no key is another text, which may be long.
    gone.stream().filter(KEY.asMatchPredicate()).forEach(key -> passOver(key, "it is gone"));
    for (String key : stored) {
      if (!KEY.matcher(key).matches()) {
        passOver(key, "no note is called so");
        keys.remove(key);
      } else if (keys.add(key)) {
        LOG.warn("The note {} lacks an alert that there is; it counts. alert={}", list, key);
      }
    }
    return keys;
  }

  private Optional<Alert> alert(String key) {
    try {
      Optional<byte[]> note = store.note(key);
      return note.isPresent() ? Optional.of(Alert.read(note.get())) : Optional.empty();
    } catch (IOException e) {
      // Its messages are stored events and not lost; what follows is.
      passOver(key, reason(e));
      return Optional.empty();
    }
  }

  /** What the note has of each, without what is no such thing. */
  private <T> Map<String, T> parts(String key, Class<T> type) {
    Map<String, T> parts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> part :
        tree(key, JsonNode::isObject).map(JsonNode::properties).orElse(Set.of())) {
      try {
        if (part.getValue().isNull()) {
          throw new IOException("it is null");
        }
        parts.put(part.getKey(), JSON.treeToValue(part.getValue(), type));
      } catch (IOException e) {
        passOver(key, part.getKey() + ": " + reason(e));
      }
    }
    return parts;
  }

  private static List<String> texts(String key, JsonNode list) {
    List<String> texts = new ArrayList<>();
    for (JsonNode one : list) {
      if (one.isTextual()) {
        texts.add(one.textValue());
      } else {
        passOver(key, "it lists something that is no text");
      }
    }
    return texts;
  }

  private Optional<JsonNode> tree(String key, Predicate<JsonNode> shape) {
    try {
      Optional<byte[]> note = store.note(key);
      if (note.isEmpty()) {
        return Optional.empty();
      }
      JsonNode tree = JSON.readTree(note.get());
      if (shape.test(tree)) {
        return Optional.of(tree);
      }
      passOver(key, "it is something else: " + tree.getNodeType());
    } catch (IOException e) {
      passOver(key, reason(e));
    }
    return Optional.empty();
  }

  /** Without the text that cannot be read, which may be long. */
  private static String reason(IOException e) {
    return e instanceof JacksonException json
        ? json.getOriginalMessage()
        : String.valueOf(e.getMessage());
  }

  private static void passOver(String key, String fault) {
    LOG.error(
        "The note {} cannot be read, or a part of it, which is passed over. fault=\"{}\"",
        key,
        fault);
  }
}
