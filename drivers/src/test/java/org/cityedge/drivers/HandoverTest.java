package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandoverTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // about to wrap
  private final Handover<Integer> handover = new Handover<>(now::get);

  @Test
  void dropsOldestAndCounts() throws InterruptedException {
    for (int i = 0; i < Handover.MOST_WAITING + 3; i++) {
      handover.offer(i);
    }
    assertThat(handover.takeDropped()).isEqualTo(3);
    assertThat(handover.takeDropped()).isZero();
    assertThat(handover.take(now.get())).isEqualTo(3);
  }

  @Test
  void handsOutBurstThenTwentyPerSecond() throws InterruptedException {
    int burst = 0;
    while (takeOffered() != null) {
      burst++;
    }
    assertThat(burst).isEqualTo(Handover.MOST_WAITING + 1);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    int second = 0;
    while (takeOffered() != null) {
      second++;
    }
    assertThat(second).isEqualTo(Handover.PER_SECOND);
  }

  private @Nullable Integer takeOffered() throws InterruptedException {
    handover.offer(1);
    return handover.take(now.get());
  }

  @Test
  void givesNothingAfterClosing() throws InterruptedException {
    handover.offer(1);
    handover.close();
    handover.offer(2);
    assertThat(handover.take(now.get() + Duration.ofDays(1).toNanos())).isNull();
  }

  @Test
  void handsOutWhatWaitsAtTheEndWithoutRegardToTheRate() throws InterruptedException {
    for (int i = 0; i < Handover.MOST_WAITING; i++) {
      handover.offer(i);
    }
    handover.finish();
    assertThat(handover.offer(100)).isFalse();
    assertThat(handover.take(now.get())).isNull();
    assertThat(handover.drain()).hasSize(Handover.MOST_WAITING).startsWith(0, 1);
    assertThat(handover.drain()).isEmpty();
  }

  @Test
  void tellsWhenTheNextMayBePolled() {
    List<Integer> offers = new ArrayList<>();
    Handover<Integer> polled = new Handover<>(now::get, () -> offers.add(1));
    assertThat(polled.dueInNanos()).as("nothing waits").isEqualTo(Long.MAX_VALUE);
    assertThat(polled.poll()).isNull();
    for (int i = 0; i <= Handover.MOST_WAITING; i++) {
      polled.offer(i);
      assertThat(polled.dueInNanos()).isZero();
      assertThat(polled.poll()).isEqualTo(i);
    }
    assertThat(offers).hasSize(Handover.MOST_WAITING + 1);
    polled.offer(100);
    assertThat(polled.poll()).as("above the rate").isNull();
    long wait = polled.dueInNanos();
    assertThat(wait).isBetween(1L, Duration.ofMillis(50).toNanos());
    now.addAndGet(wait);
    assertThat(polled.poll()).isEqualTo(100);
    polled.offer(101);
    polled.close();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(polled.poll()).as("after closing").isNull();
  }
}
