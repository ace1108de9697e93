package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.care.Progress;
import org.junit.jupiter.api.Test;

class PulseTest {
  private static final Duration OFTEN = Duration.ofMillis(1);

  private final AtomicLong nanos = new AtomicLong();
  private final Progress progress = new Progress(Duration.ofMinutes(2), nanos::get);
  private final AtomicBoolean failing = new AtomicBoolean(true);

  private volatile CountDownLatch failed = new CountDownLatch(3);
  private volatile CountDownLatch beaten = new CountDownLatch(3);

  private Pulse.Part part(String name, Runnable work) {
    return new Pulse.Part(name, progress.loop(name), work);
  }

  private Pulse pulse() {
    return new Pulse(
        OFTEN,
        List.of(
            part(
                "alerts",
                () -> {
                  failed.countDown();
                  if (failing.get()) {
                    throw new IllegalStateException("a test");
                  }
                }),
            part("page", () -> beaten.countDown())));
  }

  /** Until each part has done, or tried, its work three times more. */
  private void beats() throws InterruptedException {
    failed = new CountDownLatch(3);
    beaten = new CountDownLatch(3);
    assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(beaten.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aPartThatFailsKeepsNoOtherFromItsWorkAndIsTriedAgain() throws Exception {
    try (Pulse _ = pulse()) {
      beats();
    }
  }

  @Test
  void aPartThatNeverSucceedsIsStuckUntilItDoes() throws Exception {
    try (Pulse _ = pulse()) {
      beats();
      assertThat(progress.stuck()).isEmpty();
      nanos.addAndGet(Duration.ofSeconds(119).toNanos());
      beats();
      assertThat(progress.stuck()).isEmpty();
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      beats();
      assertThat(progress.stuck()).contains("alerts");
      failing.set(false);
      beats();
      assertThat(progress.stuck()).isEmpty();
    }
  }
}
