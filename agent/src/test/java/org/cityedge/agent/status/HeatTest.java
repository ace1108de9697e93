package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class HeatTest {
  private long nanos = Long.MAX_VALUE - 5;
  private OptionalDouble celsius = OptionalDouble.empty();
  private int asked;
  private final Heat heat =
      new Heat(
          () -> {
            asked++;
            return celsius;
          },
          () -> nanos);

  private boolean at(double now) {
    celsius = OptionalDouble.of(now);
    nanos += Duration.ofSeconds(10).toNanos();
    return heat.getAsBoolean();
  }

  @Test
  void isHotFrom80UntilItIsBelow75() {
    assertThat(at(79.9)).isFalse();
    assertThat(at(80)).isTrue();
    assertThat(at(75)).isTrue();
    assertThat(at(74.9)).isFalse();
    assertThat(at(79)).isFalse();
  }

  @Test
  void isNeverHotWhereTheBoardDoesNotTell() {
    assertThat(heat.getAsBoolean()).isFalse();
  }

  @Test
  void looksOnceInTenSeconds() {
    for (int i = 0; i < 100; i++) {
      nanos += Duration.ofMillis(200).toNanos();
      heat.getAsBoolean();
    }
    assertThat(asked).isEqualTo(2);
  }
}
