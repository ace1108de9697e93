package org.cityedge.buffer;

import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads on a connection of its own, so that a reader never waits for a commit nor a commit for a
 * reader (WAL). Statements are prepared per call: the driver discards one that has failed.
 */
final class EventReader {
  /** Held for each use of the connection. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Connection connection;
  private boolean closed;

  EventReader(Connection connection) {
    this.connection = connection;
  }

  List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes) {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("limit must be 1..1000, was " + limit);
    }
    String query =
        """
        SELECT sequence, boot, id, topic, attributes, payload FROM %s
        WHERE sequence > ? ORDER BY sequence LIMIT ?"""
            .formatted(Schema.table(lane));
    return using(
        query,
        statement -> {
          statement.setLong(1, after);
          statement.setInt(2, limit);
          try (ResultSet rows = statement.executeQuery()) {
            return events(rows, lane, maxBytes);
          }
        });
  }

  private static List<StoredEvent> events(ResultSet rows, Lane lane, long maxBytes)
      throws SQLException {
    List<StoredEvent> events = new ArrayList<>();
    long bytes = 0;
    while (rows.next()) {
      byte[] payload = rows.getBytes(6);
      bytes += payload.length;
      if (bytes > maxBytes && !events.isEmpty()) {
        break;
      }
      events.add(
          new StoredEvent(
              rows.getLong(1),
              rows.getLong(2),
              new Event(rows.getString(3), lane, rows.getString(4), rows.getString(5), payload)));
    }
    return events;
  }

  Optional<byte[]> note(String key) {
    return using(
        "SELECT value FROM note WHERE key = ?",
        statement -> {
          statement.setString(1, key);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.<byte[]>empty();
          }
        });
  }

  private <T> T using(String query, Reading<T> reading) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the event store is closed");
      }
      try (PreparedStatement statement = connection.prepareStatement(query)) {
        return reading.run(statement);
      }
    } catch (SQLException e) {
      throw new UncheckedIOException(DiskFault.about("cannot read the event store", e));
    } finally {
      lock.unlock();
    }
  }

  /** Runs while nobody reads; an open read would keep the WAL from being cut back. */
  void whileIdle(Pause pause) throws SQLException {
    lock.lock();
    try {
      pause.run();
    } finally {
      lock.unlock();
    }
  }

  void close() throws SQLException {
    lock.lock();
    try {
      closed = true;
      connection.close();
    } finally {
      lock.unlock();
    }
  }

  @FunctionalInterface
  private interface Reading<T> {
    T run(PreparedStatement statement) throws SQLException;
  }

  /** What needs the readers to hold still. */
  @FunctionalInterface
  interface Pause {
    void run() throws SQLException;
  }
}
