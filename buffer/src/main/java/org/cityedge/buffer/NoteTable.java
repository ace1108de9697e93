package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * The producers' notes, as the writer's transaction changes them; confined to the writer thread.
 */
final class NoteTable {
  private final PreparedStatement put;
  private final PreparedStatement drop;

  NoteTable(Connection connection) throws SQLException {
    put = connection.prepareStatement("INSERT OR REPLACE INTO note VALUES (?, ?)");
    drop = connection.prepareStatement("DELETE FROM note WHERE key = ?");
  }

  /** An empty note is deleted. */
  void write(String key, byte[] note) throws SQLException {
    if (note.length == 0) {
      drop.setString(1, key);
      drop.executeUpdate();
      return;
    }
    put.setString(1, key);
    put.setBytes(2, note);
    put.executeUpdate();
  }
}
