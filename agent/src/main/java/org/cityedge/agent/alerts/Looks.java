package org.cityedge.agent.alerts;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.agent.alerts.Watch.Look;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraHealth;
import org.jspecify.annotations.Nullable;

/** What a sensor's sample or a camera's state means to a rule that watches it. */
final class Looks {
  private Looks() {}

  /**
   * What a sample that came now means to a rule, under its incident's lock; empty when it means
   * nothing.
   */
  static Optional<Look> at(Watch watch, Sample sample, long now) {
    if (watch.life != null) {
      hear(watch.life, sample, now);
    }
    return switch (sample) {
      case Sample.Measured(Reading r) ->
          switch (watch.rule) {
            case Rule.Threshold t
                when t.quantity().equals(r.quantity()) && r.value() instanceof Reading.Quantity q ->
                Optional.of(
                    look(
                        r,
                        beyond(t, watch.isActive() ? t.clearAt() : t.limit(), q.value()),
                        OptionalDouble.of(q.value())));
            case Rule.Rate rate
                when rate.quantity().equals(r.quantity())
                    && r.value() instanceof Reading.Quantity q
                    && (r.quality() == Quality.GOOD || r.quality() == Quality.SIM) -> {
              boolean simulated = r.quality() == Quality.SIM;
              boolean moved = watch.hasMoved(rate, r.nanos(), q.value(), simulated);
              yield moved || watch.knowsOfNoChange(r.nanos())
                  ? Optional.of(look(r, moved, OptionalDouble.of(q.value())))
                  : Optional.empty();
            }
            case Rule.Contact c
                when c.quantity().equals(r.quantity()) && r.value() instanceof Reading.Flag f -> {
              watch.heard = true;
              watch.standing = standing(c, r, f);
              watch.doubted = false;
              yield Optional.of(Objects.requireNonNullElse(watch.standing, Look.INVALID));
            }
            case Rule.SensorLost lost -> alive(watch, lost, r, now);
            case Rule.Threshold _, Rule.Rate _, Rule.Contact _, Rule.Video _, Rule.CameraFault _ ->
                Optional.empty();
          };
      case Sample.Missed missed ->
          switch (watch.rule) {
            case Rule.SensorLost rule ->
                isLost(watch, missed, now) ? Optional.of(lost(rule)) : Optional.empty();
            // What can be read of the message comes right after it.
            case Rule.Contact c when missed.fault().kind() == Fault.Kind.MALFORMED -> {
              watch.doubted |= missed.fault().quantity().map(c.quantity()::equals).orElse(true);
              yield Optional.empty();
            }
            case Rule.Contact _ -> {
              watch.heard = true;
              yield Optional.of(unknown(watch));
            }
            case Rule.Threshold _, Rule.Rate _, Rule.Video _, Rule.CameraFault _ ->
                Optional.empty();
          };
    };
  }

  private static void hear(LifeSigns life, Sample sample, long now) {
    life.start();
    switch (sample) {
      case Sample.Measured(Reading r) when r.quality() != Quality.COMM -> {
        life.hear(now);
        life.read();
      }
      case Sample.Measured _ -> {}
      case Sample.Missed missed -> {
        switch (missed.fault().kind()) {
          case MALFORMED -> life.hear(now);
          case LOST, HARDWARE -> life.fallSilent();
          case UNREACHABLE, REFUSED -> {}
        }
      }
    }
  }

  /**
   * What a camera's state means to a rule; empty when it means nothing. While it gives nothing to
   * look at, the timers of its video rules stand still; while only its view is wrong they go on,
   * for smoke before the lens looks just so. One that starts is neither well nor at fault yet.
   */
  static Optional<Look> at(Rule rule, CameraHealth health) {
    boolean well =
        switch (health.state()) {
          case OK, STARTING -> true;
          case LOST, FROZEN, BLACK, BLINDED, COVERED, MOVED, DEGRADED -> false;
        };
    boolean sees =
        switch (health.state()) {
          case OK, STARTING, BLINDED, COVERED, MOVED, DEGRADED -> true;
          case LOST, FROZEN, BLACK -> false;
        };
    boolean judgesTheCamera =
        rule instanceof Rule.CameraFault && health.state() != CameraHealth.State.STARTING;
    return judgesTheCamera || !sees
        ? Optional.of(new Look(!well, judgesTheCamera, 1, OptionalDouble.empty(), false))
        : Optional.empty();
  }

