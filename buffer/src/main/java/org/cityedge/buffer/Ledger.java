package org.cityedge.buffer;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer's transaction: {@link #begin}, any number of {@link #append} and {@link #settle}, then
 * {@link #commit}. After an exception the ledger is of no use any more (the driver has thrown its
 * statements away); closing it rolls back. Confined to the writer thread.
 */
final class Ledger implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ledger.class);

  /** Pages that one transaction moves, so that the WAL stays bounded. */
  private static final long STEP = 256;

  private final Connection connection;
  private final Setup setup;
  private final Room room;
  private final Map<Lane, LaneTable> tables = new EnumMap<>(Lane.class);
  private final MetaTable meta;
  private final NoteTable notes;
  private final DeadLetters deadLetters;
  private final WaitingReceipts receipts;

  /** Once in a transaction, so that it stays bounded. */
  private boolean merged;

  /** As the open transaction will leave them. */
  private Books books = Books.first();

  /** Owns the connection from here, whatever happens. */
  static Ledger on(Connection connection, Setup setup) throws SQLException {
    try {
      return new Ledger(connection, setup);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private Ledger(Connection connection, Setup setup) throws SQLException {
    this.connection = connection;
    this.setup = setup;
    room = setup.room();
    for (Lane lane : Lane.values()) {
      tables.put(lane, new LaneTable(connection, lane));
    }
    meta = new MetaTable(connection);
    notes = new NoteTable(connection);
    deadLetters = new DeadLetters(connection);
    receipts = new WaitingReceipts(connection);
    room.forget();
  }

  void begin(Books committed) {
    books = committed.draft();
    merged = false;
  }

  /** Refused, with nothing changed, when there is no room and none can be made. */
  Append append(Request.Appending append) throws SQLException {
    List<LossReceipt> dropped = List.of();
    if (room.missing(append, connection) > 0) {
      Books before = books.draft();
      Savepoint savepoint = connection.setSavepoint();
      dropped = makeRoom(append);
      if (room.missing(append, connection) > 0) {
        connection.rollback(savepoint);
        books = before;
        room.forget();
        receipts.forget();
        return new Append.Refused(
            "event store full: nothing left that may be dropped for lane " + append.lane());
      }
      connection.releaseSavepoint(savepoint);
    }
    for (Event event : append.events()) {
      insert(event, false);
    }
    for (Map.Entry<String, byte[]> note : append.notes().entrySet()) {
      notes.write(note.getKey(), note.getValue());
      room.filled(note.getValue().length);
    }
    return dropped.isEmpty()
        ? new Append.Stored(books.appended)
        : new Append.StoredAfterDropping(books.appended, dropped);
  }

  void settle(List<Settlement> settlements) throws SQLException {
    TreeSet<Long> acknowledged = new TreeSet<>();
    List<Settlement.Rejected> rejected = new ArrayList<>();
    for (Settlement settlement : settlements) {
      switch (settlement) {
        case Settlement.Acknowledged ack -> {
          if (ack.sequence() > 0) {
            acknowledged.add(ack.sequence());
          }
        }
        case Settlement.Rejected reject -> rejected.add(reject);
      }
    }
    for (Range range : Range.of(List.copyOf(acknowledged))) {
      for (Lane lane : Lane.values()) {
        books.acknowledged += remove(lane, range);
      }
    }
    if (!rejected.isEmpty()) {
      reject(rejected);
    }
  }

  Books commit() throws SQLException {
    books.life = setup.life().mark();
    meta.write(books);
    connection.commit();
    return books;
  }

  /**
   * The file as it will be once the WAL is copied into it.
   *
   * @param free pages of all that hold nothing
   */
  record Pages(long all, long free) {}

  /** Between transactions. */
  Pages pages() throws SQLException {
    Pages pages =
        new Pages(
            Schema.number(connection, "PRAGMA page_count"),
            Schema.number(connection, "PRAGMA freelist_count"));
    // The driver has begun a transaction; left open, it would keep the WAL from being cut back.
    connection.commit();
    return pages;
  }

  /** Cuts at most so many free pages off the file, in a transaction of its own. */
  void vacuum(int pages) throws SQLException {
    try (Statement sql = connection.createStatement()) {
      // Frees a page per step; only executeUpdate runs it to its end.
      sql.executeUpdate("PRAGMA incremental_vacuum(" + pages + ")");
    }
    connection.commit();
  }

  /**
   * Copies the WAL into the database and cuts it to nothing; between transactions. While another
   * process reads nothing is cut, and it does not wait for that: the next commit tries again.
   *
   * @return whether all is in the database now
   */
  boolean cutBackWal() throws SQLException {
    boolean whole;
    connection.setAutoCommit(true);
    try (Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA busy_timeout = 0");
      try (ResultSet outcome = sql.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        whole = outcome.next() && outcome.getInt("busy") == 0;
      }
      sql.execute("PRAGMA busy_timeout = " + StoreFile.BUSY_MILLIS);
    }
    connection.setAutoCommit(false);
    return whole;
  }

  private void insert(Event event, boolean receipt) throws SQLException {
    long sequence = ++books.appended;
    long stored = setup.life().millis();
    table(event.lane()).insert(sequence, books.boot, event, receipt, stored);
    books.stored(event.lane(), sequence, event.octets(), stored);
    room.filled(event.octets());
  }

  private List<LossReceipt> makeRoom(Request.Appending append) throws SQLException {
    List<LossReceipt> dropped = new ArrayList<>();
    for (Lane lane : Room.evictable(append.lane())) {
      long missing = room.missing(append, connection);
      while (missing > 0) {
        Optional<LossReceipt> receipt = evict(lane, Math.max(missing, room.chunk()));
        if (receipt.isEmpty()) {
          break;
        }
        dropped.add(receipt.get());
        room.forget();
        missing = room.missing(append, connection);
      }
      // Worth more than telemetry and less than evidence that somebody has asked for.
      while (lane == Lane.TELEMETRY && missing > 0 && dropClip()) {
        missing = room.missing(append, connection);
      }
    }
    return dropped;
  }

  /** Whether room can be made for a clip of so many bytes; between transactions. */
  boolean holds(long clip) throws SQLException {
    long expendable = books.lane(Lane.TELEMETRY).bytes() + books.lane(Lane.EVIDENCE).bytes();
    boolean holds = room.holds(clip, expendable, connection);
    // The driver has begun a transaction; see pages.
    connection.commit();
    return holds;
  }

  /** A step towards files that are within the cap together. */
  enum Fit {
    DONE,
    MORE,
    IMPOSSIBLE
  }

  /**
   * Takes up to {@value #STEP} pages from the database's file, after dropping something where it
   * has none free; the caller commits and cuts the WAL back, which makes the file shorter.
   */
  Fit fit() throws SQLException {
    long over = Schema.number(connection, "PRAGMA page_count") - room.databasePages();
    if (over <= 0) {
      return Fit.DONE;
    }
    if (room.clipsHaveTheirShare() && dropClip()) {
      return Fit.MORE;
    }
    long free = Schema.number(connection, "PRAGMA freelist_count");
    long wanted = Math.min(over, STEP);
    if (free < wanted) {
      boolean made =
          evict(Lane.TELEMETRY, room.chunk()).isPresent()
              || dropClip()
              || evict(Lane.EVIDENCE, room.chunk()).isPresent();
      room.forget();
      if (!made && free == 0) {
        return Fit.IMPOSSIBLE;
      }
    }
    try (Statement sql = connection.createStatement()) {
      // Frees a page per step; only executeUpdate runs it to its end.
      sql.executeUpdate("PRAGMA incremental_vacuum(%d)".formatted(wanted));
    }
    return Fit.MORE;
  }

  private boolean dropClip() {
    try {
      return setup.clips().isPresent() && setup.clips().get().dropOldest() > 0;
    } catch (IOException e) {
      log.warn("Clip cannot be dropped fault=\"{}\"", e.getMessage());
      return false;
    }
  }

  /** Drops a lane's oldest events, up to so many bytes; empty when the lane has none to drop. */
  private Optional<LossReceipt> evict(Lane lane, long bytes) throws SQLException {
    List<Long> victims = new ArrayList<>();
    long freed = 0;
    for (LaneTable.Candidate candidate : table(lane).candidates()) {
      victims.add(candidate.sequence());
      freed += candidate.bytes();
      if (freed >= bytes) {
        break;
      }
    }
    if (victims.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(lose(lane, Reason.EVICTED, victims));
  }

  /**
   * Drops events that were stored at or before an instant of the store's life, oldest first, no
   * receipts, at most {@value LaneTable#CANDIDATES}.
   *
   * @return whether there are more
   */
  boolean expire(Lane lane, long limit) throws SQLException {
    List<Long> victims = new ArrayList<>();
    for (LaneTable.Candidate candidate : table(lane).candidates()) {
      if (candidate.stored() > limit) {
        break;
      }
      victims.add(candidate.sequence());
    }
    if (victims.isEmpty()) {
      return false;
    }
    long lost = lose(lane, Reason.EXPIRED, victims).events();
    room.forget();
    return victims.size() == LaneTable.CANDIDATES || lost < victims.size();
  }

  /** Drops as many of the events as one receipt can name. */
  private LossReceipt lose(Lane lane, Reason reason, List<Long> victims) throws SQLException {
    List<Range> ranges = Range.of(victims);
    LossReceipt receipt =
        new LossReceipt(
            lane, reason, ranges.subList(0, Math.min(ranges.size(), LossReceipt.MAX_RANGES)));
    for (Range range : receipt.ranges()) {
      books.lost(lane, remove(lane, range));
    }
    report(receipt);
    mergeReceipts();
    return receipt;
  }

  private void mergeReceipts() throws SQLException {
    if (merged) {
      return;
    }
    Optional<WaitingReceipts.Merged> fewer = receipts.merged(setup.receipts(), room.receiptBytes());
    if (fewer.isEmpty()) {
      return;
    }
    merged = true;
    for (Range range : fewer.get().replaced()) {
      books.lost(Lane.REPORT, remove(Lane.REPORT, range));
    }
    for (LossReceipt receipt : fewer.get().receipts()) {
      report(receipt);
    }
    room.forget();
  }

  private void reject(List<Settlement.Rejected> rejected) throws SQLException {
    Map<Lane, TreeSet<Long>> buried = new EnumMap<>(Lane.class);
    for (Settlement.Rejected reject : rejected) {
      long sequence = reject.sequence();
      for (Lane lane : Lane.values()) {
        switch (table(lane).bury(sequence, reject.reason(), setup.clock().millis())) {
          case ABSENT -> {}
          case EVENT -> {
            books.rejected += remove(lane, new Range(sequence, sequence));
            buried.computeIfAbsent(lane, _ -> new TreeSet<>()).add(sequence);
          }
          // A receipt for a rejected receipt would be rejected as well, and so on for ever.
          case RECEIPT -> books.rejected += remove(lane, new Range(sequence, sequence));
        }
      }
    }
    room.forget();
    deadLetters.prune(room.deadLetterBytes());
    for (Map.Entry<Lane, TreeSet<Long>> lost : buried.entrySet()) {
      report(lost.getKey(), Range.of(List.copyOf(lost.getValue())));
    }
  }

  private void report(Lane lane, List<Range> ranges) throws SQLException {
    for (int from = 0; from < ranges.size(); from += LossReceipt.MAX_RANGES) {
      List<Range> part =
          ranges.subList(from, Math.min(ranges.size(), from + LossReceipt.MAX_RANGES));
      report(new LossReceipt(lane, Reason.REJECTED, part));
    }
  }

  /** Stores the event that tells of a loss. */
  void report(LossReceipt receipt) throws SQLException {
    Event event = setup.receipts().event(receipt);
    insert(event, true);
    receipts.stored(event.octets());
  }

  private long remove(Lane lane, Range range) throws SQLException {
    Books.InLane waiting = books.lane(lane);
    if (waiting.events() == 0 || range.last() < waiting.oldest()) {
      return 0;
    }
    LaneTable.Removed gone = table(lane).delete(range);
    if (gone.events() > 0) {
      books.removed(lane, gone.events(), gone.bytes(), gone.left());
    }
    return gone.events();
  }

  private LaneTable table(Lane lane) {
    return Objects.requireNonNull(tables.get(lane));
  }

  @Override
  public void close() {
    try {
      // Closes the statements too, and SQLite rolls an open transaction back.
      connection.close();
    } catch (SQLException e) {
      log.warn("Event store connection did not close fault=\"{}\"", e.getMessage());
    }
  }
}
