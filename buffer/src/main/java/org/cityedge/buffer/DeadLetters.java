package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Keeps the table of rejected events within its bounds; confined to the writer thread. */
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

  /** Pushes the oldest out until {@value #MOST} letters and so many bytes are left. */
  void prune(long bytes) throws SQLException {
    prune.setInt(1, MOST);
    prune.setLong(2, bytes);
    prune.executeUpdate();
  }
}
