package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of rejected events, kept within its bounds; confined to the writer thread. */
final class DeadLetters {
  private static final int MOST = 1000;

  private final PreparedStatement prune;

  DeadLetters(Connection connection) throws SQLException {
    prune =
        connection.prepareStatement(
            """
            DELETE FROM dead_letter WHERE number IN (
              SELECT number FROM (
                SELECT number, row_number() OVER newest AS place, sum(octets) OVER newest AS total
                FROM dead_letter WINDOW newest AS (ORDER BY number DESC))
              WHERE place > ? OR total > ?)""");
  }

  /**
   * The newest letters, newest first.
   *
   * @throws IllegalArgumentException when a row holds none
   */
  static List<DeadLetter> newest(Connection connection, int count) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT sequence, at, lane, topic, id, reason FROM dead_letter
            ORDER BY number DESC LIMIT ?""")) {
      select.setInt(1, count);
      try (ResultSet rows = select.executeQuery()) {
        List<DeadLetter> found = new ArrayList<>();
        while (rows.next()) {
          found.add(
              new DeadLetter(
                  rows.getLong(1),
                  Instant.ofEpochMilli(rows.getLong(2)),
                  Lane.valueOf(rows.getString(3).toUpperCase(Locale.ROOT)),
                  rows.getString(4),
                  rows.getString(5),
                  rows.getString(6)));
        }
        return found;
      }
    }
  }

  /** Pushes the oldest out until {@value #MOST} letters and so many bytes are left. */
  void prune(long bytes) throws SQLException {
    prune.setInt(1, MOST);
    prune.setLong(2, bytes);
    prune.executeUpdate();
  }
}
