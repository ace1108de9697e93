package org.cityedge.buffer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of schema versions 1 and 2 ({@link OldStores}). */
final class MigrationTest {
  private static final Account BEFORE =
      new Account(
          10,
          3,
          1,
          2,
          Map.of(
              Lane.ALERT, waiting(1, 18, 4),
              Lane.REPORT, waiting(1, 18, 7),
              Lane.TELEMETRY, waiting(2, 36, 9),
              Lane.EVIDENCE, Account.Waiting.NONE),
          Map.of(Lane.ALERT, 0L, Lane.REPORT, 0L, Lane.TELEMETRY, 0L, Lane.EVIDENCE, 0L));

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void keepsBooksEventsAndNotesOfVersion1() throws Exception {
    OldStores.version1(file(folder));
    try (EventStore store = open(folder)) {
      assertThat(store.account()).isEqualTo(BEFORE);
      assertThat(store.boot()).isEqualTo(18);
      assertThat(store.read(Lane.ALERT, 0, 10, 1000).getFirst().event())
          .usingRecursiveComparison()
          .isEqualTo(new Event("a", Lane.ALERT, "topic/007", "{}", "payload".getBytes(UTF_8)));
      assertThat(store.note("alerts.open")).hasValue(new byte[] {1, 2});
      assertThat(store.append(event(Lane.EVIDENCE, "new"))).isEqualTo(new Append.Stored(11));
      nanos.addAndGet(Duration.ofHours(2).toNanos());
      assertThat(store.account().waiting(Lane.ALERT).age()).isEqualTo(Duration.ofHours(2));
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder))) {
      assertThat(Schema.number(connection, "PRAGMA user_version")).isEqualTo(3);
      assertThat(Schema.number(connection, "SELECT count(*) FROM dead_letter")).isEqualTo(1);
    }
    try (EventStore store = open(folder)) {
      assertThat(store.boot()).isEqualTo(19);
      assertThat(Events.sequences(store, Lane.EVIDENCE)).containsExactly(11L);
    }
  }

  @Test
  void keepsBooksEventsNotesAndAgesOfVersion2() throws Exception {
    OldStores.version2(file(folder));
    try (EventStore store = open(folder)) {
      assertThat(store.trouble()).isEmpty();
      assertThat(store.account().waiting(Lane.ALERT))
          .isEqualTo(new Account.Waiting(1, 18, 4, Duration.ofHours(1)));
      assertThat(store.account().waiting(Lane.TELEMETRY)).isEqualTo(waiting(2, 36, 9));
      assertThat(store.account().unexplained()).isZero();
      assertThat(store.boot()).isEqualTo(18);
      assertThat(store.note("alerts.open")).hasValue(new byte[] {1, 2});
      nanos.addAndGet(Duration.ofHours(3).toNanos());
      store.append(event(Lane.EVIDENCE, "new"));
      store.settle(List.of(new Settlement.Rejected(9, "0x87")));
      nanos.addAndGet(Duration.ofHours(5).toNanos());
      store.append(event(Lane.EVIDENCE, "newer"));
    }
    assertThat(SqliteEventStore.deadLetters(file(folder), 10))
        .extracting(letter -> letter.id() + " " + letter.age().toHours())
        .containsExactly("t 5", "d 8");
    try (EventStore store = open(folder)) {
      assertThat(store.trouble()).isEmpty();
      assertThat(store.boot()).isEqualTo(19);
    }
  }

  /** The age of what an agent of then rejected begins with the update. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void showsTheDeadLettersOfAnOldVersionWithoutMigratingIt(int version) throws Exception {
    old(version, file(folder));
    assertThat(SqliteEventStore.deadLetters(file(folder), 10))
        .extracting(letter -> letter.id() + " " + letter.age().toHours())
        .containsExactly("d 0");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder))) {
      assertThat(Schema.number(connection, "PRAGMA user_version")).isEqualTo(version);
    }
  }

  private static void old(int version, Path file) throws SQLException {
    if (version == 1) {
      OldStores.version1(file);
    } else {
      OldStores.version2(file);
    }
  }

  @Test
  void showsTheBooksOfVersion1WithoutMigratingIt() throws Exception {
    OldStores.version1(file(folder));
    assertThat(SqliteEventStore.inspect(file(folder)).waiting()).isEqualTo(4);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder))) {
      assertThat(Schema.number(connection, "PRAGMA user_version")).isEqualTo(1);
    }
  }

  /** A backup that was made before the agent was brought up to date. */
  @Test
  void goesOnFromABackupOfVersion1() throws Exception {
    Path backup = Files.createDirectory(folder.resolve("backup")).resolve("events.db");
    OldStores.version1(backup);
    OldStores.version1(file(folder));
    try (EventStore store = open(folder)) {
      store.append(event(Lane.TELEMETRY, "later"));
      store.append(event(Lane.TELEMETRY, "later"));
    }
    Restore.Outcome _ = Restore.from(backup, file(folder), InstantSource.system());
    try (EventStore store = open(folder)) {
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(4L);
      assertThat(store.note("alerts.open")).hasValue(new byte[] {1, 2});
      assertThat(store.account().unexplained()).isZero();
      // 11 and 12 were given away after the backup; 13 is their receipt's.
      assertThat(store.append(event(Lane.EVIDENCE, "new"))).isEqualTo(new Append.Stored(14));
    }
  }

  /** Whatever of the migration's transaction had reached the disk: the file is of one version. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void leavesOneVersionWholeWhenACrashCutsTheMigration(int version) throws Exception {
    Path from = Files.createDirectory(folder.resolve("from"));
    old(version, file(from));
    Account before = SqliteEventStore.inspect(file(from));
    try (Connection connection = StoreFile.writer(file(from), new Room(8 << 20))) {
      long begin = Files.size(StoreFile.beside(file(from), "-wal"));
      Migration.migrate(connection, version);
      assertThat(StoreFile.beside(file(from), "-wal")).hasSize(begin);
      connection.commit();
      long whole = Files.size(StoreFile.beside(file(from), "-wal"));
      int old = 0;
      for (long cut = 0; cut <= whole; cut += 2060) {
        Path to = copy(from, cut);
        try (Connection reader = StoreFile.reader(file(to))) {
          old += Schema.version(reader) == version ? 1 : 0;
          Account read = MetaTable.read(reader, Schema.version(reader)).account(0);
          assertThat(sums(read)).isEqualTo(sums(before));
        }
        try (EventStore store = open(to)) {
          assertThat(store.trouble()).isEmpty();
          assertThat(sums(store.account()))
              .as("cut at %d of %d", cut, whole)
              .isEqualTo(sums(before));
          assertThat(SqliteEventStore.deadLetters(file(to), 10)).hasSize(1);
        }
      }
      assertThat(old).isPositive();
      try (EventStore store = open(copy(from, whole))) {
        assertThat(sums(store.account())).isEqualTo(sums(before));
      }
    }
  }

  /** Without the ages, which go on. */
  private static String sums(Account account) {
    return account.appended()
        + " "
        + account.acknowledged()
        + " "
        + account.rejected()
        + " "
        + account.dropped()
        + " "
        + Stream.of(Lane.values())
            .map(account::waiting)
            .map(lane -> List.of(lane.events(), lane.bytes(), lane.oldest()))
            .toList();
  }

  @Test
  void savesEventsOfADamagedVersion1() throws Exception {
    OldStores.version1(file(folder));
    long root;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder))) {
      root =
          Schema.number(connection, "SELECT rootpage FROM sqlite_schema WHERE name = 'telemetry'");
    }
    try (RandomAccessFile raw = new RandomAccessFile(file(folder).toFile(), "rw")) {
      raw.seek((root - 1) * 4096);
      raw.write(new byte[4096]);
    }
    try (EventStore store = open(folder)) {
      assertThat(store.trouble()).isPresent();
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(4L);
      assertThat(store.account().appended()).isEqualTo(11);
      assertThat(store.account().unexplained()).isZero();
    }
  }

  private Path copy(Path from, long walBytes) throws IOException {
    Path to = Files.createTempDirectory(folder, "cut");
    Files.copy(file(from), file(to));
    Path wal = StoreFile.beside(file(to), "-wal");
    Files.copy(StoreFile.beside(file(from), "-wal"), wal);
    try (RandomAccessFile raw = new RandomAccessFile(wal.toFile(), "rw")) {
      raw.setLength(walBytes);
    }
    return to;
  }

  private EventStore open(Path at) throws IOException {
    return SqliteEventStore.open(
        new Setup(
            new BufferConfig(file(at), 8 << 20),
            Events::receipt,
            InstantSource.system(),
            new LifeClock(nanos::get, "boot")));
  }

  private static Path file(Path folder) {
    return folder.resolve("events.db");
  }

  private static Account.Waiting waiting(long events, long bytes, long oldest) {
    return new Account.Waiting(events, bytes, oldest, Duration.ZERO);
  }
}
