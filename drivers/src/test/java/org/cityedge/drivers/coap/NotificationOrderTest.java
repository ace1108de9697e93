package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 7641 §3.4. */
class NotificationOrderTest {
  private static final long SECOND = 1_000_000_000L;
  private final NotificationOrder order = new NotificationOrder();

  @ParameterizedTest(name = "{0} then {1} after {2} s: newer {3}")
  @CsvSource({
    "1, 2, 0, true",
    "2, 2, 0, false",
    "2, 1, 0, false",
    "16777215, 0, 0, true", // wrapped
    "0, 16777215, 0, false", // late, from before the wrap
    "0, 8388607, 0, true", // 2^23 - 1 ahead
    "0, 8388608, 0, false", // exactly half way round: undecidable, so not newer
    "8388608, 0, 0, false",
    "8388609, 0, 0, true",
    "2, 1, 128, false", // not more than 128 s
    "2, 1, 129, true",
    "2, 2, 129, true",
  })
  void comparesNumbersAndArrivals(int v1, int v2, long seconds, boolean newer) {
    assertThat(NotificationOrder.isNewer(v1, 5, v2, 5 + seconds * SECOND)).isEqualTo(newer);
  }

  @Test
  void worksAcrossTheMonotonicClocksOwnWrap() {
    long before = Long.MAX_VALUE - SECOND;
    assertThat(NotificationOrder.isNewer(9, before, 3, before + 2 * SECOND)).isFalse();
    assertThat(NotificationOrder.isNewer(9, before, 3, before + 129 * SECOND)).isTrue();
  }

  @Test
  void keepsTheNewestWhenAnOldOneComesLate() {
    order.restart(10, 0);
    assertThat(order.accept(12, SECOND)).isTrue();
    assertThat(order.accept(11, SECOND)).isFalse();
    assertThat(order.accept(13, SECOND)).isTrue();
  }

  @Test
  void acceptsLowNumbersAfterRegisteringAnew() {
    order.restart(9_000, 0);
    order.restart(2, SECOND);
    assertThat(order.accept(3, 2 * SECOND)).isTrue();
  }
}
