package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup whose process is killed. */
final class BackupIT {
  private static final int MOST_KILLS = 40;

  @TempDir Path folder;

  /** The other process. */
  static final class BackUp {
    private BackUp() {}

    public static void main(String[] arguments) throws Exception {
      Backup.write(Path.of(arguments[0]), Path.of(arguments[1]), true);
    }
  }

  @Test
  void leavesAWholeBackupOrNoneWhenKilled() throws Exception {
    Path file = folder.resolve("events.db");
    Path target = folder.resolve("backup.db");
    Path unfinished = folder.resolve("backup.db.tmp");
    Random random = new Random();
    try (EventStore store =
        SqliteEventStore.open(
            new BufferConfig(file, 256 << 20), Events::receipt, InstantSource.system())) {
      List<Event> megabyte =
          Collections.nCopies(8, event(Lane.EVIDENCE, "e", Event.MAX_PAYLOAD - 100));
      for (int i = 0; i < 40; i++) {
        store.append(megabyte, Map.of());
      }
      int midway = 0;
      for (int kill = 0; kill < MOST_KILLS && midway < 3; kill++) {
        Files.deleteIfExists(target);
        killWhileWriting(file, target, unfinished, random.nextInt(100));
        if (Files.exists(target)) {
          assertThat(Backup.check(target).account(0).waiting()).isEqualTo(320);
        } else if (Files.exists(unfinished)) {
          midway++;
        }
        assertThat(store.append(event(Lane.ALERT, "a"))).isInstanceOf(Append.Stored.class);
        store.settle(List.of(new Settlement.Acknowledged(store.account().appended())));
      }
      assertThat(midway).as("kills in the middle of a backup").isEqualTo(3);
      assertThat(Backup.write(file, target, true).waiting()).isEqualTo(320);
      assertThat(unfinished).doesNotExist();
    }
  }

  private void killWhileWriting(Path file, Path target, Path unfinished, int millis)
      throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.sqlite.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                BackUp.class.getName(),
                file.toString(),
                target.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      Files.deleteIfExists(unfinished);
      while (!Files.exists(unfinished)
          && !child.waitFor(1, TimeUnit.MILLISECONDS)
          && System.nanoTime() < end) {}
      child.waitFor(millis, TimeUnit.MILLISECONDS);
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
