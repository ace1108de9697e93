package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockStepTest {
  private long seconds;
  private long wallMillis;
  private final ClockStep clockStep =
      new ClockStep(
          () -> Instant.parse("2026-06-01T00:00:00Z").plusMillis(1000 * seconds + wallMillis),
          () -> seconds * 1_000_000_000);

  @Test
  void isNoticedOnceItIsMoreThanASecond() {
    seconds = 3600;
    assertThat(clockStep.asksAnew()).isFalse();
    wallMillis = -1000;
    assertThat(clockStep.asksAnew()).as("a slewed clock").isFalse();
    wallMillis = -3_600_000;
    assertThat(clockStep.asksAnew()).isTrue();
    clockStep.begin();
    assertThat(clockStep.asksAnew()).as("the stream that was opened since").isFalse();
  }

  @Test
  void aClockThatIsSetForwardIsOneAsWell() {
    wallMillis = 1000;
    assertThat(clockStep.asksAnew()).as("a slewed clock").isFalse();
    wallMillis = 3_600_000;
    assertThat(clockStep.asksAnew()).isTrue();
    clockStep.begin();
    assertThat(clockStep.asksAnew()).as("the stream that was opened since").isFalse();
  }

  @Test
  void aClockThatIsSetToAndFroOpensTheStreamOnceAMinute() {
    int opened = 0;
    for (; seconds < 600; seconds++) {
      wallMillis = seconds / 3 % 2 * 2000;
      if (clockStep.asksAnew()) {
        clockStep.begin();
        opened++;
      }
      assertThat(clockStep.isRestless()).as("at %d s", seconds).isEqualTo(seconds >= 6);
    }
    assertThat(opened).isEqualTo(10);
  }

  @Test
  void aStepThatWasLeftAloneAsksOnceAMinuteIsOver() {
    wallMillis = 2000;
    assertThat(clockStep.asksAnew()).isTrue();
    clockStep.begin();
    seconds = 30;
    wallMillis = 0;
    assertThat(clockStep.asksAnew()).isFalse();
    seconds = 60;
    assertThat(clockStep.asksAnew()).isTrue();
    clockStep.begin();
    seconds = 100;
    assertThat(clockStep.asksAnew()).isFalse();
    assertThat(clockStep.isRestless()).as("it has kept still since").isFalse();
  }
}
