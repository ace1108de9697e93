package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cityedge.fixtures.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a full disk does to the store; on a small file system, which only root may mount. */
final class FullDiskIT {
  @TempDir Path folder;
  private Optional<SmallDisk> mounted = Optional.empty();

  /** The test is skipped where none may be mounted. */
  private SmallDisk disk(String size) throws IOException {
    mounted = SmallDisk.mount(folder.resolve("disk"), "size=" + size);
    return mounted.orElseGet(() -> Assumptions.abort("only root may mount a small file system"));
  }

  @AfterEach
  void unmount() {
    mounted.ifPresent(SmallDisk::close);
  }

  @Test
  void refusesOnAFullDiskAndGoesOnByItselfAfterwards() throws Exception {
    Path disk = disk("12m").folder();
    Path ballast = Files.write(disk.resolve("ballast"), new byte[1 << 20]);
    try (EventStore store = Events.open(disk)) {
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
  }

  /** Another program fills the disk; the store is far from its cap. */
  @Test
  void takesAlertsOnAFullDiskIntoItsReserve() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      Path lock = disk.resolve("events.db.lock");
      long whole = Files.size(lock);
      assertThat(whole).isGreaterThanOrEqualTo(4 << 20);
      small.fill();
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

      small.free();
      assertThat(store.append(event(Lane.TELEMETRY, "back"))).isInstanceOf(Append.Stored.class);
      assertThat(store.trouble()).isEmpty();
      assertThat(lock).hasSize(whole);
      assertThat(store.account().unexplained()).isZero();
    }
  }

  /** The agent is started again by its uplink's last cure, say, in the middle of it. */
  @Test
  void keepsTheRestOfTheDiskForAlertsAfterARestart() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      small.fill();
      fill(store, 50_000);
      assertThat(store.append(event(Lane.ALERT, "a", 16 << 10))).isInstanceOf(Append.Stored.class);
    }
    try (EventStore store = Events.open(disk)) {
      assertThat(store.trouble()).hasValue("disk full, alerts only");
      assertThat(fill(store, 4000)).isEqualTo(new Append.Refused("disk full, alerts only"));
      for (int i = 0; i < 64; i++) {
        assertThat(store.append(event(Lane.ALERT, "b" + i, 16 << 10)))
            .as("alert %d", i)
            .isInstanceOf(Append.Stored.class);
      }
      small.free();
      assertThat(store.append(event(Lane.TELEMETRY, "back"))).isInstanceOf(Append.Stored.class);
      assertThat(store.trouble()).isEmpty();
    }
  }

  /** Until the disk refuses; why it does. */
  private static Append fill(EventStore store, int bytes) {
    Append last = store.append(event(Lane.TELEMETRY, "t0", bytes));
    while (last instanceof Append.Stored(long number)) {
      last = store.append(event(Lane.TELEMETRY, "t" + number, bytes));
    }
    return last;
  }

  @Test
  void clipsAndOriginalsLeaveTheReserveToAlerts() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    Seal seal = new Seal(disk.resolve("key"));
    Clips clips = Clips.open(disk.resolve("clips"), seal);
    Clips originals = Clips.open(disk.resolve("originals"), seal, 8 << 20, clips);
    clips.put("before.jpg", new byte[1000]);
    originals.put("before.jpg", new byte[1000]);
    try (EventStore store =
        SqliteEventStore.open(
            new BufferConfig(disk.resolve("events.db"), 64 << 20),
            clips,
            Events::receipt,
            InstantSource.system())) {
      small.fill();
      fill(store, 50_000);
      assertThat(store.append(event(Lane.ALERT, "a", 16 << 10))).isInstanceOf(Append.Stored.class);
      for (Clips each : List.of(clips, originals)) {
        assertThatThrownBy(() -> each.put("now.jpg", new byte[200_000]))
            .hasMessage("cannot keep the clip: disk full, alerts only");
        assertThat(each.names()).containsExactly("before.jpg");
      }
      small.free();
      clips.put("now.jpg", new byte[200_000]);
      originals.put("now.jpg", new byte[200_000]);
      assertThat(store.trouble()).isEmpty();
    }
  }

  /** There is room for the commit, and none to cut the WAL back after it. */
  @Test
  void storesAnAlertOnceWhenTheDiskIsFullRightAfterItsCommit() throws Exception {
    Path disk = disk("16m").folder();
    try (EventStore store = Events.open(disk, 8 << 20)) {
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
    }
  }

  /** The disk stays full but for what the store itself gives back. */
  @Test
  void shrinksOnAFullDiskOnceItIsDrainedAndTakesTelemetryAgain() throws Exception {
    SmallDisk small = disk("24m");
    Path disk = small.folder();
    Path file = disk.resolve("events.db");
    try (EventStore store =
        SqliteEventStore.open(
            new Setup(
                    new BufferConfig(file, 64 << 20),
                    Events::receipt,
                    InstantSource.system(),
                    LifeClock.ofKernel())
                .withTick(Duration.ofMillis(20)))) {
      for (int i = 0; i < 200; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
      }
      assertThat(file.toFile().length()).isGreaterThan(8 << 20);
      small.fill();
      while (store.trouble().isEmpty()) {
        assertThat(store.append(event(Lane.ALERT, "a", 16 << 10)))
            .isInstanceOf(Append.Stored.class);
      }
      assertThat(store.append(event(Lane.TELEMETRY, "t")))
          .isEqualTo(new Append.Refused("disk full, alerts only"));

      long last = store.account().appended();
      for (long first = 1; first <= last; first += 50) {
        store.settle(
            LongStream.range(first, first + 50).mapToObj(Settlement.Acknowledged::new).toList());
      }
      assertThat(store.account().waiting()).isZero();
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (file.toFile().length() > 2 << 20 && System.nanoTime() < end) {
        store.await(last, Duration.ofMillis(1));
      }
      assertThat(file.toFile().length()).isLessThan(2 << 20);
      assertThat(store.append(event(Lane.TELEMETRY, "back"))).isInstanceOf(Append.Stored.class);
      assertThat(store.trouble()).isEmpty();
      assertThat(store.account().unexplained()).isZero();
    }
  }

  /** Whatever step of it finds no more room. */
  @Test
  void losesNothingWhenTheDiskFillsUpWhileADamagedFileIsReplaced() throws Exception {
    // Few enough for the WAL, so that only closing the new file needs room for the file itself.
    int events = 50;
    try (EventStore store = Events.open(folder)) {
      for (int i = 0; i < events; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 20_000));
      }
    }
    Path damaged = folder.resolve("events.db");
    try (Connection connection = StoreFile.plainWriter(damaged);
        Statement sql = connection.createStatement()) {
      sql.execute("UPDATE meta SET acknowledged = acknowledged + 1");
      connection.commit();
    }
    Path disk = disk("16m").folder();
    Path others = disk.resolve("others");
    int refused = 0;
    long size = Files.size(damaged);
    for (long room = 64 << 10; room < 3 * size; room += 64 << 10) {
      empty(disk);
      Files.copy(damaged, disk.resolve("events.db"));
      long free = Files.getFileStore(disk).getUsableSpace();
      Files.write(others, new byte[(int) Math.max(0, free - room)]);
      try (EventStore store = Events.open(disk)) {
        assertThat(Events.sequences(store, Lane.TELEMETRY)).as("in %d", room).hasSize(events);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("disk full");
        refused++;
      }
      Files.delete(others);
      try (EventStore store = Events.open(disk)) {
        assertThat(Events.sequences(store, Lane.TELEMETRY)).as("after %d", room).hasSize(events);
        assertThat(store.account().unexplained()).isZero();
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void settlesOnAFullDiskFromItsReserve() throws Exception {
    SmallDisk small = disk("16m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      for (int i = 0; i < 20; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
      }
      long whole = Files.size(disk.resolve("events.db.lock"));
      small.fill();
      for (long number = 1; number <= 20; number++) {
        store.settle(List.of(new Settlement.Rejected(number, "0x99")));
      }
      assertThat(store.account().rejected()).isEqualTo(20);
      assertThat(Files.size(disk.resolve("events.db.lock"))).isLessThan(whole);
    }
  }

  @Test
  void deliversFromADiskThatWasFullAtTheStart() throws Exception {
    SmallDisk small = disk("6m");
    Path disk = small.folder();
    try (EventStore store = Events.open(disk)) {
      store.append(event(Lane.ALERT, "a"));
    }
    small.fill();
    try (EventStore store = Events.open(disk)) {
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      store.settle(List.of(new Settlement.Acknowledged(1)));
      assertThat(store.account().acknowledged()).isEqualTo(1);
      Append last = new Append.Stored(0);
      for (int i = 0; i < 20 && last instanceof Append.Stored; i++) {
        last = store.append(event(Lane.TELEMETRY, "t" + i, 50_000));
      }
      assertThat(last).isEqualTo(new Append.Refused("disk full, alerts only"));
      small.free();
      assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
      assertThat(store.boot()).isEqualTo(2);
    }
  }

  private static void empty(Path disk) throws IOException {
    try (Stream<Path> files = Files.list(disk)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
