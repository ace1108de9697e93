package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies into a new store what can still be read of a damaged one: the numbers already used, the
 * waiting events and the notes. Each lane is read from its oldest event upwards and, where that
 * stops at a damaged page, from its newest downwards; what lies between is lost.
 */
final class Salvage {
  private static final Logger log = LoggerFactory.getLogger(Salvage.class);

  /** Rows to a transaction; the successor is not in use yet, so it may be half done. */
  private static final int BATCH = 500;

  private final Connection from;
  private final Connection to;
  private final int version;
  private final long appended;
  private final List<LossReceipt> gaps = new ArrayList<>();
  private long restored;

  private Salvage(Connection from, Connection to) {
    this.from = from;
    this.to = to;
    version = number("PRAGMA user_version") == 1 ? 1 : Schema.VERSION;
    long last = number("SELECT appended FROM meta");
    for (Lane lane : Lane.values()) {
      last = Math.max(last, number("SELECT max(sequence) FROM " + Schema.table(lane)));
    }
    appended = last;
  }

  /**
   * @param books to go on with; all zero when nothing could be read. Of events that are neither
   *     restored nor booked as settled it is not known what became of them: they are booked as
   *     dropped
   * @param gaps what to report as lost: it may cover numbers that had been settled long ago
   */
  record Outcome(Books books, long restored, List<LossReceipt> gaps) {}

  /**
   * @throws IOException when the successor cannot be written
   */
  static Outcome copy(Path damaged, Connection successor) throws IOException, SQLException {
    try (Connection from = StoreFile.reader(damaged);
        Statement sql = from.createStatement()) {
      // Without it SQLite reads nothing at all from a file that is shorter than its header says.
      sql.execute("PRAGMA writable_schema = ON");
      return new Salvage(from, successor).copy();
    }
  }

  private Outcome copy() throws IOException, SQLException {
    for (Lane lane : Lane.values()) {
      LaneTable target = new LaneTable(to, lane);
      Reach up = copy(lane, target, 0, Direction.ASC);
      if (!up.whole()) {
        Reach down = copy(lane, target, up.last(), Direction.DESC);
        long end = down.last() == up.last() ? appended : down.last() - 1;
        if (up.last() < end) {
          gaps.add(new LossReceipt(lane, Reason.CORRUPT, List.of(new Range(up.last() + 1, end))));
        }
      }
    }
    copyNotes(new NoteTable(to));
    to.commit();
    return new Outcome(books(), restored, gaps);
  }

  /** The old counters as far as they can be read, and the lanes as they are now. */
  private Books books() throws SQLException {
    Map<Lane, Books.InLane> lanes = new EnumMap<>(Lane.class);
    long lived = since2("lived");
    for (Lane lane : Lane.values()) {
      String table = Schema.table(lane);
      lanes.put(lane, MetaTable.counted(to, lane, Schema.VERSION, since2(table + "_dropped")));
      lived = Math.max(lived, Schema.number(to, "SELECT max(stored) FROM " + table));
    }
    Books books = new Books(number("SELECT boot FROM meta"), lanes);
    books.appended = appended;
    books.acknowledged = number("SELECT acknowledged FROM meta");
    books.rejected = number("SELECT rejected FROM meta");
    books.dropped = appended - books.acknowledged - books.rejected - restored;
    // Which boot of the kernel it was is not worth saving: the life goes on from the mark.
    books.life = new LifeClock.Mark(lived, 0, "");
    return books;
  }

  /** Which way a lane is read. */
  private enum Direction {
    ASC,
    DESC;

    /** A damaged tree may lead back to rows that were read already. */
    boolean follows(long number, long last, long above) {
      return switch (this) {
        case ASC -> number > last;
        case DESC -> number > above && (last == above || number < last);
      };
    }
  }

  /** How far a lane could be read. */
  private record Reach(long last, boolean whole) {}

  private Reach copy(Lane lane, LaneTable target, long above, Direction direction)
      throws IOException {
    long last = above;
    try (PreparedStatement select =
            from.prepareStatement(
                """
                SELECT sequence, boot, id, topic, attributes, payload, receipt, %s FROM %s
                WHERE sequence > %d ORDER BY sequence %s"""
                    .formatted(LaneTable.stored(version), Schema.table(lane), above, direction));
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        StoredEvent row = EventReader.event(rows, lane);
        if (row.sequence() > appended || !direction.follows(row.sequence(), last, above)) {
          throw new IllegalArgumentException("number %d is out of order".formatted(row.sequence()));
        }
        write(target, row, rows.getInt(7) == 1, rows.getLong(8));
        last = row.sequence();
      }
      return new Reach(last, true);
    } catch (SQLException | IllegalArgumentException e) {
      unreadable(lane + " above " + last, e);
      return new Reach(last, false);
    }
  }

  private void write(LaneTable target, StoredEvent row, boolean receipt, long stored)
      throws IOException {
    try {
      target.insert(row.sequence(), row.boot(), row.event(), receipt, stored);
      if (++restored % BATCH == 0) {
        to.commit();
      }
    } catch (SQLException e) {
      throw DiskFault.about("cannot save events", e);
    }
  }

  private void copyNotes(NoteTable target) throws SQLException {
    Map<String, byte[]> notes = new HashMap<>();
    try (Statement sql = from.createStatement();
        ResultSet rows = sql.executeQuery("SELECT key, value FROM note")) {
      while (rows.next()) {
        notes.put(rows.getString(1), rows.getBytes(2));
      }
    } catch (SQLException e) {
      unreadable("notes", e);
    }
    for (Map.Entry<String, byte[]> note : notes.entrySet()) {
      target.write(note.getKey(), note.getValue());
    }
  }

  /** A column of meta that version 1 did not have. */
  private long since2(String column) {
    return version == 1 ? 0 : number("SELECT %s FROM meta".formatted(column));
  }

  /** 0 when it cannot be read. */
  private long number(String query) {
    try {
      return Schema.number(from, query);
    } catch (SQLException e) {
      unreadable(query, e);
      return 0;
    }
  }

  private static void unreadable(String what, Exception fault) {
    log.warn("Damaged event store unreadable part=\"{}\" fault=\"{}\"", what, fault.getMessage());
  }
}
