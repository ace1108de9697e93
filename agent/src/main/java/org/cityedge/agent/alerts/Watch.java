package org.cityedge.agent.alerts;

import java.util.List;
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
      boolean seen, boolean valid, double confidence, OptionalDouble amount, boolean simulated) {
    /** A look that cannot be judged. */
    static final Look INVALID = new Look(false, false, 0, OptionalDouble.empty(), false);

    /** As sure as the other at least, and of as much. */
    Look atLeast(@Nullable Look other) {
      if (other == null) {
        return this;
      }
      boolean more = other.amount.orElse(0) > amount.orElse(0);
      return new Look(
          seen,
          valid,
          Math.max(confidence, other.confidence),
          more ? other.amount : amount,
          simulated);
    }

    Look unseen() {
      return new Look(false, valid, confidence, amount, simulated);
    }
  }

  final Rule rule;
  private Confirmation confirmation;

  /** Wall time of the look with which the present suspicion began; the alert's onset. */
  String onset = "";

  /** Monotonic time of the same look; it is not known of an alert that a restart took up. */
  long onsetNanos;

  /** For the loss of a sensor. */
  @Nullable LifeSigns life;

  /** Whether its contact has said anything, be it that nobody knows. */
  boolean heard;

  /** The last look of a contact, which stands until the next; null when nobody knows. */
  @Nullable Look standing;

  /** Whether something of a message could not be read, and the contact has not shown itself yet. */
  boolean doubted;

  /** For a rule on a rate of change. */
  private @Nullable Excursion excursion;

  /** Whether the numbers of that were made up. */
  private boolean excursionSimulated;

  /** For a rule on any zone of a camera. */
  private final @Nullable FrameLooks frames;

  private boolean resumed;

  /** Whether nobody knows if what it saw before a restart was made up. */
  private boolean unsure;

  int looksSeen;
  double confidence;
  OptionalDouble amount = OptionalDouble.empty();
  boolean simulated;

  /**
   * @param now monotonic nanoseconds
   */
  Watch(Rule rule, long now) {
    this.rule = rule;
    this.life = rule instanceof Rule.SensorLost lost ? new LifeSigns(lost, now) : null;
    this.frames =
        rule instanceof Rule.Video video && video.zone().isEmpty() ? new FrameLooks() : null;
    this.confirmation = new Confirmation(rule.confirmation());
    this.excursion = rule instanceof Rule.Rate rate ? new Excursion(rate.within()) : null;
  }

  /**
   * Whether the value has changed as much as the rule says.
   *
   * @param madeUp whether the value is; there is no change between those that are and others
   */
  boolean hasMoved(Rule.Rate rate, long nanos, double value, boolean madeUp) {
    if (madeUp != excursionSimulated) {
      excursion = new Excursion(rate.within());
      excursionSimulated = madeUp;
    }
    boolean rising = rate.change() > 0;
    double moved = excursion == null ? 0 : excursion.take(nanos, value, rising);
    return rising ? moved >= rate.change() : moved <= rate.change();
  }

  /** Whether it knows enough to say that the value has not changed, when it did before. */
  boolean knowsOfNoChange(long nanos) {
    return !resumed || (excursion != null && excursion.isWhole(nanos));
  }

  /**
   * Takes up that it saw this alert's condition before a restart.
   *
   * @param leads whether the alert is told by it from now on
   */
  void resume(Alert alert, long nanos, boolean leads) {
    resume(nanos);
    unsure = false;
    simulated = alert.isTest();
    if (leads) {
      onset = alert.onset();
      looksSeen = alert.why().observations();
      confidence = alert.confidence();
    }
    if (alert.why().rule().equals(rule.head().id())) {
      amount = amountOf(alert.why());
    }
  }

  private OptionalDouble amountOf(Alert.Why why) {
    if (why.count() != null) {
      return OptionalDouble.of(why.count());
    }
    // A camera's value is a density.
    return isSensor() && why.value() instanceof Number number
        ? OptionalDouble.of(number.doubleValue())
        : OptionalDouble.empty();
  }

  /** Takes up that it saw its condition before a restart. */
  void resume(long nanos) {
    confirmation = Confirmation.resumed(rule.confirmation(), nanos);
    resumed = true;
    unsure = true;
    if (life != null) {
      life.resume();
    }
  }

  /** Its sensor has ended, and the next of that id may have other channels. */
  void forgetLife(long nanos) {
    if (rule instanceof Rule.SensorLost lost) {
      life = new LifeSigns(lost, nanos);
      if (isActive()) {
        life.resume();
      }
    }
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

  /** The looks that count with this observation, in their order. */
  List<FrameLooks.Timed> looks(Rule.Video video, Observation o) {
    Look look = look(video, o);
    return frames == null
        ? List.of(new FrameLooks.Timed(o.nanos(), o.at(), look))
        : frames.take(o.nanos(), o.at(), look);
  }

  /** What an observation means to the rule, given what is suspected already. */
  private Look look(Rule.Video video, Observation o) {
    double strength = video.strength(o);
    double confidence =
        switch (video.sees()) {
          case SMOKE -> o.score();
          // How far beyond the limit: half at the limit, whole at twice as many.
          case CROWD -> Math.min(1, strength / 2);
        };
    return new Look(video.sees(o, confirmation), o.valid(), confidence, o.persons(), false);
  }

  /**
   * Begins anew with a look that is not made up where those before were, or the other way round: it
   * is of another witness.
   *
   * @return whether what those before saw was confirmed, and is lost with it
   */
  boolean turns(Look look) {
    if (!look.valid() || unsure || confirmation.isIdle() || look.simulated() == simulated) {
      return false;
    }
    boolean active = confirmation.isActive();
    confirmation = new Confirmation(rule.confirmation());
    return active;
  }

  /** What a look changes. */
  Change look(long nanos, String at, Look look) {
    if (look.valid() && unsure) {
      unsure = false;
      simulated = look.simulated();
    }
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

  /** The last look once more, since it stands; it is none of its own. */
  Change again(long nanos, String at, Look look) {
    int looks = confirmation.isIdle() ? 1 : looksSeen;
    Change change = look(nanos, at, look);
    looksSeen = looks;
    return change;
  }

  Change tick(long nanos) {
    return confirmation.tick(nanos);
  }
}
