package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.eclipse.californium.core.coap.OptionSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FreshnessTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @ParameterizedTest(name = "Max-Age {0} s, period {1} s: {2} s")
  @CsvSource({"60, 300, 60", "60, 10, 10", "0, 10, 1", "4294967295, 604800, 604800"})
  void keepsMaxAgeWithinThePeriod(long maxAge, long period, long lifetime) {
    OptionSet options = new OptionSet().setMaxAge(maxAge);
    assertThat(Freshness.lifetimeNanos(options, period * SECOND)).isEqualTo(lifetime * SECOND);
  }

  @Test
  void takesThePeriodWhereMaxAgeIsAbsent() {
    assertThat(Freshness.lifetimeNanos(new OptionSet(), 10 * SECOND)).isEqualTo(10 * SECOND);
  }

  @ParameterizedTest(name = "lifetime {0} s: after {1}..{2} s")
  @CsvSource({"60, 65, 75", "3600, 3605, 3615", "12, 13, 15"})
  void spreadsRegistrations(long lifetime, long first, long last) {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 1000; i++) {
      assertThat(Freshness.renewalNanos(lifetime * SECOND, random))
          .isBetween(first * SECOND, last * SECOND);
    }
  }
}
