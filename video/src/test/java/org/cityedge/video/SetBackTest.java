package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SetBackTest {
  private long seconds;
  private long wallMillis;
  private final SetBack setBack =
      new SetBack(
          () -> Instant.parse("2026-06-01T00:00:00Z").plusMillis(1000 * seconds + wallMillis),
          () -> seconds * 1_000_000_000);

  @Test
  void isNoticedOnceItIsMoreThanASecond() {
    seconds = 3600;
    assertThat(setBack.happened()).isFalse();
    wallMillis = -1000;
    assertThat(setBack.happened()).as("a slewed clock").isFalse();
    wallMillis = -3_600_000;
    assertThat(setBack.happened()).isTrue();
    setBack.begin();
    assertThat(setBack.happened()).as("the stream that was opened since").isFalse();
  }

  @Test
  void aClockThatIsSetForwardIsNone() {
    wallMillis = 86_400_000;
    assertThat(setBack.happened()).isFalse();
  }
}
