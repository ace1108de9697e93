package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.cityedge.fixtures.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a disk that takes no writes does to the store; only root may make one. */
final class ReadOnlyDiskIT {
  @TempDir Path folder;
  private Optional<SmallDisk> mounted = Optional.empty();

  /** The test is skipped where none may be mounted. */
  private SmallDisk disk(String size) throws IOException {
    mounted = SmallDisk.mount(folder.resolve("disk"), "size=" + size);
    return mounted.orElseGet(() -> abort("only root may mount a small file system"));
  }

  @AfterEach
  void unmount() {
    mounted.ifPresent(SmallDisk::close);
  }

  @Test
  void deliversFromAReadOnlyDiskAndGoesOnByItselfOnceItIsWritable() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", new byte[] {7}));
    }
    small.remount("ro");
    readOnlyThenWritable(small);
  }

  /** No -shm, as after a power cut: SQLite would have to write one to read the WAL. */
  @Test
  void deliversWhatACrashLeftInTheWalOfAReadOnlyDisk() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    Path other = Files.createDirectory(folder.resolve("other"));
    try (EventStore store = Events.open(other)) {
      store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", new byte[] {7}));
      for (String name : List.of("events.db", "events.db-wal")) {
        Files.copy(other.resolve(name), disk.resolve(name));
      }
    }
    assertThat(disk.resolve("events.db-wal")).isNotEmptyFile();
    small.remount("ro");
    readOnlyThenWritable(small);
  }

  /** One alert with a note waits, boot 1 is over. */
  private static void readOnlyThenWritable(SmallDisk small) throws Exception {
    Path disk = small.folder();
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

      small.remount("rw");
      for (int i = 0; i < 1500 && store.trouble().isPresent(); i++) {
        store.await(1, Duration.ofMillis(20));
      }
      assertThat(store.trouble()).isEmpty();
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      store.settle(List.of(new Settlement.Acknowledged(1)));
      assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(2));
      assertThat(Events.all(store, Lane.ALERT).getFirst().boot()).isEqualTo(2);
      assertThatThrownBy(() -> Events.open(disk)).hasMessageContaining("open already");
    }
    try (EventStore store = Events.open(disk)) {
      assertThat(store.boot()).isEqualTo(3);
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(2L);
    }
  }

  /** Whatever had filled it before it became read-only. */
  @Test
  void takesAlertsOnlyWhereADiskThatIsWritableAgainIsFull() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      store.append(event(Lane.ALERT, "a"));
    }
    Files.delete(disk.resolve("events.db.lock"));
    Files.write(
        disk.resolve("others"),
        new byte[(int) (Files.getFileStore(disk).getUsableSpace() - (2 << 20))]);
    small.remount("ro");
    Setup setup =
        new Setup(
                new BufferConfig(disk.resolve("events.db"), 8 << 20),
                Events::receipt,
                InstantSource.system(),
                LifeClock.ofKernel())
            .withTick(Duration.ofMillis(20));
    try (EventStore store = SqliteEventStore.open(setup)) {
      small.remount("rw");
      for (int i = 0; i < 1500 && store.trouble().equals(Optional.of("disk is read-only")); i++) {
        store.await(1, Duration.ofMillis(20));
      }
      assertThat(store.append(event(Lane.TELEMETRY, "t")))
          .isEqualTo(new Append.Refused("disk full, alerts only"));
      assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    }
  }

  @Test
  void doesNotOpenOnAReadOnlyDiskThatHasNoStore() throws Exception {
    SmallDisk small = disk("6m");
    Path disk = small.folder();
    small.remount("ro");
    assertThatThrownBy(() -> Events.open(disk))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Read-only");
  }

  /** As systemd lays it out for a service: the system around the data folder is read-only. */
  @Test
  void worksInTheOneWritableFolderOfAReadOnlySystem() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    Path data = Files.createDirectory(disk.resolve("data"));
    try {
      run("mount", "--bind", data.toString(), data.toString());
      run("mount", "-o", "remount,bind,ro", disk.toString());
      assertThat(Files.isWritable(disk)).isFalse();
      try (EventStore store = Events.open(data)) {
        assertThat(store.append(event(Lane.ALERT, "a"))).isEqualTo(new Append.Stored(1));
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      }
      try (EventStore store = Events.open(data)) {
        assertThat(store.trouble()).isEmpty();
        assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(2));
        assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L, 2L);
      }
    } finally {
      run("umount", "-l", data.toString());
    }
  }

  /** On ext4 root too may not write to an immutable file, not even through an open descriptor. */
  @Test
  void refusesWhileTheDiskTakesNoWritesAndGoesOnByItselfAfterwards() throws Exception {
    try (EventStore store = Events.open(folder)) {
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

  /** The exit code of a program; -1 when there is none or it takes longer than 30 s. */
  private static int run(String... command) throws InterruptedException {
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
