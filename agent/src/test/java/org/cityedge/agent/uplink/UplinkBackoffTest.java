package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UplinkBackoffTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Backoff backoff(String gateway, long seed) {
    return new Backoff(SECOND, MINUTE, MINUTE, gateway, new Random(seed));
  }

  @Test
  void growsByAtMostThreefoldWithinItsLimits() {
    Backoff backoff = backoff("gw-1", 1);
    Duration last = SECOND;
    Duration longest = SECOND;
    for (int i = 0; i < 1000; i++) {
      Duration delay = backoff.next();
      assertThat(delay).isBetween(SECOND, MINUTE);
      assertThat(delay).isLessThanOrEqualTo(last.multipliedBy(3));
      last = delay;
      longest = longest.compareTo(delay) > 0 ? longest : delay;
    }
    assertThat(longest).isEqualTo(MINUTE);
  }

  @Test
  void keepsTheDelayUntilAConnectionWasStable() {
    Backoff backoff = backoff("gw-1", 2);
    while (backoff.next().compareTo(Duration.ofSeconds(30)) < 0) {
      // grows
    }
    assertThat(backoff.lasted(Duration.ofSeconds(59))).isFalse();
    assertThat(backoff.lasted(MINUTE)).isTrue();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void partsGatewaysThatDrawTheSameNumbers() {
    assertThat(backoff("gw-1", 3).next()).isNotEqualTo(backoff("gw-2", 3).next());
    assertThat(backoff("gw-1", 3).first()).isNotEqualTo(backoff("gw-2", 3).first());
  }

  @Test
  void spreadsTheFirstAttemptsOverTheShortestDelay() {
    Long[] quarters = {0L, 0L, 0L, 0L};
    for (int i = 0; i < 4000; i++) {
      quarters[(int) (Backoff.phase("gw-" + i) * 4)]++;
    }
    assertThat(quarters).allSatisfy(n -> assertThat(n).isBetween(900L, 1100L));
  }
}
