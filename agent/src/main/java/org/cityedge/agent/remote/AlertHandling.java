package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Handled;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.Entry;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.buffer.EventStore;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the centre says of an alert, on {@code G/alert-handling} (wire.md §4, schema
 * alert-handling): {@code {"alertId":"…","rev":2,"handling":"accepted","by":"duty-3"}}. Told in the
 * alert's next message, and answered as a command is. Of what is refused, or was said before, at
 * most {@value #MOST} are answered at once and one a second after that; the audit counts the
 * others. Called on the inbox's thread.
 */
public final class AlertHandling implements Consumer<Incoming> {
  /** Refusals and repetitions that may be told at once; then one a second. */
  static final int MOST = 20;

  private static final Duration EACH = Duration.ofSeconds(1);
  private static final int MAX_BYTES = 8 * 1024;
  private static final String VERB = "alert-handling";
  private static final Set<String> WORDS =
      Set.of(
          "accepted",
          "dispatched",
          "in_progress",
          "feedback",
          "closed",
          "supervised",
          "false_positive");
  private static final Pattern ALERT_ID = Pattern.compile("[0-9A-HJKMNP-TV-Z]{26}");
  private static final Pattern TIME = Pattern.compile("[0-9T:.Z+-]{20,35}");
  private static final Pattern SHORT = Pattern.compile("\\P{Cntrl}{1,64}");
  private static final Pattern NOTE = Pattern.compile("\\P{Cntrl}{1,256}");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final AlertTracker alerts;
  private final Answers answers;
  private final Audit audit;
  private final Turns vain;
  private long silent;

  public AlertHandling(EventStore store, CloudEvents events, AlertTracker alerts, Audit audit) {
    this(store, events, alerts, audit, System::nanoTime);
  }

  /**
   * @param nanos monotonic clock
   */
  AlertHandling(
      EventStore store, CloudEvents events, AlertTracker alerts, Audit audit, LongSupplier nanos) {
    this.audit = audit;
    this.vain = new Turns(MOST, EACH, nanos);
    this.answers = new Answers(store, events);
    this.alerts = alerts;
  }

  /** What is wrong with a message, for whoever wrote it. */
  private static final class Malformed extends Exception {
    private Malformed(String message) {
      super(message);
    }
  }

  /**
   * @param changes whether the alert tells anything new
   */
  private record Judged(Answer.Now answer, boolean changes) {}

  @Override
  public void accept(Incoming message) {
    Judged judged = judge(message);
    Answer.Now answer = judged.answer();
    // What is taken is never passed over: after an outage much may come at once.
    if (!judged.changes() && !vain.take()) {
      silent++;
      return;
    }
    if (silent > 0) {
      recordFlood();
      silent = 0;
    }
    record(message, answer);
    answers.send(message, VERB, answer);
  }

  private void recordFlood() {
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.ALERT_HANDLING,
                "refused",
                "",
                "flood",
                "TOO_MANY",
                silent + " more were refused, or said before, unanswered",
                true));
  }

  private void record(Incoming message, Answer.Now answer) {
    JsonNode word;
    try {
      word =
          message.payload().length > MAX_BYTES ? JSON.nullNode() : JSON.readTree(message.payload());
    } catch (IOException e) {
      word = JSON.nullNode();
    }
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.ALERT_HANDLING,
                word.path("handling").asText("unknown"),
                word.path("by").asText(""),
                "alert " + word.path("alertId").asText("") + " rev " + word.path("rev").asText("-"),
                answer instanceof Answer.Refused(String code, String _) ? code : "",
                answer instanceof Answer.Refused(String _, String text) ? text : "",
                false));
  }

  private Judged judge(Incoming message) {
    if (message.retained()) {
      return refused(
          "RETAINED", "what is said of an alert must not be retained; publish it with RETAIN=0");
    }
    if (message.payload().length > MAX_BYTES) {
      return refused(
          "BAD_REQUEST",
          "must be at most " + MAX_BYTES + " bytes, was " + message.payload().length);
    }
    try {
      JsonNode word = JSON.readTree(message.payload());
      if (!word.isObject()) {
        throw new Malformed("must be a JSON object");
      }
      String id = required(word, "alertId", ALERT_ID, "a ULID of 26 characters");
      Alert.Handling handling =
          new Alert.Handling(
              word(word),
              required(word, "by", SHORT, "1 to 64 characters"),
              optional(word, "at", TIME, "a time of RFC 3339"),
              optional(word, "case", SHORT, "1 to 64 characters"),
              optional(word, "department", SHORT, "1 to 64 characters"),
              optional(word, "note", NOTE, "1 to 256 characters"));
      return judge(id, alerts.handle(id, rev(word), handling));
    } catch (IOException e) {
      return refused("BAD_REQUEST", "must be a JSON object");
    } catch (Malformed e) {
      return refused("BAD_REQUEST", String.valueOf(e.getMessage()));
    }
  }

  private static Judged judge(String id, Handled handled) {
    return switch (handled) {
      case Handled.Taken(int rev, String state) -> new Judged(done(id, rev, state), true);
      case Handled.Known(int rev, String state) -> new Judged(done(id, rev, state), false);
      case Handled.Older(int rev, String state) ->
          refused(
              "OLD_REVISION",
              "alert %s is at revision %d (%s) by now; look at that before it is called false"
                  .formatted(id, rev, state));
      case Handled.Unknown _ ->
          refused("NO_SUCH_ALERT", "alert " + id + " is neither open nor among the last that were");
    };
  }

  private static Judged refused(String code, String message) {
    return new Judged(new Answer.Refused(code, message), false);
  }

  private static Answer.Now done(String id, int rev, String state) {
    return new Answer.Done(Map.of("alertId", id, "rev", rev, "state", state));
  }

  private static String word(JsonNode message) throws Malformed {
    String word = message.path("handling").asText();
    if (!WORDS.contains(word)) {
      throw new Malformed("handling must be one of " + WORDS.stream().sorted().toList());
    }
    return word;
  }

  private static OptionalInt rev(JsonNode message) throws Malformed {
    JsonNode rev = message.path("rev");
    if (rev.isMissingNode()) {
      return OptionalInt.empty();
    }
    if (!rev.isInt() || rev.intValue() < 1) {
      throw new Malformed("rev must be a whole number from 1 on");
    }
    return OptionalInt.of(rev.intValue());
  }

  private static String required(JsonNode message, String key, Pattern pattern, String allowed)
      throws Malformed {
    String text = optional(message, key, pattern, allowed);
    if (text == null) {
      throw new Malformed(key + " is missing; must be " + allowed);
    }
    return text;
  }

  private static @Nullable String optional(
      JsonNode message, String key, Pattern pattern, String allowed) throws Malformed {
    JsonNode value = message.path(key);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
      throw new Malformed(key + " must be " + allowed);
    }
    return value.textValue();
  }
}
