package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event store in one SQLite file (tables: {@code Schema}).
 *
 * <p><b>What survives.</b> SQLite runs in WAL mode with {@code synchronous = FULL}: a commit is
 * appended to the WAL with checksums and fdatasync'ed before {@code append} or {@code settle}
 * returns.
 *
 * <ul>
 *   <li>Process killed at any instant: everything that returned. A transaction that was under way
 *       is there as a whole or not at all; the next opening reads the WAL up to the last commit
 *       whose checksums hold.
 *   <li>Operating system crash, power cut: the same, provided the disk keeps what it has confirmed
 *       to a flush. A card that lies about flushes can lose the newest commits, or with a torn page
 *       the file: then the opening sets it aside. Only the WAL has checksums; damage inside a
 *       payload that leaves the tables' structure whole goes unseen.
 *   <li>Disk that does not give a part of the file back at the opening: it is read up to {@value
 *       StoreFile#MOST_READS} times, a second apart; then the part counts as damaged.
 *   <li>Damaged file: renamed to {@code events.db.damaged-<UTC>}, of which the newest three are
 *       kept and none is deleted while there are no more; what can be read of it is copied into a
 *       new one, numbers go on above those used, receipts cover the rest, and {@link #trouble}
 *       tells so until the next opening. When that happens while the store is open, who appended
 *       waits for it and notices nothing else, and the numbers always go on. At an opening, where
 *       the books cannot be read, they go on a million above the highest that can, and when nothing
 *       at all can be read they start again from 1.
 *   <li>Disk full: alerts and settlements go on from a reserve of 4 MiB ({@code Reserve}), other
 *       appends and clips are refused with "disk full, alerts only" until the disk has room for the
 *       whole reserve again; so they are from the opening on where it has not.
 *   <li>Disk read-only at the opening: what waits is read and can be sent, appends are refused and
 *       settlements throw with "disk is read-only", and once the disk takes writes the store does
 *       the rest of its opening by itself. A damaged file on such a disk does not open.
 *   <li>Disk read-only later, failing, or the reserve used up: appends are refused, settlements
 *       throw, {@link #trouble} says why; reading goes on, and the first success clears it. No
 *       restart is needed.
 * </ul>
 *
 * <p><b>What is checked when.</b> Before opening: the header, the schema's version, that the books
 * balance and that each lane has an oldest event or none as they say; in a file up to 16 MiB also
 * all pages ({@code quick_check}). A larger file is checked as a whole right after opening ({@code
 * IntegrityCheck}), each time it is opened. In between, every read and write that meets damage
 * reports it.
 *
 * <p><b>Threads.</b> One platform thread, {@code event-store}, writes; a second one checks a large
 * file; callers of any kind wait for the commit. Reads run on the caller's thread, inside native
 * code. Up to {@value Intake#WAITING} requests queue, up to {@value Intake#BATCH} share a commit.
 *
 * <p><b>Age.</b> Events that have waited longer than their lane's time to live are dropped, with
 * receipts ({@code Expiry}), by a clock of the store's own ({@code LifeClock}).
 *
 * <p><b>The cap.</b> Database and WAL together stay within {@code maxBytes}, beside the reserve;
 * near it the oldest of what is worth least is dropped, with receipts ({@code Room}), of which few
 * wait ({@code WaitingReceipts}).
 *
 * <p>sqlite-jdbc unpacks its native library into {@code org.sqlite.tmpdir} (else {@code
 * java.io.tmpdir}) at first use; the folder must allow execution.
 */
public final class SqliteEventStore implements EventStore {
  /** More than there are rules, each of which has one note at most. */
  static final int MAX_NOTES_SHOWN = 1000;

  private static final Logger log = LoggerFactory.getLogger(SqliteEventStore.class);

  private final StoreFile file;
  private final EventReader reader;
  private final IntegrityCheck check;
  private final Intake intake;
  private final Progress progress;
  private final GroupCommit writer;
  private final Thread thread;
  private final long boot;

  private SqliteEventStore(
      StoreFile file, EventReader reader, Intake intake, Books books, Setup setup) {
    this.file = file;
    this.reader = reader;
    this.intake = intake;
    check = new IntegrityCheck(file, setup.check(), intake);
    boot = books.boot;
    progress = new Progress(books, setup.life());
    writer = new GroupCommit(file, setup, intake, reader, check, progress, books);
    thread = Thread.ofPlatform().daemon().name("event-store").unstarted(writer);
  }

  /**
   * Opens the store, or makes a new one.
   *
   * @param receipts makes the events that report losses
   * @param clock for the stamps of dead letters and of a damaged file's name, nothing else
   * @throws IOException when the folder is missing, or read-only and without a store, another
   *     process has the store open, or the file is not an event store; the text says which
   */
  public static SqliteEventStore open(
      BufferConfig config, LossReceipt.Writer receipts, InstantSource clock) throws IOException {
    return open(new Setup(config, receipts, clock, LifeClock.ofKernel()));
  }

  /**
   * The same with clips under the store's cap: database, WAL and clips together stay within {@code
   * maxBytes}. Putting a clip makes the room beforehand and waits for it; above half of the cap old
   * clips make it, below that telemetry, then clips, then the lane of evidence.
   *
   * @param clips used by this store alone
   */
  public static SqliteEventStore open(
      BufferConfig config, Clips clips, LossReceipt.Writer receipts, InstantSource clock)
      throws IOException {
    return open(new Setup(config, Optional.of(clips), receipts, clock, LifeClock.ofKernel()));
  }

  static SqliteEventStore open(Setup setup) throws IOException {
    StoreFile file = StoreFile.open(setup);
    try {
      Intake intake = new Intake();
      EventReader reader = new EventReader(file, intake);
      Books books = reader.books();
      books = books.inBoot(books.boot + 1);
      setup.life().resume(books.life);
      SqliteEventStore store = new SqliteEventStore(file, reader, intake, books, setup);
      store.thread.start();
      store.writeBoot();
      setup.clips().ifPresent(store::take);
      if (!file.checked()) {
        store.check.start();
      }
      log.info(
          "Event store open file={} boot={} waiting={}",
          setup.config().file(),
          store.boot,
          store.account().waiting());
      return store;
    } catch (SQLException e) {
      file.close();
      throw DiskFault.about("cannot open event store " + setup.config().file(), e);
    }
  }

  /**
   * The books of a store that this or another process may have open; for tools.
   *
   * @throws IOException when there is no readable store
   */
  public static Account inspect(Path file) throws IOException {
    return look(
        file,
        connection -> {
          Books books = Schema.books(connection);
          LifeClock life = LifeClock.ofKernel();
          life.resume(books.life);
          return books.account(life.millis());
        });
  }

  /**
   * Reads the whole file of a store that this or another process may have open, for at most {@code
   * limit}; for tools. A large store takes longer, and is then only partly looked at.
   *
   * @throws IOException when there is no store, or it cannot be read for another reason than damage
   */
  public static Soundness soundness(Path file, Duration limit) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("no event store at " + file);
    }
    AtomicBoolean late = new AtomicBoolean();
    try (Connection connection = StoreFile.reader(file);
        Statement sql = connection.createStatement()) {
      Thread watch =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      Thread.sleep(limit);
                      late.set(true);
                      sql.cancel();
                    } catch (InterruptedException | SQLException _) {
                      // It is through.
                    }
                  });
      try (ResultSet row = sql.executeQuery("PRAGMA quick_check(1)")) {
        String answer = row.next() ? String.valueOf(row.getString(1)) : "no answer";
        return new Soundness(
            true, "ok".equals(answer) ? Optional.empty() : Optional.of(answer.strip()));
      } finally {
        watch.interrupt();
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot read event store " + file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      if (late.get()) {
        return new Soundness(false, Optional.empty());
      }
      if (DiskFault.damaged(e)) {
        return new Soundness(true, Optional.of(String.valueOf(e.getMessage())));
      }
      throw DiskFault.about("cannot read event store " + file, e);
    }
  }

  /**
   * The newest events that were rejected, newest first, of a store that this or another process may
   * have open; for tools.
   *
   * @param count at least 1; the store keeps at most 1000
   * @throws IOException when there is no readable store
   */
  public static List<DeadLetter> deadLetters(Path file, int count) throws IOException {
    return look(file, connection -> DeadLetters.newest(connection, count));
  }

  /**
   * How many loss receipts wait in a lane of a store that this or another process may have open;
   * for tools. Reads the lane's every row, so ask of the one that receipts go to.
   *
   * @throws IOException when there is no readable store
   */
  public static long receipts(Path file, Lane lane) throws IOException {
    return look(
        file,
        connection -> {
          try (Statement sql = connection.createStatement();
              ResultSet row =
                  sql.executeQuery(
                      "SELECT count(*) FROM " + Schema.table(lane) + " WHERE receipt = 1")) {
            return row.getLong(1);
          }
        });
  }

  /**
   * The notes whose key begins so, as of one moment, of a store that this or another process may
   * have open; for tools.
   *
   * @return at most {@value #MAX_NOTES_SHOWN}, by key in ascending order
   * @throws IOException when there is none or it cannot be read; the text names the file
   */
  public static SortedMap<String, byte[]> notes(Path file, String prefix) throws IOException {
    return look(file, connection -> notes(connection, prefix));
  }

  private static SortedMap<String, byte[]> notes(Connection connection, String prefix)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT key, value FROM note WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT"
                + " ?2")) {
      select.setString(1, prefix);
      select.setInt(2, MAX_NOTES_SHOWN);
      try (ResultSet rows = select.executeQuery()) {
        SortedMap<String, byte[]> found = new TreeMap<>();
        while (rows.next()) {
          found.put(rows.getString(1), rows.getBytes(2));
        }
        return found;
      }
    }
  }

  private static <T> T look(Path file, Look<T> look) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("no event store at " + file);
    }
    try (Connection connection = StoreFile.reader(file)) {
      connection.setAutoCommit(false);
      if (Schema.version(connection) == 0) {
        throw new IOException("no event store at " + file);
      }
      return look.at(connection);
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot read event store " + file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      throw DiskFault.about("cannot read event store " + file, e);
    }
  }

  @FunctionalInterface
  private interface Look<T> {
    T at(Connection connection) throws SQLException;
  }

  @Override
  public Append append(List<Event> events, Map<String, byte[]> notes) {
    Request.Appending request = new Request.Appending(events, notes);
    submit(request);
    return request.outcome().join();
  }

  @Override
  public CompletableFuture<Optional<String>> settling(List<? extends Settlement> settlements) {
    Request.Settling request =
        new Request.Settling(List.copyOf(settlements), new CompletableFuture<>());
    submit(request);
    return request.outcome();
  }

  /** A full disk shows as trouble here and not as an exception: the store can still deliver. */
  private void writeBoot() {
    settling(List.of()).join();
  }

  /** Clips that were there before are brought within the cap at once, as far as that goes. */
  private void take(Clips clips) {
    fit(0).ifPresent(refusal -> log.warn("Clips do not fit fault=\"{}\"", refusal));
    clips.under(
        new Clips.Gate() {
          @Override
          public void admit(long bytes) throws IOException {
            refuse(fit(bytes));
          }

          @Override
          public void spare() throws IOException {
            refuse(writer.alertsOnly() ? Optional.of(GroupCommit.ALERTS_ONLY) : Optional.empty());
          }
        });
  }

  private static void refuse(Optional<String> refusal) throws IOException {
    if (refusal.isPresent()) {
      throw new IOException("cannot keep the clip: " + refusal.get());
    }
  }

  private Optional<String> fit(long clip) {
    Request.Fitting request = new Request.Fitting(clip);
    submit(request);
    return request.outcome().join();
  }

  private void submit(Request request) {
    if (!intake.put(request)) {
      request.refuse("the event store is closed");
    }
  }

  @Override
  public Optional<byte[]> note(String key) throws IOException {
    try {
      return reader.note(key);
    } catch (IOException e) {
      mend(e);
      return Optional.of(reader.note(key).orElseThrow(() -> e));
    }
  }

  @Override
  public List<String> noteKeys(String prefix) throws IOException {
    try {
      return reader.noteKeys(prefix);
    } catch (IOException e) {
      mend(e);
      return reader.noteKeys(prefix);
    }
  }

  /**
   * Waits until the file was set aside for the damage that a read has met: the way to a sound note
   * may lead past a damaged one, which the successor lacks.
   *
   * @throws IOException the fault itself, when it is none that the store mends
   */
  private void mend(IOException fault) throws IOException {
    if (!DiskFault.damaged(fault)) {
      throw fault;
    }
    settling(List.of()).join();
  }

  @Override
  public List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes) {
    return reader.read(lane, after, limit, maxBytes);
  }

  @Override
  public long newest(Lane lane, int count) {
    return reader.newest(lane, count);
  }

  @Override
  public long await(long seen, Duration timeout) throws InterruptedException {
    return progress.await(seen, timeout);
  }

  @Override
  public Account account() {
    return progress.account();
  }

  @Override
  public long boot() {
    return boot;
  }

  @Override
  public Optional<String> trouble() {
    return writer.trouble().or(file::setAside);
  }

  @Override
  public void close() {
    // Readers first: SQLite empties the WAL only when the connection that closes last may write.
    check.close();
    reader.close();
    intake.close();
    progress.awaitEnd();
    try {
      file.close();
    } catch (IOException e) {
      log.warn("Event store did not close cleanly fault=\"{}\"", e.getMessage());
    }
  }
}
