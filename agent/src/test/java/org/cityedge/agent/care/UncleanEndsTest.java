package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.care.UncleanEnds.Count;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UncleanEndsTest {
  @TempDir Path data;

  private long epoch = 1_780_000_000;
  private boolean trusted;
  private final AtomicLong nanos = new AtomicLong(Duration.ofHours(1).toNanos());

  private UncleanEnds boot(String name) {
    return new UncleanEnds(
        data, name, nanos::get, () -> Instant.ofEpochSecond(epoch), () -> trusted);
  }

  @Test
  void anOrderlyStopLeavesNothing() {
    boot("a").started();
    boot("a").ended();
    boot("a").started();
    assertThat(boot("a").lastDay()).isEqualTo(new Count(0, 0));
  }

  @Test
  void aRunThatNobodyEndedIsACrashInTheSameBootAndAPowerCutInAnother() {
    boot("a").started();
    boot("a").started();
    assertThat(boot("a").lastDay()).isEqualTo(new Count(1, 0));
    nanos.set(Duration.ofMinutes(1).toNanos());
    boot("b").started();
    assertThat(boot("b").lastDay()).isEqualTo(new Count(1, 1));
  }

  @Test
  void whatIsADayOldNoLongerCounts() {
    boot("a").started();
    boot("a").started();
    nanos.addAndGet(Duration.ofHours(24).toNanos());
    assertThat(boot("a").lastDay()).isEqualTo(new Count(0, 0));
    // Of another boot's it is only known that it is older than this one.
    nanos.set(Duration.ofHours(23).toNanos());
    assertThat(boot("b").lastDay()).isEqualTo(new Count(1, 0));
  }

  @Test
  void whatIsADayOldByATrustedClockNoLongerCountsHoweverShortTheBoots() {
    boot("a").started();
    boot("a").started();
    trusted = true;
    boot("a").date();
    epoch += Duration.ofHours(25).toSeconds();
    nanos.set(Duration.ofMinutes(5).toNanos());
    assertThat(boot("b").lastDay()).isEqualTo(new Count(0, 0));
    trusted = false;
    assertThat(boot("b").lastDay()).as("a clock that nobody has set").isEqualTo(new Count(1, 0));
  }

  @Test
  void oneThatWasNeverDatedIsAsOldAsTheBootThatDatesIt() {
    boot("a").started();
    boot("a").started();
    nanos.set(Duration.ofMinutes(5).toNanos());
    trusted = true;
    boot("b").date();
    epoch += Duration.ofHours(23).toSeconds();
    assertThat(boot("c").lastDay()).isEqualTo(new Count(1, 0));
    epoch += Duration.ofHours(1).toSeconds();
    assertThat(boot("c").lastDay()).isEqualTo(new Count(0, 0));
  }

  @Test
  void theListStaysShortAndDamageMakesItNoLonger() throws Exception {
    for (int i = 0; i < 40; i++) {
      boot("a").started();
    }
    assertThat(boot("a").lastDay().crashes()).isEqualTo(UncleanEnds.KEPT);
    Files.writeString(data.resolve("ends"), "\0\0nonsense\ncrash a 10\n");
    assertThat(boot("a").lastDay()).isEqualTo(new Count(1, 0));
  }
}
