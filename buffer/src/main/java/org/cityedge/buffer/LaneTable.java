package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** One lane's rows, as the writer's transaction changes them; confined to the writer thread. */
final class LaneTable {
  /** At most so many events are dropped in one go. */
  static final int CANDIDATES = 1000;

  /**
   * An event that may be dropped.
   *
   * @param stored when, in the store's life
   */
  record Candidate(long sequence, long bytes, long stored) {}

  /** What was deleted, and what comes first now. */
  record Removed(long events, long bytes, Books.Oldest left) {
    static final Removed NOTHING = new Removed(0, 0, new Books.Oldest(0, 0));
  }

  /** What a number stood for when it was to be buried. */
  enum Buried {
    ABSENT,
    EVENT,
    RECEIPT
  }

  private final PreparedStatement insert;
  private final PreparedStatement sum;
  private final PreparedStatement delete;
  private final PreparedStatement oldest;
  private final PreparedStatement candidates;
  private final PreparedStatement bury;

  LaneTable(Connection connection, Lane lane) throws SQLException {
    String table = Schema.table(lane);
    insert =
        connection.prepareStatement(
            """
            INSERT INTO %s (sequence, boot, receipt, stored, id, topic, attributes, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
                .formatted(table));
    sum =
        connection.prepareStatement(
            "SELECT count(*), coalesce(sum(%s), 0) FROM %s WHERE sequence BETWEEN ? AND ?"
                .formatted(Schema.OCTETS, table));
    delete =
        connection.prepareStatement(
            "DELETE FROM %s WHERE sequence BETWEEN ? AND ?".formatted(table));
    oldest = connection.prepareStatement(oldest(lane, Schema.VERSION));
    candidates =
        connection.prepareStatement(
            "SELECT sequence, %s, stored FROM %s WHERE receipt = 0 ORDER BY sequence LIMIT %d"
                .formatted(Schema.OCTETS, table, CANDIDATES));
    bury =
        connection.prepareStatement(
            """
            INSERT INTO dead_letter
              (at, reason, lane, octets, sequence, boot, id, topic, attributes, payload)
            SELECT ?, ?, '%s', %s, sequence, boot, id, topic, attributes, payload
            FROM %s WHERE sequence = ?
            RETURNING (SELECT receipt FROM %s AS was WHERE was.sequence = dead_letter.sequence)"""
                .formatted(table, Schema.OCTETS, table, table));
  }

  /**
   * @param stored when, in the store's life
   */
  void insert(long sequence, long boot, Event event, boolean receipt, long stored)
      throws SQLException {
    insert.setLong(1, sequence);
    insert.setLong(2, boot);
    insert.setInt(3, receipt ? 1 : 0);
    insert.setLong(4, stored);
    insert.setString(5, event.id());
    insert.setString(6, event.topic());
    insert.setString(7, event.attributes());
    insert.setBytes(8, event.payload());
    insert.executeUpdate();
  }

  /** Deletes what the range holds in this lane, and tells how much that was. */
  Removed delete(LossReceipt.Range range) throws SQLException {
    sum.setLong(1, range.first());
    sum.setLong(2, range.last());
    long events;
    long bytes;
    try (ResultSet row = sum.executeQuery()) {
      row.next();
      events = row.getLong(1);
      bytes = row.getLong(2);
    }
    if (events == 0) {
      return Removed.NOTHING;
    }
    delete.setLong(1, range.first());
    delete.setLong(2, range.last());
    delete.executeUpdate();
    try (ResultSet row = oldest.executeQuery()) {
      return new Removed(events, bytes, oldest(row));
    }
  }

  /** The oldest events that are no receipts, at most {@value #CANDIDATES}. */
  List<Candidate> candidates() throws SQLException {
    try (ResultSet rows = candidates.executeQuery()) {
      List<Candidate> found = new ArrayList<>();
      while (rows.next()) {
        found.add(new Candidate(rows.getLong(1), rows.getLong(2), rows.getLong(3)));
      }
      return found;
    }
  }

  /** Copies an event to the dead letters, if it is here. */
  Buried bury(long sequence, String reason, long at) throws SQLException {
    bury.setLong(1, at);
    bury.setString(2, reason);
    bury.setLong(3, sequence);
    try (ResultSet row = bury.executeQuery()) {
      if (!row.next()) {
        return Buried.ABSENT;
      }
      return row.getInt(1) == 1 ? Buried.RECEIPT : Buried.EVENT;
    }
  }

  static Books.Oldest oldest(Connection connection, Lane lane, int version) throws SQLException {
    try (Statement sql = connection.createStatement();
        ResultSet row = sql.executeQuery(oldest(lane, version))) {
      return oldest(row);
    }
  }

  /** The column of a schema version that tells when an event was stored. */
  static String stored(int version) {
    return version == 1 ? "0" : "stored";
  }

  private static String oldest(Lane lane, int version) {
    return "SELECT sequence, %s FROM %s ORDER BY sequence LIMIT 1"
        .formatted(stored(version), Schema.table(lane));
  }

  private static Books.Oldest oldest(ResultSet row) throws SQLException {
    return row.next() ? new Books.Oldest(row.getLong(1), row.getLong(2)) : Removed.NOTHING.left();
  }
}
