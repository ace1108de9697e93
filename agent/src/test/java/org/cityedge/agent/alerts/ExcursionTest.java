package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExcursionTest {
  private final Excursion excursion = new Excursion(Duration.ofMinutes(1));

  private double take(long second, double value) {
    return excursion.take(Duration.ofSeconds(second).toNanos(), value, true);
  }

  @Test
  void measuresFromTheLowestOfItsWindow() {
    assertThat(take(0, 5)).isZero();
    assertThat(take(10, 3)).isZero();
    assertThat(take(30, 7)).isEqualTo(4);
    assertThat(take(85, 8)).isEqualTo(1);
  }

  @Test
  void aReadingThatIsAheadOfAllOthersDoesNotStayForEver() {
    take(86_400, -100);
    double moved = 0;
    for (int second = 0; second < 200; second++) {
      moved = take(second, 10);
    }
    assertThat(moved).isZero();
  }
}
