package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies into a new store what can still be read of a damaged one: the numbers already used, the
 * waiting events ({@link LaneSalvage}) and the notes. Where the WAL keeps all of it from being read
 * ({@link WalFile}), that is what the last checkpoint had copied out of it: events that were
 * settled since wait again, those that were appended since are reported as lost.
 */
final class Salvage {
  private static final Logger log = LoggerFactory.getLogger(Salvage.class);

  /** Rows to a transaction; the successor is not in use yet, so it may be half done. */
  private static final int BATCH = 500;

  private final Connection from;
  private final Connection to;
  private final int version;
  private final Books before;
  private final boolean known;

  /** The last number given out of which the file tells; without its WAL, not of all. */
  private final OptionalLong told;

  private final boolean withoutWal;
  private final List<LossReceipt> gaps = new ArrayList<>();
  private long restored;

  /** Given out for sure: of the books, of keys that can be read, of what was restored. */
  private long highest;

  private long boot;

  /** Last number that counts as given out. */
  private long appended;

  private Salvage(Connection from, Connection to, Optional<Books> known, boolean withoutWal) {
    this.from = from;
    this.to = to;
    version = number("PRAGMA user_version").orElse(0) == 1 ? 1 : Schema.VERSION;
    this.known = known.isPresent();
    this.withoutWal = withoutWal;
    told = number("SELECT appended FROM meta");
    before = known.orElseGet(this::readable);
    highest = before.appended;
    boot = before.boot;
  }

  /**
   * @param books to go on with; all zero when nothing could be read. Of events that are neither
   *     restored nor booked as settled it is not known what became of them: they are booked as
   *     dropped
   * @param gaps what to report as lost: it may cover numbers that had been settled long ago
   */
  record Outcome(Books books, long restored, List<LossReceipt> gaps) {}

  /**
   * @param known the books as last committed, when the store was open; else they are read from the
   *     file as far as that goes
   * @throws IOException when the successor cannot be written
   */
  static Outcome copy(Path damaged, Connection successor, Optional<Books> known)
      throws IOException, SQLException {
    boolean withoutWal = WalFile.hides(damaged);
    if (withoutWal) {
      log.warn("Damaged event store is read without its WAL, which the disk does not give back");
    }
    try (Connection from = withoutWal ? WalFile.without(damaged) : StoreFile.reader(damaged);
        Statement sql = from.createStatement()) {
      // Without it SQLite reads nothing at all from a file that is shorter than its header says.
      sql.execute("PRAGMA writable_schema = ON");
      return new Salvage(from, successor, known, withoutWal).copy();
    }
  }

