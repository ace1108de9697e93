package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SensorBackoffTest {
  private final Backoff backoff =
      new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), new SplittableRandom(1));

  @Test
  void doublesWithJitterUpToTheLongest() {
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      long most = Duration.ofSeconds(seconds).toNanos();
      assertThat(backoff.nextNanos()).isBetween(most / 2, most);
    }
  }

  @Test
  void startsAgainAfterSuccess() {
    for (int i = 0; i < 9; i++) {
      backoff.nextNanos();
    }
    backoff.reset();
    assertThat(backoff.nextNanos()).isLessThanOrEqualTo(Duration.ofSeconds(1).toNanos());
  }
}
