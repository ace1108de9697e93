package org.cityedge.agent.alerts;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.agent.alerts.Watch.Look;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;

/** What a sensor's sample means to a rule that watches it. Called under the incident's lock. */
final class Looks {
  private Looks() {}

  /** What a sample means to a rule; empty when it means nothing. */
  static Optional<Look> at(Watch watch, Sample sample) {
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
                    && (r.quality() == Quality.GOOD || r.quality() == Quality.SIM) ->
                Optional.of(
                    look(
                        r,
                        watch.hasMoved(rate, r.nanos(), q.value()),
                        OptionalDouble.of(q.value())));
            case Rule.Contact c
                when c.quantity().equals(r.quantity()) && r.value() instanceof Reading.Flag f ->
                Optional.of(look(r, f.value() == c.when(), OptionalDouble.empty()));
            case Rule.SensorLost lost -> alive(watch, lost, r);
            case Rule.Threshold _, Rule.Rate _, Rule.Contact _, Rule.Video _, Rule.CameraFault _ ->
                Optional.empty();
          };
      case Sample.Missed missed ->
          watch.rule instanceof Rule.SensorLost lost
                  && (isLoss(missed.fault())
                      || missed.nanos() - watch.lastReading >= lost.silence().toNanos())
              ? Optional.of(new Look(true, true, 1, OptionalDouble.empty(), false))
              : Optional.empty();
    };
  }

  /** Only good readings drive alerts; simulated ones do too, but the alert is marked as a test. */
  private static Look look(Reading r, boolean seen, OptionalDouble amount) {
    boolean simulated = r.quality() == Quality.SIM;
    return new Look(seen, simulated || r.quality() == Quality.GOOD, 1, amount, simulated);
  }

  /** Rubbish is no sign of life for ever: what it should warn of would go unseen. */
  private static Optional<Look> alive(Watch watch, Rule.SensorLost lost, Reading r) {
    return switch (r.quality()) {
      case GOOD, SIM, INIT -> {
        watch.lastReading = r.nanos();
        yield Optional.of(new Look(false, true, 1, OptionalDouble.empty(), false));
      }
      case RANGE, STUCK ->
          r.nanos() - watch.lastReading >= lost.silence().toNanos()
              ? Optional.of(new Look(true, true, 1, OptionalDouble.empty(), false))
              : Optional.empty();
      // Told late, or told again: the miss that goes with it is what counts.
      case STALE, COMM -> Optional.empty();
    };
  }

  private static boolean beyond(Rule.Threshold t, double limit, double value) {
    return t.above() ? value > limit : value < limit;
  }

  private static boolean isLoss(Fault fault) {
    return switch (fault.kind()) {
      case LOST, HARDWARE -> true;
      // One failed read is no loss; silence becomes LOST in the driver, rubbish by its time here.
      case UNREACHABLE, REFUSED, MALFORMED -> false;
    };
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
