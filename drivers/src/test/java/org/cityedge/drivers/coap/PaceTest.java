package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private final AtomicLong now = new AtomicLong();
  private final Pace pace = new Pace(now::get, Duration.ofNanos(10), 3);

  @Test
  void saysHowLongToWaitAndThatIsEnough() {
    for (int i = 0; i < 3; i++) {
      assertThat(pace.takeOrWaitNanos()).isZero();
    }
    assertThat(pace.takeOrWaitNanos()).isEqualTo(10);
    now.set(9);
    assertThat(pace.takeOrWaitNanos()).as("a refusal costs nothing").isEqualTo(1);
    now.set(10);
    assertThat(pace.takeOrWaitNanos()).isZero();
    assertThat(pace.takeOrWaitNanos()).isEqualTo(10);
  }

  @Test
  void savesNoMoreThanTheBurst() {
    now.set(1_000_000);
    for (int i = 0; i < 3; i++) {
      assertThat(pace.takeOrWaitNanos()).isZero();
    }
    assertThat(pace.takeOrWaitNanos()).isPositive();
  }
}
