package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.remote.Probation.Step;
import org.cityedge.config.Order.Gate;
import org.cityedge.config.Order.Need;
import org.junit.jupiter.api.Test;

/** Rows 13 and 15 of config.md §4, by a clock that the test moves. */
class ProbationTest {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private long now = -5_000_000_000L; // the monotonic clock may be negative

  private Probation probation(Need... needs) {
    return new Probation(new Gate(DEADLINE, List.of(needs), false), now);
  }

  private static boolean answers() {
    return true;
  }

  private static boolean silent() {
    return false;
  }

  private static boolean unasked() {
    throw new AssertionError("nobody was to be asked yet");
  }

  private void after(long seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  private static Vitals vitals(boolean connected, boolean held, boolean probed, int good) {
    return new Vitals(connected, held, probed, 10, good, 2, 1, Optional.of("refused"));
  }

  private static String code(Step step) {
    return step instanceof Step.RollBack(String code, String _) ? code : step.toString();
  }

  @Test
  void commitsOnceTheProbeIsConfirmedAndTheNeedsAreMet() {
    Probation probation =
        probation(
            new Need.Broker(),
            new Need.Queue(),
            new Need.Delivering(Need.Kind.SENSORS, 80, true),
            new Need.Delivering(Need.Kind.CAMERAS, 1, false));
    assertThat(probation.check(vitals(false, false, false, 0), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    assertThat(probation.check(vitals(true, false, false, 10), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    assertThat(probation.check(vitals(true, false, true, 7), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    assertThat(probation.check(vitals(true, false, true, 8), now, ProbationTest::unasked))
        .isInstanceOf(Step.Commit.class);
  }

  @Test
  void turnsBackEarlyEnoughToBeBackWithinTheDeadline() {
    Probation probation = probation();
    after(104);
    assertThat(probation.check(vitals(false, false, false, 0), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    after(1);
    assertThat(code(probation.check(vitals(false, false, false, 0), now, ProbationTest::answers)))
        .isEqualTo("HEALTH_BROKER_UNREACHABLE");
    assertThat(code(probation.check(vitals(true, false, false, 0), now, ProbationTest::unasked)))
        .isEqualTo("HEALTH_QUEUE");
  }

  @Test
  void namesWhatDoesNotDeliver() {
    Probation cameras = probation(new Need.Delivering(Need.Kind.CAMERAS, 2, false));
    Probation sensors = probation(new Need.Delivering(Need.Kind.SENSORS, 80, true));
    after(110);
    Step step = cameras.check(vitals(true, false, true, 10), now, ProbationTest::unasked);
    assertThat(step)
        .isEqualTo(new Step.RollBack("HEALTH_CAMERAS", "1 of 2 cameras deliver, wanted are 2"));
    assertThat(code(sensors.check(vitals(true, false, true, 7), now, ProbationTest::unasked)))
        .isEqualTo("HEALTH_SENSORS");
  }

  /** Row 15. */
  @Test
  void extendsOnceWhileNobodyCanTellAndThenGoesBack() {
    Probation probation = probation();
    after(110);
    assertThat(probation.check(vitals(false, false, false, 0), now, ProbationTest::silent))
        .isInstanceOf(Step.Wait.class);
    after(119);
    assertThat(probation.check(vitals(false, false, false, 0), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    after(1);
    assertThat(code(probation.check(vitals(false, false, false, 0), now, ProbationTest::silent)))
        .isEqualTo("GATE_UNDECIDED");
  }

  @Test
  void doesNotBlameTheOrderWhenTheConsumerIsAwayAndCommitsWhenItComesBack() {
    Probation probation = probation();
    after(110);
    assertThat(probation.check(vitals(true, true, false, 0), now, ProbationTest::unasked))
        .isInstanceOf(Step.Wait.class);
    after(60);
    assertThat(probation.check(vitals(true, false, true, 0), now, ProbationTest::unasked))
        .isInstanceOf(Step.Commit.class);
  }

  @Test
  void blamesTheOrderWhenTheGoodBrokerAnswersInTheExtension() {
    Probation probation = probation();
    after(110);
    assertThat(probation.check(vitals(false, false, false, 0), now, ProbationTest::silent))
        .isInstanceOf(Step.Wait.class);
    after(120);
    assertThat(code(probation.check(vitals(false, false, false, 0), now, ProbationTest::answers)))
        .isEqualTo("HEALTH_BROKER_UNREACHABLE");
  }

  @Test
  void looksEveryFiveSecondsAndMoreOftenBeforeAShortDeadline() {
    assertThat(probation().period()).isEqualTo(Duration.ofSeconds(5));
    Gate hasty = new Gate(Duration.ofSeconds(10), List.of(), false);
    assertThat(new Probation(hasty, now).period()).isEqualTo(Duration.ofSeconds(1));
  }
}
