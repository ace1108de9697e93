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
    assertThat(clockStep.happened()).isFalse();
    wallMillis = -1000;
    assertThat(clockStep.happened()).as("a slewed clock").isFalse();
    wallMillis = -3_600_000;
    assertThat(clockStep.happened()).isTrue();
    clockStep.begin();
    assertThat(clockStep.happened()).as("the stream that was opened since").isFalse();
  }

  @Test
  void aClockThatIsSetForwardIsOneAsWell() {
    wallMillis = 1000;
    assertThat(clockStep.happened()).as("a slewed clock").isFalse();
    wallMillis = 3_600_000;
    assertThat(clockStep.happened()).isTrue();
    clockStep.begin();
    assertThat(clockStep.happened()).as("the stream that was opened since").isFalse();
  }
}
