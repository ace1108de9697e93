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
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of schema version 1, as its own DDL makes it. */
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
    version1(file(folder));
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
      assertThat(Schema.number(connection, "PRAGMA user_version")).isEqualTo(2);
      assertThat(Schema.number(connection, "SELECT count(*) FROM dead_letter")).isEqualTo(1);
    }
    try (EventStore store = open(folder)) {
      assertThat(store.boot()).isEqualTo(19);
      assertThat(Events.sequences(store, Lane.EVIDENCE)).containsExactly(11L);
    }
  }

  @Test
  void showsTheBooksOfVersion1WithoutMigratingIt() throws Exception {
    version1(file(folder));
    assertThat(SqliteEventStore.inspect(file(folder)).waiting()).isEqualTo(4);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder))) {
      assertThat(Schema.number(connection, "PRAGMA user_version")).isEqualTo(1);
    }
  }

  /** A backup that was made before the agent was brought up to date. */
  @Test
  void goesOnFromABackupOfVersion1() throws Exception {
    Path backup = Files.createDirectory(folder.resolve("backup")).resolve("events.db");
    version1(backup);
    version1(file(folder));
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
  @Test
  void leavesOneVersionWholeWhenACrashCutsTheMigration() throws Exception {
    Path from = Files.createDirectory(folder.resolve("from"));
    version1(file(from));
    try (Connection connection = StoreFile.writer(file(from), new Room(8 << 20))) {
      long before = Files.size(StoreFile.beside(file(from), "-wal"));
      Migration.migrate(connection, 1);
      assertThat(StoreFile.beside(file(from), "-wal")).hasSize(before);
      connection.commit();
      long whole = Files.size(StoreFile.beside(file(from), "-wal"));
      int old = 0;
      for (long cut = 0; cut <= whole; cut += 2060) {
        Path to = copy(from, cut);
        try (Connection reader = StoreFile.reader(file(to))) {
          old += Schema.version(reader) == 1 ? 1 : 0;
          assertThat(MetaTable.read(reader, Schema.version(reader)).account(0)).isEqualTo(BEFORE);
        }
        try (EventStore store = open(to)) {
          assertThat(store.trouble()).isEmpty();
          assertThat(store.account()).as("cut at %d of %d", cut, whole).isEqualTo(BEFORE);
        }
      }
      assertThat(old).isPositive();
      try (EventStore store = open(copy(from, whole))) {
        assertThat(store.account()).isEqualTo(BEFORE);
      }
    }
  }

  @Test
  void savesEventsOfADamagedVersion1() throws Exception {
    version1(file(folder));
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

  /** Appended 10: 4, 7, 9 and 10 wait, 1 is in the dead letters. */
  private static void version1(Path file) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA auto_vacuum = INCREMENTAL");
      sql.executeQuery("PRAGMA journal_mode = WAL").close();
      connection.setAutoCommit(false);
      sql.execute(
          """
          CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), appended INTEGER NOT NULL,
            acknowledged INTEGER NOT NULL, rejected INTEGER NOT NULL, dropped INTEGER NOT NULL,
            boot INTEGER NOT NULL) STRICT""");
      sql.execute("INSERT INTO meta VALUES (1, 10, 3, 1, 2, 17)");
      for (Lane lane : Lane.values()) {
        sql.execute(
            """
            CREATE TABLE %s (sequence INTEGER PRIMARY KEY, boot INTEGER NOT NULL,
              receipt INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
              attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT"""
                .formatted(lane.name().toLowerCase(Locale.ROOT)));
      }
      sql.execute(
          """
          CREATE TABLE dead_letter (number INTEGER PRIMARY KEY, at INTEGER NOT NULL,
            reason TEXT NOT NULL, lane TEXT NOT NULL, octets INTEGER NOT NULL,
            sequence INTEGER NOT NULL, boot INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
            attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT""");
      sql.execute(
          "CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID");
      sql.execute("INSERT INTO alert VALUES (4, 17, 0, 'a', 'topic/007', '{}', x'7061796c6f6164')");
      sql.execute(
          "INSERT INTO report VALUES (7, 17, 1, 'r', 'topic/007', '{}', x'7061796c6f6164')");
      sql.execute(
          """
          INSERT INTO telemetry VALUES (9, 17, 0, 't', 'topic/007', '{}', x'7061796c6f6164'),
            (10, 17, 0, 'u', 'topic/007', '{}', x'7061796c6f6164')""");
      sql.execute(
          """
          INSERT INTO dead_letter VALUES
            (1, 1777622400000, '0x99', 'telemetry', 2, 1, 16, 'd', 't', '{}', x'')""");
      sql.execute("INSERT INTO note VALUES ('alerts.open', x'0102')");
      sql.execute("PRAGMA application_id = 1128613169");
      sql.execute("PRAGMA user_version = 1");
      connection.commit();
    }
  }
}
