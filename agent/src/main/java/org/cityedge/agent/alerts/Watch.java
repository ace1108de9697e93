package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.OptionalDouble;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.video.Observation;
import org.jspecify.annotations.Nullable;

/**
 * One rule at work: its confirmation, its open alert, and what the alert says of the looks. Guarded
 * by its own lock, which the {@link AlertTracker} holds around each look.
 */
final class Watch {
  /** CAP has no rate limit; an open alert that goes on tells so once a minute (video.md §2.3). */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);

  /** Between two updates at least this, however fast a crowd grows. */
  private static final Duration QUIET = Duration.ofSeconds(10);

  /** What one look found. */
  record Look(
      boolean seen, boolean valid, double confidence, OptionalDouble amount, boolean simulated) {}

  final Rule rule;
  private final Confirmation confirmation;
  @Nullable Alert alert;

  /** The alert before it, as it ended; its clip may still be in the making. */
  @Nullable Alert over;

  /** Wall time of the look with which the present suspicion began; the alert's onset. */
  String onset = "";

  /** Monotonic time of the same look; it is not known of an alert that a restart took up. */
  long onsetNanos;

  /** Monotonic time of the last reading, for the loss of a sensor; the start counts as one. */
  long lastReading;

  int looksSeen;
  double confidence;
  OptionalDouble amount = OptionalDouble.empty();
  boolean simulated;

  // As last published.
  private long publishedAt;
  private double publishedConfidence;
  private double publishedAmount;

  Watch(Rule rule) {
    this.rule = rule;
    this.confirmation = new Confirmation(rule.confirmation());
  }

  private Watch(Rule rule, Alert alert, long nanos) {
    this.rule = rule;
    this.confirmation = Confirmation.resumed(rule.confirmation(), nanos);
    this.alert = alert;
    this.onset = alert.onset();
    this.looksSeen = alert.why().observations();
    this.simulated = alert.status().equals("Test");
  }

  /** Takes up the alert that was open before a restart. */
  static Watch resumed(Rule rule, Alert alert, long nanos) {
    return new Watch(rule, alert, nanos);
  }

  boolean isActive() {
    return confirmation.isActive();
  }

  /** What an observation means to the rule, given what is suspected already. */
  Look look(Rule.Video video, Observation o) {
    double strength = video.strength(o);
    double confidence =
        switch (video.sees()) {
          case SMOKE -> o.score();
          // How far beyond the limit: half at the limit, whole at twice as many.
          case CROWD -> Math.min(1, strength / 2);
        };
    return new Look(video.sees(o, confirmation), o.valid(), confidence, o.persons(), false);
  }

  Change look(long nanos, String at, Look look) {
    if (confirmation.isIdle() && look.seen() && look.valid()) {
      onset = at;
      onsetNanos = nanos;
      looksSeen = 0;
      confidence = 0;
      simulated = false;
    }
    if (look.seen() && look.valid()) {
      looksSeen++;
      confidence = Math.max(look.confidence(), confidence);
      amount = look.amount();
      simulated |= look.simulated();
    }
    return confirmation.look(nanos, look.seen(), look.valid());
  }

  Change tick(long nanos) {
    return confirmation.tick(nanos);
  }

  /** Whether what has changed since the last message is worth another one. */
  boolean worthAnUpdate(long nanos) {
    long since = nanos - publishedAt;
    boolean grown =
        confidence >= publishedConfidence + 0.15
            || Math.abs(amount.orElse(0) - publishedAmount)
                >= Math.max(1, 0.25 * Math.abs(publishedAmount));
    return since >= KEEP_ALIVE.toNanos() || (grown && since >= QUIET.toNanos());
  }

  void published(long nanos, Alert state) {
    if (state.isOver()) {
      over = state;
    }
    alert = state.isOver() ? null : state;
    publishedAt = nanos;
    publishedConfidence = confidence;
    publishedAmount = amount.orElse(0);
  }
}
