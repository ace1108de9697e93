package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostponedTest {
  private long nanos = Long.MAX_VALUE - 5;
  private final Postponed<String> postponed = new Postponed<>(Duration.ofNanos(10), () -> nanos);

  @Test
  void nothingIsDueBeforeAnythingWasRefused() {
    assertThat(postponed.isDue()).isFalse();
    assertThat(postponed.take()).isEmpty();
  }

  @Test
  void isDueAfterTheWaitAlsoWhereTheClockOverflows() {
    postponed.keep("order");
    nanos += 9;
    assertThat(postponed.isDue()).isFalse();
    nanos += 1;
    assertThat(postponed.isDue()).isTrue();
  }

  @Test
  void theNewestIsKeptAndTakenOnceDueOrNot() {
    postponed.keep("first");
    nanos += 9;
    postponed.keep("second");
    nanos += 9;
    assertThat(postponed.isDue()).isFalse();
    assertThat(postponed.take()).contains("second");
    nanos += 1;
    assertThat(postponed.isDue()).isFalse();
  }
}
