package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage that shows while the store is open. */
final class RecoveryTest {
  private static final int PAGE = 4096;
  private static final int EVENTS = 150;
  private static final byte[] NOTE = {1, 2, 3};
  private static final String QUICK_CHECK = "PRAGMA quick_check(1)";

  /** Reads one state of the database until it is broken off. */
  static final String ENDLESS_CHECK =
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT 'ok' FROM n, meta WHERE i = 0\
      """;

  @TempDir Path folder;
  private final List<LossReceipt> receipts = new ArrayList<>();
  private final CountDownLatch reported = new CountDownLatch(1);
  private SqliteEventStore store;

  @BeforeEach
  void openStore() throws Exception {
    store = SqliteEventStore.open(setup());
  }

  @AfterEach
  void closeStore() {
    assertThat(store.account().unexplained()).isZero();
    store.close();
  }

  @Test
  void setsTheFileAsideWhenAReadMeetsDamage() throws Exception {
    fill();
    damageMiddle();
    long boot = store.boot();
    assertThatThrownBy(() -> Events.all(store, Lane.TELEMETRY))
        .isInstanceOf(UncheckedIOException.class);
    awaitReceipts();
    assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    savedTheRest();
    assertThat(store.boot()).isEqualTo(boot);
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
    assertThat(folder.resolve("events.db.damaged-20260501T080000Z")).exists();
    store.close();
    store = SqliteEventStore.open(setup());
    assertThat(store.trouble()).isEmpty();
    savedTheRest();
  }

  @Test
  void tellsThatADamagedNoteCannotBeReadAndReadsAllOthers() throws Exception {
    damageNoteM("a", "b", "m", "z");
    store = SqliteEventStore.open(setup().withCheck("SELECT 'ok'"));
    assertThatThrownBy(() -> store.note("m"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("database damaged");
    for (String key : List.of("a", "b", "z")) {
      assertThat(store.note(key))
          .hasValueSatisfying(note -> assertThat(note).containsOnly(key.charAt(0)));
    }
  }

  /** SQLite looks for it by halves, and so at the damaged one as well. */
  @Test
  void readsANoteBehindADamagedOne() throws Exception {
    damageNoteM("a", "b", "m", "z");
    store = SqliteEventStore.open(setup().withCheck("SELECT 'ok'"));
    assertThat(store.note("z")).hasValueSatisfying(n -> assertThat(n).containsOnly('z'));
    assertThat(store.noteKeys("b")).containsExactly("b");
  }

  /** In a file that is too large to be checked as a whole before it is opened. */
  @Test
  void opensWhereADamagedNoteLiesOnTheWayToWhatIsYetToBeReported() throws Exception {
    damageNoteM("a", "m", "z");
    store = SqliteEventStore.open(setup().withCheck("SELECT 'ok'"));
    assertThat(store.note("a")).hasValueSatisfying(n -> assertThat(n).containsOnly('a'));
    assertThat(store.note("z")).hasValueSatisfying(n -> assertThat(n).containsOnly('z'));
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
  }

  private void damageNoteM(String... keys) throws IOException {
    for (String key : keys) {
      byte[] note = new byte[5 * PAGE];
      Arrays.fill(note, (byte) key.charAt(0));
      store.append(List.of(event(Lane.ALERT, key)), Map.of(key, note));
    }
    store.close();
    SalvageTest.breakOverflowPageOf('m', file());
  }

  @Test
  void readsOnPastARowThatHoldsNoEvent() throws Exception {
    fill();
    execute("UPDATE telemetry SET topic = '' WHERE sequence = 1");
    assertThatThrownBy(() -> store.read(Lane.TELEMETRY, 0, 1, 1))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("row 1 of lane TELEMETRY");
    awaitReceipts();
    assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    assertThat(Events.sequences(store, Lane.TELEMETRY))
        .containsExactlyElementsOf(LongStream.rangeClosed(2, EVENTS).boxed().toList());
    assertThat(receipts)
        .singleElement()
        .extracting(LossReceipt::ranges)
        .isEqualTo(List.of(new LossReceipt.Range(1, 1)));
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(1);
  }

  @Test
  void goesOnWithTheWriteThatMetDamage() throws Exception {
    fill();
    damageMiddle();
    store.settle(LongStream.rangeClosed(1, EVENTS).mapToObj(Settlement.Acknowledged::new).toList());
    assertThat(Events.all(store, Lane.TELEMETRY)).isEmpty();
    assertThat(receipts).isNotEmpty();
    assertThat(store.account().acknowledged()).isBetween(EVENTS / 2L, EVENTS - 1L);
    assertThat(Events.sequences(store, Lane.ALERT)).containsExactly(EVENTS + 1L);
  }

  @Test
  void findsDamageInALargeFileAfterOpeningIt() throws Exception {
    fill();
    store.close();
    damageMiddle();
    store = SqliteEventStore.open(setup().withCheck(QUICK_CHECK));
    awaitReceipts();
    assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    savedTheRest();
  }

  @Test
  void findsRowsMissingThatTheBooksHave() throws Exception {
    fill();
    store.close();
    execute("DELETE FROM telemetry WHERE sequence BETWEEN 20 AND 29");
    store = SqliteEventStore.open(setup().withCheck(QUICK_CHECK));
    awaitReceipts();
    assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    savedTheRest();
    assertThat(store.account().dropped(Lane.TELEMETRY)).isEqualTo(10);
  }

  /** A leaf page whose last write was lost still holds what was deleted from it. */
  @Test
  void sendsSettledEventsAgainThatCameBackAndSetsTheirFileAsideOnce() throws Exception {
    fill();
    store.settle(LongStream.rangeClosed(1, 10).mapToObj(Settlement.Acknowledged::new).toList());
    store.close();
    execute(
        """
        INSERT INTO telemetry (sequence, boot, receipt, stored, id, topic, attributes, payload)
        SELECT sequence - 10, boot, receipt, stored, 'again-' || id, topic, attributes, payload
        FROM telemetry WHERE sequence BETWEEN 11 AND 20\
        """);
    store = SqliteEventStore.open(setup().withCheck(QUICK_CHECK));
    awaitSetAside();
    assertThat(store.append(event(Lane.ALERT, "b"))).isInstanceOf(Append.Stored.class);
    store.close();
    store = SqliteEventStore.open(setup());
    assertThat(store.trouble()).isEmpty();
    assertThat(Events.sequences(store, Lane.TELEMETRY)).hasSize(EVENTS).startsWith(1L);
    assertThat(store.account().acknowledged()).isZero();
    assertThat(store.account().dropped()).isZero();
    assertThat(folder.resolve("events.db.damaged-20260501T080000Z")).exists();
    assertThat(folder.resolve("events.db.damaged-20260501T080000Z-2")).doesNotExist();
  }

  @Test
  void setsBooksAsideThatDoNotBalance() throws Exception {
    fill();
    store.close();
    execute("UPDATE meta SET acknowledged = acknowledged + 1");
    store = SqliteEventStore.open(setup().withCheck(QUICK_CHECK));
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside"));
    assertThat(Events.sequences(store, Lane.TELEMETRY)).hasSize(EVENTS);
  }

  @Test
  void setsAFileWithNegativeBooksAsideOnce() throws Exception {
    fill();
    store.close();
    execute("UPDATE meta SET acknowledged = -5, rejected = -1, telemetry_dropped = -2");
    store = SqliteEventStore.open(setup());
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside"));
    store.close();
    store = SqliteEventStore.open(setup());
    assertThat(store.trouble()).isEmpty();
    assertThat(store.account().acknowledged()).isZero();
    assertThat(store.account().dropped(Lane.TELEMETRY)).isZero();
    assertThat(Events.sequences(store, Lane.TELEMETRY)).hasSize(EVENTS);
  }

  /** A restart would not know the numbers any more; the running store does. */
  @Test
  void keepsItsNumbersWhenNothingOfTheFileCanBeRead() throws Exception {
    fill();
    store.settle(List.of(new Settlement.Acknowledged(1)));
    overwrite(0, Files.size(file()));
    assertThatThrownBy(() -> Events.all(store, Lane.TELEMETRY))
        .isInstanceOf(UncheckedIOException.class);
    awaitReceipts();
    long last = EVENTS + 1L + receipts.size();
    assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(last + 1));
    assertThat(receipts)
        .extracting(LossReceipt::lane)
        .as("nothing waited in the other lanes")
        .doesNotContain(Lane.EVIDENCE, Lane.REPORT);
    savedTheRest();
  }

  @Test
  void keepsItsNumbersWhenTheFileIsEmptied() throws Exception {
    fill();
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      raw.setLength(0);
    }
    assertThatThrownBy(() -> Events.all(store, Lane.TELEMETRY))
        .isInstanceOf(UncheckedIOException.class);
    awaitReceipts();
    assertThat(((Append.Stored) store.append(event(Lane.ALERT, "b"))).lastSequence())
        .isGreaterThan(EVENTS + 1L);
    savedTheRest();
  }

  @Test
  void givesWayToTheWalWhileItChecks() throws Exception {
    store.close();
    Setup setup = setup().withCheck(ENDLESS_CHECK);
    store = SqliteEventStore.open(setup);
    long most = 0;
    for (int i = 0; i < 200; i++) {
      store.append(event(Lane.TELEMETRY, "t" + i, 100_000));
      most = Math.max(most, StoreFile.beside(file(), "-wal").toFile().length());
    }
    assertThat(most).isBetween(1L << 20, setup.room().walBytes() + (1 << 20));
    store.close();
  }

  /** 150 readings of 20 kB, an alert with a note. */
  private void fill() {
    for (int i = 0; i < EVENTS; i++) {
      store.append(event(Lane.TELEMETRY, "t" + i, 20_000));
    }
    store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", NOTE));
  }

  /** Whatever was appended waits, or a receipt tells of it. */
  private void savedTheRest() {
    Set<Long> known = new TreeSet<>(Events.sequences(store, Lane.TELEMETRY));
    for (LossReceipt receipt : receipts) {
      assertThat(receipt.reason()).isEqualTo(LossReceipt.Reason.CORRUPT);
      for (LossReceipt.Range range : receipt.ranges()) {
        LongStream.rangeClosed(range.first(), range.last()).forEach(known::add);
      }
    }
    known.add(1L);
    assertThat(known).containsAll(LongStream.rangeClosed(1, EVENTS).boxed().toList());
    assertThat(store.account().unexplained()).isZero();
  }

  private void awaitReceipts() throws InterruptedException {
    assertThat(reported.await(30, TimeUnit.SECONDS)).as("no receipt").isTrue();
  }

  private void awaitSetAside() throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (store.trouble().isEmpty() && System.nanoTime() < end) {
      store.await(store.account().appended(), Duration.ofMillis(1));
    }
    assertThat(store.trouble()).hasValueSatisfying(t -> assertThat(t).contains("set aside as"));
  }

  private void damageMiddle() throws IOException {
    overwrite(Files.size(file()) / 2 / PAGE * PAGE, 6 * PAGE);
  }

  private void overwrite(long from, long bytes) throws IOException {
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      byte[] noise = new byte[(int) bytes];
      Arrays.fill(noise, (byte) 0xa5);
      raw.seek(from);
      raw.write(noise);
    }
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Path file() {
    return folder.resolve("events.db");
  }

  private Setup setup() {
    return new Setup(
            new BufferConfig(file(), 64 << 20),
            this::report,
            InstantSource.fixed(Instant.parse("2026-05-01T08:00:00Z")),
            LifeClock.ofKernel())
        .withTick(Duration.ofMillis(20));
  }

  private Event report(LossReceipt receipt) {
    receipts.add(receipt);
    reported.countDown();
    return Events.receipt(receipt);
  }
}
