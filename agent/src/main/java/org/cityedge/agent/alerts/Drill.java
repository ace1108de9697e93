package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A drill at work: the alert of one rule with status {@code Exercise} (CAP 1.2 §3.2.1), raised by
 * hand, so that the way from the gateway to the duty officer's window is walked before it is
 * needed. It is handled, escalated and pictured as any other; it switches no output and counts
 * among nobody's verdicts. Guarded by its incident's lock.
 */
public final class Drill {
  /** What a drill lasts at least and at most; then it is cleared, {@code reason: timeout}. */
  public static final Duration SHORTEST = Duration.ofSeconds(5);

  public static final Duration LONGEST = Duration.ofMinutes(10);

  /** How long it waits for the next picture of its camera, before it is raised without one. */
  public static final Duration PICTURE = Duration.ofSeconds(3);

  /**
   * What is asked for: by the rule's id, else by the alert's kind; the first rule of it.
   *
   * @param length from {@link #SHORTEST} to {@link #LONGEST}
   */
  public record Order(Optional<String> rule, Optional<Rule.Kind> kind, Duration length) {
    boolean fits(Rule candidate) {
      return rule.map(candidate.head().id()::equals)
          .orElseGet(() -> kind.map(candidate.head().kind()::equals).orElse(false));
    }
  }

  /** What came of it. */
  public sealed interface Answer {
    /** It is raised with the next picture, within {@link #PICTURE}; at once without a camera. */
    record Begun() implements Answer {}

    /**
     * @param reason fit for a person
     */
    record Refused(String reason) implements Answer {}
  }

  /** No rule's id and no incident of the configuration begins like it. */
  static final String INCIDENT = "..drill";

  final Incident incident;
  final Watch watch;
  private final long begun;
  private final long length;
  private long raisedAt;
  private boolean raised;

  /**
   * @param now monotonic nanoseconds
   * @param at the same moment as the payload writes it
   */
  Drill(Rule rule, Duration length, Duration acceptWithin, long now, String at) {
    this.incident = new Incident(INCIDENT, List.of(rule), acceptWithin, now);
    this.watch = incident.lead();
    this.begun = now;
    this.length = length.toNanos();
    watch.look(now, at, new Watch.Look(true, true, 1, amount(rule), false));
    incident.lookedAt = now;
    incident.begins(watch, now);
  }

  /** A drill shows what the rule would say at its limit. */
  private static OptionalDouble amount(Rule rule) {
    return switch (rule) {
      case Rule.Threshold t -> OptionalDouble.of(t.limit());
      case Rule.Rate r -> OptionalDouble.of(r.change());
      case Rule.Contact _, Rule.Video _, Rule.SensorLost _, Rule.CameraFault _ ->
          OptionalDouble.empty();
    };
  }

  /** Whether this camera's next picture is to go with it. */
  boolean waitsFor(String camera) {
    return !raised && watch.rule instanceof Rule.Video video && video.source().equals(camera);
  }

  /** Whether it is time to raise it, with or without a picture. */
  boolean isDue(long now) {
    return !raised && (!(watch.rule instanceof Rule.Video) || now - begun >= PICTURE.toNanos());
  }

  void raised(long now) {
    raised = true;
    raisedAt = now;
  }

  /** Whether its time is up, or the centre has ended it. */
  boolean isOver(long now) {
    return raised && (incident.alert == null || now - raisedAt >= length);
  }
}
