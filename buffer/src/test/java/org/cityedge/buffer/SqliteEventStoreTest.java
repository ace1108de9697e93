package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class SqliteEventStoreTest extends EventStoreContract {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-05-01T08:00:00Z"));

  /** The monotonic clock, which stands still until a test moves it. */
  private final AtomicLong nanos = new AtomicLong(Duration.ofDays(40).toNanos());

  private String kernelBoot = "boot-1";

  @Override
  EventStore open(Path folder, long maxBytes, LossReceipt.Writer writer) throws IOException {
    return open(new BufferConfig(folder.resolve("events.db"), maxBytes), writer);
  }

  private EventStore open(BufferConfig config, LossReceipt.Writer writer) throws IOException {
    return SqliteEventStore.open(
        new Setup(config, writer, CLOCK, new LifeClock(nanos::get, kernelBoot)));
  }

  @Test
  void cutsTheWalBackOnceAnotherProcessStopsReading() throws Exception {
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement sql = other.createStatement()) {
      sql.execute("BEGIN");
      sql.executeQuery("SELECT * FROM meta").close();
      for (int i = 0; i < 30; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 100_000));
      }
      assertThat(size("events.db-wal")).isGreaterThan(3_000_000);
      sql.execute("COMMIT");
      // The cut comes after the first one's answer, and before the second one's.
      append(Lane.TELEMETRY, Lane.TELEMETRY);
      assertThat(size("events.db-wal")).isLessThan(100_000);
    }
  }

  @Test
  void leavesOneFileAndItsLockWhenClosed() throws Exception {
    append(Lane.ALERT, Lane.ALERT);
    assertThat(store.read(Lane.ALERT, 0, 10, Long.MAX_VALUE)).hasSize(2);
    store.close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("events.db", "events.db.lock");
    }
  }

  @Test
  void letsOthersReadTheBooksWhileItIsOpen() throws Exception {
    append(Lane.ALERT, Lane.TELEMETRY);
    isTold(store.account());
    store.close();
    isTold(store.account());
    assertThatThrownBy(() -> SqliteEventStore.inspect(folder.resolve("none.db")))
        .hasMessageContaining("no event store at");
  }

  /** But for how long the oldest waits, which goes on meanwhile. */
  private void isTold(Account account) throws Exception {
    assertThat(SqliteEventStore.inspect(file()))
        .usingRecursiveComparison()
        .ignoringFieldsOfTypes(Duration.class)
        .isEqualTo(account);
  }

  /**
   * Each commit costs whole pages: that of the event and that of the books, now and then a new one.
   */
  @Test
  void writesTwoPagesForASmallEvent() throws Exception {
    long before = size("events.db-wal");
    for (int i = 0; i < 40; i++) {
      store.append(event(Lane.TELEMETRY, "t" + i, 300));
    }
    assertThat((size("events.db-wal") - before) / 40).isBetween(2 * 4096L, 10_000L);
  }

  @Test
  void boundsTheDeadLetters() throws Exception {
    for (int i = 0; i < 6; i++) {
      store.append(event(Lane.EVIDENCE, "e" + i, 100_000));
    }
    List<Settlement> rejections = new ArrayList<>();
    LongStream.rangeClosed(1, 6).forEach(n -> rejections.add(new Settlement.Rejected(n, "0x99")));
    store.settle(rejections);
    store.close();
    assertThat(store.account().rejected()).isEqualTo(6);
    assertThat(query("SELECT group_concat(sequence) FROM dead_letter")).isEqualTo("5,6");
  }

  @Test
  void listsTheNewestDeadLettersFirst() throws Exception {
    append(Lane.TELEMETRY, Lane.ALERT, Lane.TELEMETRY);
    store.settle(List.of(new Settlement.Rejected(1, "0x99"), new Settlement.Rejected(2, "0x87")));
    assertThat(SqliteEventStore.deadLetters(file(), 50))
        .containsExactly(
            new DeadLetter(
                2, CLOCK.instant(), Lane.ALERT, "city/v1/510108/gw-1/test", "e2", "0x87"),
            new DeadLetter(
                1, CLOCK.instant(), Lane.TELEMETRY, "city/v1/510108/gw-1/test", "e1", "0x99"));
    assertThat(SqliteEventStore.deadLetters(file(), 1)).hasSize(1);
    assertThat(SqliteEventStore.receipts(file(), Lane.REPORT)).isEqualTo(2);
    assertThatThrownBy(() -> SqliteEventStore.deadLetters(folder.resolve("none.db"), 1))
        .hasMessageContaining("no event store at");
  }

  @Nested
  class Opening {
    @Test
    void setsADamagedFileAsideAndGoesOnAboveItsNumbers() throws Exception {
      for (int i = 0; i < 50; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 20_000));
      }
      store.settle(List.of(new Settlement.Acknowledged(1)));
      store.close();
      try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
        file.setLength(file.length() / 2);
      }
      store = open(folder, CAP, Events::receipt);
      assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside"));
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(52));
      assertThat(store.account().acknowledged()).isEqualTo(1);
      assertThat(store.account().dropped()).isPositive();
      assertThat(folder.resolve("events.db.damaged-20260501T080000Z")).exists();
      assertThat(store.trouble()).isPresent();
    }

    @Test
    void savesWhatADamagedPageLeavesAndReportsTheRest() throws Exception {
      List<LossReceipt> kept = new ArrayList<>();
      byte[] note = {1, 2, 3};
      for (int i = 0; i < 100; i++) {
        store.append(event(Lane.TELEMETRY, "t" + i, 20_000));
      }
      store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", note));
      store.close();
      try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
        file.seek(file.length() / 2 / 4096 * 4096);
        // A payload takes five pages, and damage to the last one alone shows in no pointer.
        file.write(new byte[6 * 4096]);
      }
      store =
          open(
              folder,
              CAP,
              receipt -> {
                kept.add(receipt);
                return Events.receipt(receipt);
              });
      assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("saved"));
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(101L);
      assertThat(store.note("alerts.open")).hasValue(note);
      TreeSet<Long> known = new TreeSet<>(Events.sequences(store, Lane.TELEMETRY));
      assertThat(known.size()).isBetween(50, 99);
      assertThat(kept).isNotEmpty().allMatch(r -> r.reason() == LossReceipt.Reason.CORRUPT);
      for (LossReceipt receipt : kept) {
        for (LossReceipt.Range range : receipt.ranges()) {
          LongStream.rangeClosed(range.first(), range.last()).forEach(known::add);
        }
      }
      assertThat(known).containsAll(LongStream.rangeClosed(1, 100).boxed().toList());
      assertThat(store.account().dropped()).isEqualTo(kept.getFirst().events());
    }

    @Test
    void finishesAReplacementThatACrashCutShort() throws Exception {
      append(Lane.ALERT, Lane.ALERT);
      store.close();
      Files.move(file(), folder.resolve("events.db.new"));
      Files.write(folder.resolve("events.db-wal"), new byte[5_000]);
      store = open(folder, CAP, Events::receipt);
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(3));
      assertThat(folder.resolve("events.db.damaged-20260501T080000Z-wal")).hasSize(5_000);
    }

    @Test
    void keepsTheNewestThreeDamagedFilesOnly() throws Exception {
      store.close();
      for (int n = 0; n < 5; n++) {
        Files.write(file(), new byte[10_000]);
        store = open(folder, CAP, Events::receipt);
        store.close();
      }
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .filteredOn(name -> name.matches(".*damaged-[0-9TZ]+(-[0-9]+)?"))
            .hasSize(3);
      }
    }

    @Test
    void setsAsideWhatIsNoDatabaseAndSaysThatNumbersStartAgain() throws Exception {
      store.close();
      for (int n = 0; n < 2; n++) {
        Files.write(file(), new byte[10_000]);
        store = open(folder, CAP, Events::receipt);
        assertThat(store.trouble())
            .hasValueSatisfying(t -> assertThat(t).contains("start again from 1"));
        store.close();
      }
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .contains("events.db.damaged-20260501T080000Z", "events.db.damaged-20260501T080000Z-2");
      }
    }

    @Test
    void goesOnWithWhatANewerAgentHasLeft() throws Exception {
      append(Lane.ALERT, Lane.TELEMETRY);
      long boot = store.boot();
      store.close();
      execute("ALTER TABLE alert ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'");
      execute("ALTER TABLE meta ADD COLUMN colours INTEGER NOT NULL DEFAULT 1");
      execute("PRAGMA user_version = 9");
      store = open(folder, CAP, Events::receipt);
      assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside"));
      assertThat(folder.resolve("events.db.damaged-20260501T080000Z")).exists();
      assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(1L);
      assertThat(Events.sequences(store, Lane.TELEMETRY)).containsExactly(2L);
      assertThat(store.boot()).isGreaterThan(boot);
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(3));
    }

    @Test
    void goesOnWithoutWhatANewerAgentHasRenamed() throws Exception {
      append(Lane.ALERT);
      store.close();
      execute("ALTER TABLE alert RENAME TO alarm");
      execute("PRAGMA user_version = 9");
      store = open(folder, CAP, Events::receipt);
      assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside"));
      assertThat(store.account().appended()).isPositive();
      assertThat(store.account().dropped()).isPositive();
    }

    @Test
    void refusesAnotherProgramsDatabase() throws Exception {
      store.close();
      Files.delete(file());
      execute("CREATE TABLE photos (name TEXT)");
      assertThatThrownBy(() -> open(folder, CAP, Events::receipt))
          .hasMessageContaining("not an event store");
      assertThat(query("SELECT count(*) FROM photos")).isEqualTo("0");
    }

    @Test
    void refusesToOpenTwice() {
      assertThatThrownBy(() -> open(folder, CAP, Events::receipt))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("open already");
    }

    @Test
    void refusesAMissingFolder() {
      assertThatThrownBy(() -> open(folder.resolve("none"), CAP, Events::receipt))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("none");
    }

    @Test
    void opensAfterTruncatedWal() throws Exception {
      for (int i = 0; i < 40; i++) {
        append(Events.lane(i));
      }
      long whole = size("events.db-wal");
      for (long cut = whole; cut >= 0; cut -= whole / 13) {
        Path copy = Files.createDirectory(folder.resolve("cut-" + cut));
        Files.copy(file(), copy.resolve("events.db"));
        Files.copy(folder.resolve("events.db-wal"), copy.resolve("events.db-wal"));
        try (RandomAccessFile wal =
            new RandomAccessFile(copy.resolve("events.db-wal").toFile(), "rw")) {
          wal.setLength(cut);
        }
        try (EventStore opened = open(copy, CAP, Events::receipt)) {
          assertThat(opened.account().unexplained()).isZero();
          long appended = opened.account().appended();
          assertThat(opened.account().waiting()).isEqualTo(appended);
          assertThat(cut == whole ? 40 : appended).isEqualTo(appended);
        }
      }
    }
  }

  private Path file() {
    return folder.resolve("events.db");
  }

  private long size(String name) {
    return folder.resolve(name).toFile().length();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String query(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }
}
