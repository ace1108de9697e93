package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CameraBackoffTest {
  private final Backoff backoff = new Backoff(new Random(7));

  @Test
  void lengthensToAMinuteWithAtMostAFifthOfJitter() {
    List<Integer> steps = List.of(1, 2, 5, 10, 30, 60, 60, 60);
    for (int seconds : steps) {
      assertThat(backoff.next())
          .isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1200L));
    }
  }

  @Test
  void startsShortAgainAfterTheStreamHeld() {
    IntStream.range(0, 10).forEach(_ -> backoff.next());
    backoff.reset();
    assertThat(backoff.next()).isLessThan(Duration.ofSeconds(2));
  }
}