  /** Of a file without any content. */
  static Outcome nothing(Books known) {
    Map<Lane, Books.InLane> lanes = new EnumMap<>(Lane.class);
    List<LossReceipt> gaps = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      Books.InLane was = known.lane(lane);
      lanes.put(lane, new Books.InLane(0, 0, 0, 0, was.dropped() + was.events()));
      if (was.events() > 0) {
        Range all = new Range(Math.max(1, was.oldest()), known.appended);
        gaps.add(new LossReceipt(lane, Reason.CORRUPT, List.of(all)));
      }
    }
    Books books = new Books(known.boot, lanes);
    books.appended = known.appended;
    books.acknowledged = known.acknowledged;
    books.rejected = known.rejected;
    books.dropped = known.appended - known.acknowledged - known.rejected;
    books.life = known.life;
    return new Outcome(books, 0, gaps);
  }

  private Outcome copy() throws IOException, SQLException {
    Map<Lane, List<Range>> lost = new EnumMap<>(Lane.class);
    Map<Lane, Long> missing = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      LaneTable target = new LaneTable(to, lane);
      long restoredBefore = restored;
      lost.put(
          lane,
          new LaneSalvage(
                  from, version, lane, (row, receipt, at) -> write(target, row, receipt, at))
              .copy(before.lane(lane).oldest(), newest(lane)));
      missing.put(lane, before.lane(lane).events() - (restored - restoredBefore));
    }
    appended = highest;
    if (!known && (withoutWal || (highest > 0 && told.isEmpty()))) {
      // Without the newest books nobody knows what was settled above what waits.
      appended = highest + Restore.NUMBERS;
      boot += Restore.BOOTS;
      gaps.add(
          new LossReceipt(Lane.ALERT, Reason.CORRUPT, List.of(new Range(highest + 1, appended))));
    }
    for (Lane lane : Lane.values()) {
      gaps(lane, andOfWal(lost.getOrDefault(lane, List.of())), missing.getOrDefault(lane, 0L));
    }
    copyNotes(new NoteTable(to));
    to.commit();
    return new Outcome(books(), restored, gaps);
  }

  /** The highest number that the lane may hold. */
  private long newest(Lane lane) {
    String table = Schema.table(lane);
    OptionalLong last = number("SELECT max(sequence) FROM " + table);
    if (last.isPresent()) {
      highest = Math.max(highest, last.getAsLong());
      return highest;
    }
    // Its last page is damaged. Where reading stops is found among twice the highest number.
    for (int bit = 0; bit < Long.SIZE - 3; bit++) {
      String above = "SELECT min(sequence) FROM " + table + " WHERE sequence >= " + (1L << bit);
      try {
        highest = Math.max(highest, Schema.number(from, above));
      } catch (SQLException _) {
        // Told for the whole lane above; most of these lead to the same damage.
      }
    }
    return known ? highest : 2 * highest;
  }

  /** With the numbers of which the WAL alone told, in whichever lane they waited. */
  private List<Range> andOfWal(List<Range> unread) {
    long last = told.orElse(0);
    if (!withoutWal || !known || last >= appended) {
      return unread;
    }
    List<Range> all = new ArrayList<>();
    for (Range range : unread) {
      if (range.first() <= last) {
        all.add(new Range(range.first(), Math.min(range.last(), last)));
      }
    }
    boolean follows = !all.isEmpty() && all.getLast().last() == last;
    all.add(new Range(follows ? all.removeLast().first() : last + 1, appended));
    return all;
  }

  /** What did not wait when the store was open, as far as that is known, cannot have been lost. */
  private void gaps(Lane lane, List<Range> unread, long missing) {
    if (appended == 0 || (known && before.lane(lane).events() == 0)) {
      return;
    }
    // A tree that has lost a part may read as if it were whole.
    boolean less = missing > unread.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
    long oldest = Math.max(1, before.lane(lane).oldest());
    List<Range> reported =
        (less ? List.of(new Range(1, appended)) : unread)
            .stream()
                .filter(range -> range.last() >= oldest && range.first() <= appended)
                .map(
                    range ->
                        new Range(
                            Math.max(range.first(), oldest), Math.min(range.last(), appended)))
                .toList();
    for (int from = 0; from < reported.size(); from += LossReceipt.MAX_RANGES) {
      int end = Math.min(reported.size(), from + LossReceipt.MAX_RANGES);
      gaps.add(new LossReceipt(lane, Reason.CORRUPT, reported.subList(from, end)));
    }
  }

  /** The old counters as far as they are known, and the lanes as they are now. */
  private Books books() throws SQLException {
    Map<Lane, Books.InLane> lanes = new EnumMap<>(Lane.class);
    long lived = before.life.lived();
    for (Lane lane : Lane.values()) {
      Books.InLane was = before.lane(lane);
      Books.InLane now = MetaTable.counted(to, lane, Schema.VERSION, 0);
      long lost = was.dropped() + Math.max(0, was.events() - now.events());
      lanes.put(
          lane, new Books.InLane(now.events(), now.bytes(), now.oldest(), now.stored(), lost));
      lived = Math.max(lived, Schema.number(to, "SELECT max(stored) FROM " + Schema.table(lane)));
    }
    Books books = new Books(boot, lanes);
    long settled = appended - restored;
    books.appended = appended;
    // A page that lost its last write brings settled events back; they wait once more.
    books.acknowledged = Math.min(before.acknowledged, settled);
    books.rejected = Math.min(before.rejected, settled - books.acknowledged);
    books.dropped = settled - books.acknowledged - books.rejected;
    // Which boot of the kernel it was is not worth saving: the life goes on from the mark.
    books.life = new LifeClock.Mark(lived, 0, "");
    return books;
  }

  /** The counters that can be read one by one, 0 for the others. */
  private Books readable() {
    Map<Lane, Books.InLane> lanes = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      String table = Schema.table(lane);
      lanes.put(
          lane, new Books.InLane(since2(table + "_waiting"), 0, 0, 0, since2(table + "_dropped")));
    }
    Books books = new Books(number("SELECT boot FROM meta").orElse(0), lanes);
    books.appended = told.orElse(0);
    books.acknowledged = number("SELECT acknowledged FROM meta").orElse(0);
    books.rejected = number("SELECT rejected FROM meta").orElse(0);
    books.life = new LifeClock.Mark(since2("lived"), 0, "");
    return books;
  }

  private void write(LaneTable target, StoredEvent row, boolean receipt, long stored)
      throws IOException {
    try {
      // A time in the future would make the store so old that all else has waited too long.
      long lived = before.life.lived();
      long at = lived > 0 ? Math.clamp(stored, 0, lived) : Math.max(0, stored);
      target.insert(row.sequence(), row.boot(), row.event(), receipt, at);
      highest = Math.max(highest, row.sequence());
      boot = Math.max(boot, row.boot());
      if (++restored % BATCH == 0) {
        to.commit();
      }
    } catch (SQLException e) {
      throw DiskFault.about("cannot save events", e);
    }
  }

  /** From both ends, since each rule's memory stands by itself. */
  private void copyNotes(NoteTable target) throws SQLException {
    Map<String, byte[]> notes = new HashMap<>();
    if (!readNotes(notes, "ASC")) {
      readNotes(notes, "DESC");
    }
    for (Map.Entry<String, byte[]> note : notes.entrySet()) {
      target.write(note.getKey(), note.getValue());
    }
  }

  /** Whether they could be read to their end. */
  private boolean readNotes(Map<String, byte[]> notes, String direction) {
    try (Statement sql = from.createStatement();
        ResultSet rows =
            sql.executeQuery("SELECT key, value FROM note ORDER BY key " + direction)) {
      while (rows.next()) {
        notes.putIfAbsent(rows.getString(1), rows.getBytes(2));
      }
      return true;
    } catch (SQLException e) {
      unreadable("notes " + direction, e);
      return false;
    }
  }

  /** A column of meta that version 1 did not have. */
  private long since2(String column) {
    return version == 1 ? 0 : number("SELECT %s FROM meta".formatted(column)).orElse(0);
  }

  /** 0 for what no store has written; empty when it cannot be read. */
  private OptionalLong number(String query) {
    try {
      return OptionalLong.of(Math.max(0, Schema.number(from, query)));
    } catch (SQLException e) {
      unreadable(query, e);
      return OptionalLong.empty();
    }
  }

  private static void unreadable(String what, Exception fault) {
    log.warn("Damaged event store unreadable part=\"{}\" fault=\"{}\"", what, fault.getMessage());
  }
}
