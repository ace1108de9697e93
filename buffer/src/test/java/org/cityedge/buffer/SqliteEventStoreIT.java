package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process kill does to the store. */
final class SqliteEventStoreIT {
  private static final int KILLS = 20;

  @TempDir Path folder;

  @Test
  void losesNothingThatWasAppendedWhenTheProcessIsKilled() throws Exception {
    Set<Long> appended = new HashSet<>();
    Set<Long> settled = new HashSet<>();
    for (int kill = 0; kill < KILLS; kill++) {
      runAndKill(20 + 37 * kill % 300, appended, settled);
      try (EventStore store = Events.open(folder)) {
        Set<Long> waiting = new TreeSet<>();
        for (Lane lane : Lane.values()) {
          waiting.addAll(Events.sequences(store, lane));
        }
        Account account = store.account();
        assertThat(account.unexplained()).isZero();
        assertThat(account.waiting()).isEqualTo(waiting.size());
        assertThat(account.dropped()).as("the test is about kills, not the cap").isZero();
        assertThat(store.boot()).isEqualTo(2 * kill + 2);
        appended.removeAll(settled);
        assertThat(waiting).as("after kill %d", kill).containsAll(appended);
        for (long number = 1; number <= account.appended(); number++) {
          assertThat(waiting.contains(number) || settled.contains(number))
              .as("number %d is a hole", number)
              .isTrue();
        }
        settleAllBut(10, store, waiting, settled);
        appended.removeAll(settled);
      }
    }
  }

  /** Keeps the file small over many rounds. */
  private static void settleAllBut(
      int kept, EventStore store, Set<Long> waiting, Set<Long> settled) {
    List<Long> done = waiting.stream().limit(Math.max(0, waiting.size() - kept)).toList();
    store.settle(done.stream().map(Settlement.Acknowledged::new).toList());
    settled.addAll(done);
  }

  private void runAndKill(int lines, Set<Long> appended, Set<Long> settled) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.sqlite.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                AppendUntilKilled.class.getName(),
                folder.resolve("events.db").toString())
            .redirectError(folder.resolve("stderr").toFile())
            .start();
    try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
      int read = 0;
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        Long number = Long.valueOf(line.substring(2));
        (line.startsWith("A ") ? appended : settled).add(number);
        if (++read == lines / 2) {
          // What `cityedge queue` does while the agent writes.
          Account live = SqliteEventStore.inspect(folder.resolve("events.db"));
          assertThat(live.unexplained()).isZero();
          assertThat(live.appended()).isGreaterThanOrEqualTo(Collections.max(appended));
        }
        if (read == lines) {
          // Unlike the process's own method this leaves what it printed to be read.
          child.toHandle().destroyForcibly();
        }
      }
      assertThat(read)
          .as(() -> "the child died by itself: " + stderr())
          .isGreaterThanOrEqualTo(lines);
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private String stderr() {
    try {
      return Files.readString(folder.resolve("stderr"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
