package org.cityedge.agent.alerts;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An alert as it travels: the whole state each time (wire.md §4). Component names are the payload's
 * keys.
 *
 * @param alertId ULID, the same over the alert's whole life
 * @param rev 1 for raised, one more with every message
 * @param state raised, updated, cleared, cancelled, expired
 * @param status CAP status: {@code Actual}; {@code Test} of simulated sources; {@code Exercise} for
 *     a drill; the same over its whole life
 * @param confidence 0..1
 * @param onset RFC 3339; when the condition began
 * @param resumed true in the message after a restart of the agent
 * @param reopened how often the condition has come back within the cool-down; absent when it never
 *     has
 * @param flapping true when it came and went so often that it stays open until it is quiet
 * @param escalation 1..3: published again because the centre has not accepted it in time
 * @param handling what the centre said last; its axis, not the gateway's
 * @param reportedMs from the look that confirmed it to the broker's PUBACK of its first message;
 *     absent until that is known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Alert(
    String alertId,
    int rev,
    String state,
    String kind,
    String status,
    String severity,
    String urgency,
    String certainty,
    double confidence,
    String headline,
    String onset,
    @Nullable List<Code> eventCode,
    @Nullable String department,
    @Nullable String domain,
    Where where,
    @Nullable Popup popup,
    Why why,
    @Nullable List<Evidence> evidence,
    Clock clock,
    @Nullable String clearedAt,
    @Nullable String reason,
    @Nullable Boolean resumed,
    @Nullable Integer reopened,
    @Nullable Boolean flapping,
    @Nullable Integer escalation,
    @Nullable Handling handling,
    @Nullable Long reportedMs) {

  private static final Pattern ULID = Pattern.compile("[0-9A-HJKMNP-TV-Z]{26}");

  /** A newer agent, from whose update there is a way back, may have written more. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  public Alert {
    given("alertId", alertId);
    given("state", state);
    given("status", status);
    given("urgency", urgency);
    given("certainty", certainty);
    given("headline", headline);
    given("onset", onset);
    given("where", where);
    given("why", why);
    given("clock", clock);
    given("kind", kind);
    given("severity", severity);
    Rule.Kind _ = Rule.Kind.of(kind);
    Rule.Severity _ = Rule.Severity.of(severity);
    eventCode = whole("eventCode", eventCode);
    evidence = whole("evidence", evidence);
  }

  /**
   * Reads an alert as it was stored.
   *
   * @throws IOException when it is none, or lacks what each has; the text says what
   */
  public static Alert read(byte[] json) throws IOException {
    @Nullable Alert alert = JSON.readValue(json, Alert.class);
    if (alert == null) {
      throw new IOException("it is null");
    }
    if (!ULID.matcher(alert.alertId).matches()) {
      throw new IOException("alertId must be a ULID");
    }
    return alert;
  }

  /** Nullness is checked where we write; what is read may lack anything. */
  private static void given(String name, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
  }

  private static <T> @Nullable List<T> whole(String name, @Nullable List<T> list) {
    if (list == null) {
      return null;
    }
    if (list.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(name + " holds a null");
    }
    return List.copyOf(list);
  }

  /** A code of somebody's event table. */
  public record Code(String scheme, String value) {
    public Code {
      given("eventCode.scheme", scheme);
      given("eventCode.value", value);
    }
  }

  /**
   * Where it happens; what nobody knows is left out.
   *
   * @param positionSource gpsd or nmea (where the vehicle was at the onset), fixed or configured
   * @param positionAgeS between the receiver's position and the onset, seconds
   * @param positionStale true when that is too long for the place to be trusted
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Where(
      @Nullable Double lat,
      @Nullable Double lon,
      @Nullable String crs,
      @Nullable Double accuracyM,
      @Nullable String gridCode,
      @Nullable String address,
      @Nullable String partCode,
      @Nullable String positionSource,
      @Nullable Double positionAgeS,
      @Nullable Boolean positionStale) {}

  /** The camera window that the centre should open by itself, and its neighbours. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Popup(
      String camera,
      @Nullable String gb28181,
      @Nullable Integer preset,
      @Nullable List<String> near) {
    public Popup {
      given("popup.camera", camera);
      near = whole("popup.near", near);
    }
  }

  /**
   * What the gateway bases the alert on, for whoever has to answer for it.
   *
   * @param rule of whoever raised it; once that is gone, of the first that is left of the others
   * @param with rules of the same incident that found it as well, in the order they came
   * @param count people, for crowding
   * @param value the number or flag of the last look, for a sensor's rule
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Why(
      String rule,
      @Nullable List<String> with,
      @Nullable String detector,
      @Nullable String camera,
      @Nullable String zone,
      @Nullable String window,
      int observations,
      @Nullable Integer count,
      @Nullable List<String> sensors,
      @Nullable String quantity,
      @Nullable Object value,
      @Nullable Double limit) {
    public Why {
      given("why.rule", rule);
      with = whole("why.with", with);
      sensors = whole("why.sensors", sensors);
    }

    /** All that found it. */
    Set<String> rules() {
      Set<String> rules = new HashSet<>();
      rules.add(rule);
      if (with != null) {
        rules.addAll(with);
      }
      return rules;
    }
  }

  /**
   * A picture that is, or was, on its way under its own topic; a clip that can be asked for; or the
   * reason why there is neither.
   *
   * @param type image/jpeg or video/mp4
   * @param takenAt RFC 3339; of a clip its first picture
   * @param masked always true
   * @param annotated true of a picture with zones and regions drawn on it
   * @param withheld why nothing was kept; nothing but the type is known then
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Evidence(
      @Nullable String id,
      String type,
      @Nullable Long bytes,
      @Nullable String sha256,
      @Nullable String takenAt,
      @Nullable Boolean masked,
      @Nullable Boolean annotated,
      @Nullable String withheld) {
    private static final int MAX_REASON = 200;

    public Evidence {
      given("evidence.type", type);
    }

    static Evidence of(String id, String type, long bytes, String sha256, String takenAt) {
      return new Evidence(id, type, bytes, sha256, takenAt, true, null, null);
    }

    Evidence asAnnotated() {
      return new Evidence(id, type, bytes, sha256, takenAt, masked, true, withheld);
    }

    static Evidence withheld(String type, String reason) {
      String text = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
      return new Evidence(null, type, null, null, null, null, null, text);
    }
  }

  /**
   * What the centre says of it (受理、分发、处置、反馈、办结、督办).
   *
   * @param state accepted, dispatched, in_progress, feedback, closed, supervised, false_positive
   * @param by who says so at the centre; an office or a role, as the centre writes it
   * @param at when, as the centre's clock has it
   * @param caseNumber of the centre's own books
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Handling(
      String state,
      String by,
      @Nullable String at,
      @JsonProperty("case") @Nullable String caseNumber,
      @Nullable String department,
      @Nullable String note) {
    public Handling {
      given("handling.state", state);
      given("handling.by", by);
    }
  }

  /** How far the times can be trusted. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Clock(String source, @Nullable Long errorMs) {
    public Clock {
      given("clock.source", source);
    }
  }

  /** Its next message: this state with what {@code change} makes of it. */
  Alert next(String newState, Clock now, Consumer<Draft> change) {
    Draft draft = new Draft(this);
    draft.rev = rev + 1;
    draft.state = newState;
    draft.clock = now;
    draft.resumed = null;
    change.accept(draft);
    return draft.alert();
  }

  /** The same message with what {@code change} makes of it. */
  Alert with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.alert();
  }

  /** The part of an alert that changes during its life; the rest stays as it was raised. */
  static final class Draft {
    private final Alert before;
    int rev;
    String state;
    String status;
    String severity;
    String certainty;
    double confidence;
    String headline;
    @Nullable Popup popup;
    Why why;
    @Nullable List<Evidence> evidence;
    Clock clock;
    @Nullable String clearedAt;
    @Nullable String reason;
    @Nullable Boolean resumed;
    @Nullable Integer reopened;
    @Nullable Boolean flapping;
    @Nullable Integer escalation;
    @Nullable Handling handling;
    @Nullable Long reportedMs;

    private Draft(Alert before) {
      this.before = before;
      this.rev = before.rev;
      this.state = before.state;
      this.status = before.status;
      this.severity = before.severity;
      this.certainty = before.certainty;
      this.confidence = before.confidence;
      this.headline = before.headline;
      this.popup = before.popup;
      this.why = before.why;
      this.evidence = before.evidence;
      this.clock = before.clock;
      this.clearedAt = before.clearedAt;
      this.reason = before.reason;
      this.resumed = before.resumed;
      this.reopened = before.reopened;
      this.flapping = before.flapping;
      this.escalation = before.escalation;
      this.handling = before.handling;
      this.reportedMs = before.reportedMs;
    }

    private Alert alert() {
      return new Alert(
          before.alertId,
          rev,
          state,
          before.kind,
          status,
          severity,
          before.urgency,
          certainty,
          confidence,
          headline,
          before.onset,
          before.eventCode,
          before.department,
          before.domain,
          before.where,
          popup,
          why,
          evidence,
          clock,
          clearedAt,
          reason,
          resumed,
          reopened,
          flapping,
          escalation,
          handling,
          reportedMs);
    }
  }

  /** The sensor or camera whose rule raised it; empty for a drill without a camera. */
  String source() {
    if (why.camera() != null) {
      return why.camera();
    }
    return why.sensors() == null || why.sensors().isEmpty() ? "" : why.sensors().getFirst();
  }

  /** Whether what it tells of is made up. */
  boolean isTest() {
    return status.equals("Test");
  }

  boolean isOver() {
    return switch (state) {
      case "cleared", "cancelled", "expired" -> true;
      default -> false;
    };
  }
}
