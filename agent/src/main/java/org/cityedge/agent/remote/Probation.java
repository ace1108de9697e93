package org.cityedge.agent.remote;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.cityedge.config.Order;

/**
 * The gate of one order on trial (config.md §3): whether it is committed, waits, or goes back. The
 * way back begins early enough to end within the deadline. Time is the monotonic clock's; confined
 * to the agent's thread.
 */
public final class Probation {
  /** How often the gate is looked at; a tenth of a shorter deadline than 50 s. */
  private static final Duration PERIOD = Duration.ofSeconds(5);

  /** For the way back: a clean stop (5 s), the start and the reconnection. */
  private static final Duration WAY_BACK = Duration.ofSeconds(15);

  /** What is to be done. */
  public sealed interface Step {
    /** Look again after {@link #period}. */
    record Wait() implements Step {}

    /** The gate is passed. */
    record Commit() implements Step {}

    /**
     * @param code as in config.md §4
     */
    record RollBack(String code, String detail) implements Step {}
  }

  private record Missing(String code, String detail, boolean connection) {}

  private final Order.Gate gate;
  private long turnBackAt;
  private boolean extended;

  /**
   * @param now {@link System#nanoTime} when the change began
   */
  public Probation(Order.Gate gate, long now) {
    this.gate = gate;
    Duration wayBack = min(WAY_BACK, gate.deadline().dividedBy(4));
    this.turnBackAt = now + gate.deadline().minus(wayBack).toNanos();
  }

  public Duration period() {
    return min(PERIOD, gate.deadline().dividedBy(10));
  }

  /**
   * Looks at the gate.
   *
   * @param lastGoodAnswers whether a broker of last-known-good can be reached; asked only when the
   *     time is over and nothing was delivered, and may take some seconds
   */
  public Step check(Vitals vitals, long now, BooleanSupplier lastGoodAnswers) {
    Optional<Missing> missing = missing(vitals);
    if (missing.isEmpty()) {
      return new Step.Commit();
    }
    if (now - turnBackAt < 0) {
      return new Step.Wait();
    }
    Missing what = missing.get();
    // Row 15: when the way that is known to be good is shut as well, the order is not to blame.
    boolean undecided = what.connection() && (vitals.held() || !lastGoodAnswers.getAsBoolean());
    if (undecided && !extended) {
      extended = true;
      turnBackAt = now + gate.deadline().toNanos();
      return new Step.Wait();
    }
    return undecided
        ? new Step.RollBack(
            "GATE_UNDECIDED", "neither this nor last-known-good delivers: " + what.detail())
        : new Step.RollBack(what.code(), what.detail());
  }

  private Optional<Missing> missing(Vitals vitals) {
    if (!vitals.connected()) {
      return Optional.of(
          new Missing(
              "HEALTH_BROKER_UNREACHABLE",
              noConnection(vitals.fault().orElse("no CONNACK")),
              true));
    }
    if (!vitals.probed()) {
      return Optional.of(
          new Missing(
              "HEALTH_QUEUE",
              vitals.held() ? "the centre's consumer is away" : "no PUBACK of the probe event",
              vitals.held()));
    }
    for (Order.Need need : gate.needs()) {
      if (need instanceof Order.Need.Delivering wanted) {
        boolean sensors = wanted.kind() == Order.Need.Kind.SENSORS;
        int all = sensors ? vitals.sensors() : vitals.cameras();
        int good = sensors ? vitals.delivering() : vitals.showing();
        boolean enough =
            wanted.percent() ? 100L * good >= (long) wanted.least() * all : good >= wanted.least();
        if (!enough) {
          return Optional.of(
              new Missing(
                  sensors ? "HEALTH_SENSORS" : "HEALTH_CAMERAS",
                  "%d of %d %s deliver, wanted are %d%s"
                      .formatted(
                          good,
                          all,
                          sensors ? "sensors" : "cameras",
                          wanted.least(),
                          wanted.percent() ? "%" : ""),
                  false));
        }
      }
    }
    return Optional.empty();
  }

  private static String noConnection(String fault) {
    return fault.startsWith("no connection") ? fault : "no connection: " + fault;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
