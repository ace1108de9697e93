package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.drivers.linux.KernelClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WallClockTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:30:00Z");
  private static final Alert.Clock NONE = new Alert.Clock("none", null);

  @TempDir Path folder;

  private Path file;
  private KernelClock kernel = new KernelClock(true, Duration.ofNanos(12_700_000));

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("synchronized");
  }

  private WallClock clock() {
    return new WallClock(Optional.empty(), file, () -> kernel, InstantSource.system());
  }

  @Test
  void theKernelVouchesWhoeverDisciplinesItAndTellsItsWorstError() {
    assertThat(clock().now()).isEqualTo(new Alert.Clock("ntp", 12L));
  }

  @Test
  void theFileOfASynchronisationOfLongAgoVouchesForNothing() throws Exception {
    Files.createFile(file);
    kernel = new KernelClock(false, Duration.ofSeconds(16));
    assertThat(clock().now()).isEqualTo(NONE);
    assertThat(clock().wasSet()).as("good enough to judge an order that has ended").isTrue();
    Files.delete(file);
    assertThat(clock().wasSet()).isFalse();
  }

  @Test
  void theAgeOfTheFileCountsWhereTheKernelMayNotBeAsked() throws Exception {
    WallClock blind =
        new WallClock(
            Optional.empty(),
            file,
            () -> {
              throw new IOException("adjtimex failed with errno 1");
            },
            InstantSource.fixed(NOW));
    assertThat(blind.now()).isEqualTo(NONE);
    Files.createFile(file);
    Files.setLastModifiedTime(file, FileTime.from(NOW.minus(Duration.ofHours(2))));
    assertThat(blind.now()).isEqualTo(new Alert.Clock("ntp", 3600L));
    Files.setLastModifiedTime(file, FileTime.from(NOW.minus(Duration.ofHours(9))));
    assertThat(blind.now()).isEqualTo(NONE);
    Files.setLastModifiedTime(file, FileTime.from(NOW.plus(Duration.ofHours(1))));
    assertThat(blind.now())
        .as("a clock that was set back since")
        .isEqualTo(new Alert.Clock("ntp", 0L));
  }

  @Test
  void aFileThatIsNamedDecidesAlone() throws Exception {
    WallClock named =
        new WallClock(Optional.of(file), folder, () -> kernel, InstantSource.system());
    assertThat(named.now()).isEqualTo(NONE);
    assertThat(named.wasSet()).isFalse();
    Files.createFile(file);
    assertThat(named.now()).isEqualTo(new Alert.Clock("ntp", 12L));
    kernel = new KernelClock(false, Duration.ofSeconds(16));
    assertThat(named.now()).isEqualTo(new Alert.Clock("ntp", null));
  }
}