  /**
   * What there is to see although nothing was heard, under the incident's lock; empty when that
   * would change nothing.
   */
  static Optional<Look> unheard(Watch watch, long now) {
    return switch (watch.rule) {
      case Rule.Contact _ when watch.doubted -> Optional.of(unknown(watch));
      case Rule.Contact _ ->
          Optional.ofNullable(watch.standing).filter(look -> look.seen() != watch.isActive());
      case Rule.SensorLost rule -> {
        boolean lost =
            watch.life != null && (watch.life.isOneMissing() || watch.life.isSilentUntold(now));
        yield lost && !watch.isActive() ? Optional.of(lost(rule)) : Optional.empty();
      }
      case Rule.Threshold _, Rule.Rate _, Rule.Video _, Rule.CameraFault _ -> Optional.empty();
    };
  }

  private static Look unknown(Watch contact) {
    contact.standing = null;
    contact.doubted = false;
    return Look.INVALID;
  }

  /** What a contact's state means until the next one; null when it is worth nothing. */
  static @Nullable Look standing(Rule.Contact rule, Reading reading, Reading.Flag state) {
    Look look = look(reading, state.value() == rule.when(), OptionalDouble.empty());
    return look.valid() ? look : null;
  }

  /** Only good readings drive alerts; simulated ones do too, but the alert is marked as a test. */
  private static Look look(Reading r, boolean seen, OptionalDouble amount) {
    boolean simulated = r.quality() == Quality.SIM;
    return new Look(seen, simulated || r.quality() == Quality.GOOD, 1, amount, simulated);
  }

  private static Look lost(Rule.SensorLost rule) {
    return new Look(true, true, 1, OptionalDouble.empty(), rule.simulated());
  }

  /** Rubbish is no sign of life for ever: what it should warn of would go unseen. */
  private static Optional<Look> alive(Watch watch, Rule.SensorLost rule, Reading r, long now) {
    LifeSigns life = watch.life;
    if (life == null || !life.matters(r.quantity())) {
      return Optional.empty();
    }
    return switch (r.quality()) {
      case GOOD, SIM, INIT ->
          life.isWellWith(r, now) ? Optional.of(lost(rule).unseen()) : Optional.empty();
      case RANGE, STUCK ->
          life.isRubbishFor(r.quantity(), now) ? Optional.of(lost(rule)) : Optional.empty();
      // Told again, the miss that goes with it counts; told late, that nothing else comes.
      case STALE -> {
        life.come(r.quantity(), now);
        yield Optional.empty();
      }
      case COMM -> Optional.empty();
    };
  }

  private static boolean beyond(Rule.Threshold t, double limit, double value) {
    return t.above() ? value > limit : value < limit;
  }

  private static boolean isLost(Watch watch, Sample.Missed missed, long now) {
    LifeSigns life = watch.life;
    return switch (missed.fault().kind()) {
      case LOST, HARDWARE -> true;
      // One failed read is no loss; silence becomes LOST in the driver, rubbish by its time here.
      case UNREACHABLE, REFUSED -> life != null && life.isSilent(missed.nanos());
      case MALFORMED -> life != null && isRubbish(life, missed.fault().quantity(), now);
    };
  }

  /** Where it says of no channel what is wrong, it is all of the message. */
  private static boolean isRubbish(LifeSigns life, Optional<String> quantity, long now) {
    return quantity.isPresent()
        ? life.matters(quantity.get()) && life.isRubbishFor(quantity.get(), now)
        : life.isRubbish(now);
  }

  static long nanosOf(Sample sample) {
    return switch (sample) {
      case Sample.Measured m -> m.reading().nanos();
      case Sample.Missed m -> m.nanos();
    };
  }

  static Instant timeOf(Sample sample) {
    return switch (sample) {
      case Sample.Measured m -> m.reading().at();
      case Sample.Missed m -> m.at();
    };
  }
}
