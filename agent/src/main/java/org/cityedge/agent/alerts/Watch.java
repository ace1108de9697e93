package org.cityedge.agent.alerts;

import java.util.OptionalDouble;
import org.cityedge.agent.alerts.Confirmation.Change;
import org.cityedge.video.Observation;
import org.jspecify.annotations.Nullable;

/**
 * One rule at work: its confirmation, and what an alert says of its looks. Guarded by the lock of
 * its {@link Incident}.
 */
final class Watch {
  /** What one look found. */
  record Look(
      boolean seen, boolean valid, double confidence, OptionalDouble amount, boolean simulated) {}

  final Rule rule;
  private Confirmation confirmation;

  /** Wall time of the look with which the present suspicion began; the alert's onset. */
  String onset = "";

  /** Monotonic time of the same look; it is not known of an alert that a restart took up. */
  long onsetNanos;

  /** Monotonic time of the last reading, for the loss of a sensor; the start counts as one. */
  long lastReading;

  /** For a rule on a rate of change. */
  private final @Nullable Excursion excursion;

  int looksSeen;
  double confidence;
  OptionalDouble amount = OptionalDouble.empty();
  boolean simulated;

  Watch(Rule rule) {
    this.rule = rule;
    this.confirmation = new Confirmation(rule.confirmation());
    this.excursion = rule instanceof Rule.Rate rate ? new Excursion(rate.within()) : null;
  }

  /** Whether the value has changed as much as the rule says. */
  boolean hasMoved(Rule.Rate rate, long nanos, double value) {
    boolean rising = rate.change() > 0;
    double moved = excursion == null ? 0 : excursion.take(nanos, value, rising);
    return rising ? moved >= rate.change() : moved <= rate.change();
  }

  /** Takes up that it saw this alert's condition before a restart. */
  void resume(Alert alert, long nanos) {
    resume(nanos);
    if (alert.why().rule().equals(rule.head().id())) {
      onset = alert.onset();
      looksSeen = alert.why().observations();
      confidence = alert.confidence();
    }
    simulated = alert.status().equals("Test");
  }

  /** Takes up that it saw its condition before a restart. */
  void resume(long nanos) {
    confirmation = Confirmation.resumed(rule.confirmation(), nanos);
  }

  /** Whether a sensor says it; a camera otherwise. */
  boolean isSensor() {
    return switch (rule) {
      case Rule.Threshold _, Rule.Rate _, Rule.Contact _, Rule.SensorLost _ -> true;
      case Rule.Video _, Rule.CameraFault _ -> false;
    };
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
}
