package org.cityedge.agent.alerts;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An alert as it travels: the whole state each time (wire.md §4). Component names are the payload's
 * keys.
 *
 * @param alertId ULID, the same over the alert's whole life
 * @param rev 1 for raised, one more with every message
 * @param state raised, updated, cleared, cancelled, expired
 * @param status CAP status: {@code Actual}, or {@code Test} as soon as any simulated source has
 *     part in it
 * @param confidence 0..1
 * @param onset RFC 3339; when the condition began
 * @param resumed true in the message after a restart of the agent
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
    @Nullable Boolean resumed) {

  /** A code of somebody's event table. */
  public record Code(String scheme, String value) {}

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
      @Nullable List<String> near) {}

  /**
   * What the gateway bases the alert on, for whoever has to answer for it.
   *
   * @param count people, for crowding
   * @param value the number or flag of the last look, for a sensor's rule
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Why(
      String rule,
      @Nullable String detector,
      @Nullable String camera,
      @Nullable String zone,
      @Nullable String window,
      int observations,
      @Nullable Integer count,
      @Nullable List<String> sensors,
      @Nullable String quantity,
      @Nullable Object value,
      @Nullable Double limit) {}

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

  /** How far the times can be trusted. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Clock(String source, @Nullable Long errorMs) {}

  /** What the looks add up to; the part of an alert that changes while it is open. */
  record Finding(String status, String certainty, double confidence, Why why) {}

  Finding finding() {
    return new Finding(status, certainty, confidence, why);
  }

  /** The same alert in a later state; everything else about it stays as it was raised. */
  Alert evolve(
      int newRev,
      String newState,
      Finding found,
      @Nullable List<Evidence> pictures,
      Clock now,
      @Nullable String newClearedAt,
      @Nullable String newReason,
      @Nullable Boolean newResumed) {
    return new Alert(
        alertId,
        newRev,
        newState,
        kind,
        found.status(),
        severity,
        urgency,
        found.certainty(),
        found.confidence(),
        headline,
        onset,
        eventCode,
        department,
        domain,
        where,
        popup,
        found.why(),
        pictures,
        now,
        newClearedAt,
        newReason,
        newResumed);
  }

  boolean isOver() {
    return switch (state) {
      case "cleared", "cancelled", "expired" -> true;
      default -> false;
    };
  }
}
