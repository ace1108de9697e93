package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartBudgetTest {
  @TempDir Path folder;
  private Path file;
  private long uptime = Duration.ofHours(5).toNanos();

  @BeforeEach
  void nameFile() {
    file = folder.resolve("restarts");
  }

  /** A new start of the process. */
  private boolean take(String boot) {
    return new RestartBudget(file, boot, () -> uptime).take();
  }

  @Test
  void grantsTwoInADayOverAllStarts() {
    assertThat(take("boot-a")).isTrue();
    assertThat(take("boot-a")).isTrue();
    assertThat(take("boot-a")).isFalse();
    assertThat(file).hasContent("boot-a 18000\nboot-a 18000");
    uptime += Duration.ofHours(24).minusSeconds(1).toNanos();
    assertThat(take("boot-a")).isFalse();
    uptime += Duration.ofSeconds(1).toNanos();
    assertThat(take("boot-a")).isTrue();
  }

  @Test
  void countsThoseOfAnotherBootUntilThisOneIsADayOld() {
    assertThat(take("boot-a")).isTrue();
    assertThat(take("boot-a")).isTrue();
    uptime = Duration.ofHours(23).toNanos();
    assertThat(take("boot-b")).isFalse();
    uptime = Duration.ofHours(24).toNanos();
    assertThat(take("boot-b")).isTrue();
  }

  @Test
  void takesAnUnreadableFileForASpentBudgetThatComesBack() throws IOException {
    Files.writeString(file, "boot-a yesterday\n");
    assertThat(take("boot-a")).isFalse();
    uptime += Duration.ofHours(24).toNanos();
    assertThat(take("boot-a")).isTrue();
  }

  @Test
  void grantsNothingThatItCannotWriteDown() throws IOException {
    Files.createDirectory(folder.resolve("restarts.new"));
    assertThat(take("boot-a")).isFalse();
  }

  @Test
  void readsTheKernelsBoot() {
    RestartBudget budget = RestartBudget.of(file);
    assertThat(budget.take()).isTrue();
    assertThat(file).content().matches("[0-9a-f-]{36} [0-9]+\n");
  }
}
