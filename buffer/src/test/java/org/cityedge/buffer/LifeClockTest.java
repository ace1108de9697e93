package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LifeClockTest {
  private final AtomicLong nanos = new AtomicLong(Duration.ofHours(5).toNanos());
  private final LifeClock first = new LifeClock(nanos::get, "one");

  @Test
  void beginsAtZeroWhateverTheMonotonicClockShows() {
    first.resume(LifeClock.Mark.NONE);
    assertThat(first.millis()).isZero();
    pass(Duration.ofMinutes(3));
    assertThat(first.millis()).isEqualTo(180_000);
  }

  @Test
  void countsTheTimeBetweenTwoProcessesOfOneBoot() {
    LifeClock.Mark mark = markAfter(Duration.ofHours(1));
    pass(Duration.ofHours(2));
    LifeClock second = new LifeClock(nanos::get, "one");
    second.resume(mark);
    assertThat(second.millis()).isEqualTo(Duration.ofHours(3).toMillis());
  }

  @Test
  void goesOnFromTheMarkInAnotherBoot() {
    LifeClock.Mark mark = markAfter(Duration.ofHours(1));
    for (Duration sinceBoot : new Duration[] {Duration.ofSeconds(9), Duration.ofDays(4000)}) {
      AtomicLong since = new AtomicLong(sinceBoot.toNanos());
      LifeClock second = new LifeClock(since::get, "two");
      second.resume(mark);
      assertThat(second.millis()).isEqualTo(Duration.ofHours(1).toMillis());
    }
  }

  @Test
  void trustsNoClockThatWentBackNorABootWithoutAName() {
    LifeClock.Mark mark = markAfter(Duration.ofHours(1));
    LifeClock back = new LifeClock(() -> 0, "one");
    back.resume(mark);
    assertThat(back.millis()).isEqualTo(mark.lived());
    LifeClock nameless = new LifeClock(nanos::get, "");
    nameless.resume(new LifeClock.Mark(7, 0, ""));
    assertThat(nameless.millis()).isEqualTo(7);
  }

  @Test
  void neverGoesBackWhenItIsResumedAgain() {
    markAfter(Duration.ofHours(1));
    first.resume(LifeClock.Mark.NONE);
    assertThat(first.millis()).isEqualTo(Duration.ofHours(1).toMillis());
  }

  /** Two processes must read the same clock, or the time between them would be made up. */
  @Test
  void readsTheKernelsClock() throws Exception {
    LifeClock.Mark before = LifeClock.ofKernel().mark();
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PrintMark.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String told = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    LifeClock.Mark after = LifeClock.ofKernel().mark();
    assertThat(before.kernelBoot()).hasSize(36);
    assertThat(told).endsWith(" " + before.kernelBoot());
    assertThat(Long.parseLong(told.substring(0, told.indexOf(' '))))
        .isBetween(before.monotonic(), after.monotonic());
  }

  /** The other process. */
  static final class PrintMark {
    private PrintMark() {}

    public static void main(String[] arguments) {
      LifeClock.Mark mark = LifeClock.ofKernel().mark();
      System.out.println(mark.monotonic() + " " + mark.kernelBoot());
    }
  }

  private LifeClock.Mark markAfter(Duration life) {
    first.resume(LifeClock.Mark.NONE);
    pass(life);
    return first.mark();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
