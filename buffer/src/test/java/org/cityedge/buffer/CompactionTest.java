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
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file after a backlog was drained. */
final class CompactionTest {
  private static final long CAP = 64 << 20;
  private static final long MIB = 1 << 20;
  private static final int BACKLOG = 400;

  /** Pages from one page of the map to the next. */
  private static final int MAPPED = Room.PAGE / 5 + 1;

  @TempDir Path folder;
  private EventStore store = new MemoryEventStore(Events::receipt);
  private long most;
  private volatile boolean receiptsFail;

  @BeforeEach
  void fill() throws IOException {
    store = open();
    List<Event> megabyte =
        Collections.nCopies(8, event(Lane.EVIDENCE, "e", Event.MAX_PAYLOAD - 100));
    for (int i = 0; i < BACKLOG; i += 8) {
      store.append(megabyte, Map.of());
    }
    assertThat(database()).isGreaterThan(50 * MIB);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private EventStore open() throws IOException {
    return SqliteEventStore.open(setup());
  }

  private Setup setup() {
    return new Setup(
            new BufferConfig(folder.resolve("events.db"), CAP),
            this::receipt,
            InstantSource.system(),
            LifeClock.ofKernel())
        .withTick(Duration.ofMillis(20));
  }

  private Event receipt(LossReceipt receipt) {
    if (receiptsFail) {
      throw new IllegalStateException("as the test wants");
    }
    return Events.receipt(receipt);
  }

  private long size(String name) {
    return folder.resolve(name).toFile().length();
  }

  private long database() {
    return size("events.db");
  }

  /** Measures until it is so, at most for half a minute. */
  private void await(BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      most = Math.max(most, database() + size("events.db-wal"));
      store.await(store.account().appended(), Duration.ofMillis(1));
    }
    assertThat(condition.getAsBoolean()).as("database %d bytes", database()).isTrue();
  }

  private void acknowledge(long from, long to) {
    for (long first = from; first <= to; first += 50) {
      store.settle(
          LongStream.rangeClosed(first, Math.min(to, first + 49))
              .mapToObj(Settlement.Acknowledged::new)
              .toList());
    }
  }

  @Test
  void givesTheSpaceOfADrainedBacklogBackWithoutASecondCopy() throws Exception {
    acknowledge(1, BACKLOG);
    await(() -> database() < 2 * MIB && size("events.db-wal") < MIB);
    assertThat(most).as("database and WAL").isLessThan(CAP);
  }

  @Test
  void movesWhatStillWaitsFromTheEndOfTheFile() throws Exception {
    acknowledge(1, BACKLOG - 8);
    await(() -> database() < 4 * MIB);
    store.close();
    store = open();
    assertThat(store.trouble()).isEmpty();
    assertThat(Events.sequences(store, Lane.EVIDENCE)).hasSize(8).startsWith(BACKLOG - 7L);
    assertThat(store.account().unexplained()).isZero();
  }

  /** Its file cannot be set aside yet, since no receipt can be made for what is lost. */
  @Test
  void letsTheWriterRestWhileTheFileIsDamaged() throws Exception {
    receiptsFail = true;
    try (Connection connection = StoreFile.plainWriter(folder.resolve("events.db"));
        Statement sql = connection.createStatement()) {
      sql.execute("UPDATE evidence SET topic = '' WHERE sequence = " + BACKLOG);
      connection.commit();
    }
    meetDamageAfter(
        200, LongStream.range(1, BACKLOG).mapToObj(Settlement.Acknowledged::new).toList());
    await(() -> store.trouble().isPresent());
    assertThat(store.trouble())
        .hasValueSatisfying(t -> assertThat(t).contains("not set aside yet"));
    assertThat(database()).as("no step was made").isGreaterThan(48 * MIB);
    // One that turns in circles never waits.
    await(() -> writer().getState() == Thread.State.TIMED_WAITING);
  }

  /** The map that tells whose page is whose (fileformat2.html §1.8) serves nothing else. */
  @Test
  void setsTheFileAsideWhenItMeetsDamage() throws Exception {
    acknowledge(1, BACKLOG - 8);
    store.close();
    long pages = database() / Room.PAGE;
    assertThat(pages).as("free ones, too").isGreaterThan(2000);
    long last = 2 + (pages - 3) / MAPPED * MAPPED;
    try (RandomAccessFile raw = new RandomAccessFile(folder.resolve("events.db").toFile(), "rw")) {
      for (long page : List.of(last, last - MAPPED)) {
        raw.seek((page - 1) * Room.PAGE);
        raw.write(new byte[Room.PAGE]);
      }
    }
    store = SqliteEventStore.open(setup().withCheck("SELECT 'ok'"));
    await(() -> store.trouble().filter(t -> t.contains("set aside as")).isPresent());
    assertThat(Events.sequences(store, Lane.EVIDENCE)).hasSize(8).startsWith(BACKLOG - 7L);
    assertThat(store.account().dropped()).isZero();
    assertThat(store.account().unexplained()).isZero();
    assertThat(database()).isLessThan(4 * MIB);
  }

  /** Without a pause between the transactions, so that it gets active and makes no step. */
  private void meetDamageAfter(int transactions, List<? extends Settlement> settlements) {
    var _ =
        store
            .settling(settlements)
            .thenRun(
                () -> {
                  if (transactions > 0) {
                    meetDamageAfter(transactions - 1, List.of());
                    return;
                  }
                  assertThatThrownBy(() -> store.read(Lane.EVIDENCE, 0, 1, 1))
                      .isInstanceOf(UncheckedIOException.class);
                });
  }

  private static Thread writer() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("event-store"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void takesEventsMeanwhile() throws Exception {
    acknowledge(1, BACKLOG);
    long stored = BACKLOG;
    int between = 0;
    while (database() > 2 * MIB && between < 10_000) {
      assertThat(store.append(event(Lane.ALERT, "a"))).isEqualTo(new Append.Stored(++stored));
      between++;
    }
    assertThat(between).as("appends before the file was short").isPositive();
    await(() -> database() < 8 * MIB);
    assertThat(Events.sequences(store, Lane.ALERT)).hasSize(between);
  }

  @Test
  void leavesAStoreAloneThatIsMoreThanThreeQuartersFull() throws Exception {
    acknowledge(1, BACKLOG / 5);
    // Longer than many ticks, and each settlement is a transaction after which it looks.
    for (int i = 0; i < 100; i++) {
      store.settle(List.of(new Settlement.Acknowledged(1)));
    }
    assertThat(Files.size(folder.resolve("events.db"))).isGreaterThan(50 * MIB);
  }
}
