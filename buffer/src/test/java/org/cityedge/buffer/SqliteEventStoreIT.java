package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process kill and a disk that refuses do to the store. */
final class SqliteEventStoreIT {
  private static final int KILLS = 20;

  @TempDir Path folder;

  @Test
  void losesNothingThatWasAppendedWhenTheProcessIsKilled() throws Exception {
    Set<Long> appended = new HashSet<>();
    Set<Long> settled = new HashSet<>();
    for (int kill = 0; kill < KILLS; kill++) {
      runAndKill(20 + 37 * kill % 300, appended, settled);
      try (EventStore store = open(folder)) {
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

  @Test
  void refusesOnAFullDiskAndGoesOnByItselfAfterwards() throws Exception {
    Path disk = mount("size=6m");
    try {
      Path ballast = Files.write(disk.resolve("ballast"), new byte[1 << 20]);
      try (EventStore store = open(disk)) {
        long stored = 0;
        Append last = store.append(event(Lane.TELEMETRY, "t0", 50_000));
        while (last instanceof Append.Stored(long number)) {
          stored = number;
          last = store.append(event(Lane.TELEMETRY, "t" + number, 50_000));
        }
        assertThat(last).isEqualTo(new Append.Refused("disk full"));
        assertThat(store.trouble()).hasValue("disk full");
        assertThat(Events.sequences(store, Lane.TELEMETRY)).hasSize((int) stored);

        Files.delete(ballast);
        assertThat(store.append(event(Lane.ALERT, "a"))).isEqualTo(new Append.Stored(stored + 1));
        assertThat(store.trouble()).isEmpty();
        assertThat(store.account().unexplained()).isZero();
      }
    } finally {
      unmount(disk);
    }
  }

  /** Another program fills the disk; the store is far from its cap. */
  @Test
  void takesAlertsOnAFullDiskIntoItsReserve() throws Exception {
    Path disk = mount("size=16m");
    try (EventStore store = open(disk)) {
      Path lock = disk.resolve("events.db.lock");
      long whole = Files.size(lock);
      assertThat(whole).isGreaterThanOrEqualTo(4 << 20);
      fill(disk.resolve("others"));
      Append last = store.append(event(Lane.TELEMETRY, "t0", 50_000));
      while (last instanceof Append.Stored(long number)) {
        last = store.append(event(Lane.TELEMETRY, "t" + number, 50_000));
      }
      assertThat(last).isEqualTo(new Append.Refused("disk full"));
      assertThat(lock).as("telemetry gets nothing of it").hasSize(whole);

      int alerts = 0;
      while (store.append(event(Lane.ALERT, "a" + alerts, 16 << 10)) instanceof Append.Stored) {
        if (++alerts == 1) {
          assertThat(store.append(event(Lane.TELEMETRY, "small")))
              .isEqualTo(new Append.Refused("disk full, alerts only"));
          assertThat(store.trouble()).hasValue("disk full, alerts only");
        }
      }
      System.out.println("alerts of 16 KiB on a full disk: " + alerts);
      assertThat(alerts).isBetween(64, 500);
      assertThat(Events.sequences(store, Lane.ALERT)).hasSize(alerts);
      assertThat(lock.toFile().length()).as("what opening needs").isPositive();

      Files.delete(disk.resolve("others"));
      assertThat(store.append(event(Lane.TELEMETRY, "back"))).isInstanceOf(Append.Stored.class);
      assertThat(store.trouble()).isEmpty();
      assertThat(lock).hasSize(whole);
      assertThat(store.account().unexplained()).isZero();
    } finally {
      unmount(disk);
    }
  }

  /** There is room for the commit, and none to cut the WAL back after it. */
  @Test
  void storesAnAlertOnceWhenTheDiskIsFullRightAfterItsCommit() throws Exception {
    Path disk = mount("size=16m");
    try (EventStore store =
        SqliteEventStore.open(
            new BufferConfig(disk.resolve("events.db"), 8 << 20),
            Events::receipt,
            InstantSource.system())) {
      for (int i = 0; i < 5; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
      }
      long free = Files.getFileStore(disk).getUsableSpace();
      Files.write(disk.resolve("others"), new byte[(int) (free - (1000 << 10))]);
      List<Event> alerts = new ArrayList<>();
      for (int i = 0; i < 18; i++) {
        alerts.add(event(Lane.ALERT, "a" + i, 50_000));
      }
      assertThat(store.append(alerts, Map.of())).isEqualTo(new Append.Stored(23));
      Files.delete(disk.resolve("others"));

      assertThat(store.append(event(Lane.ALERT, "next"))).isEqualTo(new Append.Stored(24));
      assertThat(Events.sequences(store, Lane.ALERT)).hasSize(19);
      assertThat(store.account().unexplained()).isZero();
    } finally {
      unmount(disk);
    }
  }

  @Test
  void settlesOnAFullDiskFromItsReserve() throws Exception {
    Path disk = mount("size=16m");
    try (EventStore store = open(disk)) {
      for (int i = 0; i < 20; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
      }
      long whole = Files.size(disk.resolve("events.db.lock"));
      fill(disk.resolve("others"));
      for (long number = 1; number <= 20; number++) {
        store.settle(List.of(new Settlement.Rejected(number, "0x99")));
      }
      assertThat(store.account().rejected()).isEqualTo(20);
      assertThat(Files.size(disk.resolve("events.db.lock"))).isLessThan(whole);
    } finally {
      unmount(disk);
    }
  }

  @Test
  void deliversFromADiskThatWasFullAtTheStart() throws Exception {
    Path disk = mount("size=6m");
    try {
      try (EventStore store = open(disk)) {
        store.append(event(Lane.ALERT, "a"));
      }
      fill(disk.resolve("ballast"));
      try (EventStore store = open(disk)) {
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
        store.settle(List.of(new Settlement.Acknowledged(1)));
        assertThat(store.account().acknowledged()).isEqualTo(1);
        Append last = new Append.Stored(0);
        for (int i = 0; i < 20 && last instanceof Append.Stored; i++) {
          last = store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
        }
        assertThat(last).isEqualTo(new Append.Refused("disk full"));
        Files.delete(disk.resolve("ballast"));
        assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
        assertThat(store.boot()).isEqualTo(2);
      }
    } finally {
      unmount(disk);
    }
  }

  @Test
  void deliversFromAReadOnlyDiskAndGoesOnByItselfOnceItIsWritable() throws Exception {
    Path disk = mount("size=16m");
    try {
      try (EventStore store = open(disk)) {
        store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", new byte[] {7}));
      }
      run("mount", "-o", "remount,ro", disk.toString());
      readOnlyThenWritable(disk);
    } finally {
      unmount(disk);
    }
  }

  /** No -shm, as after a power cut: SQLite would have to write one to read the WAL. */
  @Test
  void deliversWhatACrashLeftInTheWalOfAReadOnlyDisk() throws Exception {
    Path disk = mount("size=16m");
    try {
      Path other = Files.createDirectory(folder.resolve("other"));
      try (EventStore store = open(other)) {
        store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", new byte[] {7}));
        for (String name : List.of("events.db", "events.db-wal")) {
          Files.copy(other.resolve(name), disk.resolve(name));
        }
      }
      assertThat(disk.resolve("events.db-wal")).isNotEmptyFile();
      run("mount", "-o", "remount,ro", disk.toString());
      readOnlyThenWritable(disk);
    } finally {
      unmount(disk);
    }
  }

  /** One alert with a note waits, boot 1 is over. */
  private static void readOnlyThenWritable(Path disk) throws Exception {
    Setup setup =
        new Setup(
                new BufferConfig(disk.resolve("events.db"), 8 << 20),
                Events::receipt,
                InstantSource.system(),
                LifeClock.ofKernel())
            .withTick(Duration.ofMillis(20));
    try (EventStore store = SqliteEventStore.open(setup)) {
      assertThat(store.trouble()).hasValue("disk is read-only");
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      assertThat(store.note("alerts.open")).hasValue(new byte[] {7});
      assertThat(store.account().waiting()).isEqualTo(1);
      assertThat(SqliteEventStore.inspect(disk.resolve("events.db")).waiting()).isEqualTo(1);
      assertThat(store.append(event(Lane.ALERT, "b")))
          .isEqualTo(new Append.Refused("disk is read-only"));
      assertThatThrownBy(() -> store.settle(List.of(new Settlement.Acknowledged(1))))
          .hasMessageContaining("disk is read-only");
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);

      run("mount", "-o", "remount,rw", disk.toString());
      for (int i = 0; i < 1500 && store.trouble().isPresent(); i++) {
        store.await(1, Duration.ofMillis(20));
      }
      assertThat(store.trouble()).isEmpty();
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      store.settle(List.of(new Settlement.Acknowledged(1)));
      assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(2));
      assertThat(Events.all(store, Lane.ALERT).getFirst().boot()).isEqualTo(2);
      assertThatThrownBy(() -> open(disk)).hasMessageContaining("open already");
    }
    try (EventStore store = open(disk)) {
      assertThat(store.boot()).isEqualTo(3);
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(2L);
    }
  }

  @Test
  void doesNotOpenOnAReadOnlyDiskThatHasNoStore() throws Exception {
    Path disk = mount("size=6m");
    try {
      run("mount", "-o", "remount,ro", disk.toString());
      assertThatThrownBy(() -> open(disk))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Read-only");
    } finally {
      unmount(disk);
    }
  }

  /** As systemd lays it out for a service: the system around the data folder is read-only. */
  @Test
  void worksInTheOneWritableFolderOfAReadOnlySystem() throws Exception {
    Path disk = mount("size=16m");
    Path data = Files.createDirectory(disk.resolve("data"));
    try {
      run("mount", "--bind", data.toString(), data.toString());
      run("mount", "-o", "remount,bind,ro", disk.toString());
      assertThat(Files.isWritable(disk)).isFalse();
      try (EventStore store = open(data)) {
        assertThat(store.append(event(Lane.ALERT, "a"))).isEqualTo(new Append.Stored(1));
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      }
      try (EventStore store = open(data)) {
        assertThat(store.trouble()).isEmpty();
        assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(2));
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L, 2L);
      }
    } finally {
      unmount(data);
      unmount(disk);
    }
  }

  /** On ext4 root too may not write to an immutable file, not even through an open descriptor. */
  @Test
  void refusesWhileTheDiskTakesNoWritesAndGoesOnByItselfAfterwards() throws Exception {
    try (EventStore store = open(folder)) {
      store.append(event(Lane.ALERT, "a"));
      String wal = folder.resolve("events.db-wal").toString();
      assumeTrue(run("chattr", "+i", wal) == 0, "skipped: chattr +i needs root and ext4");
      try {
        Append refused = store.append(event(Lane.ALERT, "b"));
        assertThat(refused).isInstanceOf(Append.Refused.class);
        assertThat(store.trouble()).hasValue(((Append.Refused) refused).reason());
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      } finally {
        run("chattr", "-i", wal);
      }
      assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(2));
      assertThat(store.trouble()).isEmpty();
    }
  }

  private static EventStore open(Path folder) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), 64 << 20),
        Events::receipt,
        InstantSource.system());
  }

  private static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      byte[] block = new byte[4096];
      for (int i = 0; i < 10_000; i++) {
        out.write(block);
      }
      throw new AssertionError("the disk is larger than it should be");
    } catch (IOException _) {
      // Full, as wanted.
    }
  }

  private Path mount(String options) throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString()) == 0,
        "skipped: only root may mount a small tmpfs");
    return disk;
  }

  private static void unmount(Path disk) throws Exception {
    run("umount", "-l", disk.toString());
  }

  private static int run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException _) {
      return -1;
    }
  }
}
