package org.cityedge.buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads on a connection of its own, so that a reader never waits for a commit nor a commit for a
 * reader (WAL); only cutting the WAL back takes turns with them. Statements are prepared per call:
 * the driver discards one that has failed.
 */
final class EventReader {
  private static final Logger log = LoggerFactory.getLogger(EventReader.class);

  /** Held for each use of the connection. */
  private final ReentrantLock lock = new ReentrantLock();

  private final StoreFile file;
  private final Intake intake;
  private @Nullable Connection connection;
  private boolean closed;

  /**
   * @param intake told of damage that is met
   */
  EventReader(StoreFile file, Intake intake) {
    this.file = file;
    this.intake = intake;
  }

  Books books() throws SQLException {
    lock.lock();
    try {
      return Schema.books(connection());
    } finally {
      lock.unlock();
    }
  }

  /** Made at first use, and anew after the file was changed for another. */
  private Connection connection() throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = file.reader();
      connection = open;
    }
    return open;
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
    return reading(
        query,
        statement -> {
          statement.setLong(1, after);
          statement.setInt(2, limit);
          try (ResultSet rows = statement.executeQuery()) {
            return events(rows, lane, maxBytes);
          }
        });
  }

  long newest(Lane lane, int count) {
    if (count < 1 || count > 1000) {
      throw new IllegalArgumentException("count must be 1..1000, was " + count);
    }
    return reading(
        "SELECT sequence FROM %s ORDER BY sequence DESC LIMIT 1 OFFSET ?"
            .formatted(Schema.table(lane)),
        statement -> {
          statement.setInt(1, count - 1);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0L;
          }
        });
  }

  private static List<StoredEvent> events(ResultSet rows, Lane lane, long maxBytes)
      throws SQLException {
    List<StoredEvent> events = new ArrayList<>();
    long bytes = 0;
    while (rows.next()) {
      StoredEvent next = sound(rows, lane);
      bytes += next.event().payload().length;
      if (bytes > maxBytes && !events.isEmpty()) {
        break;
      }
      events.add(next);
    }
    return events;
  }

  /** A row that no append can have written is damage like any other, else it is first for ever. */
  private static StoredEvent sound(ResultSet row, Lane lane) throws SQLException {
    try {
      return event(row, lane);
    } catch (IllegalArgumentException e) {
      String what = "row %d of lane %s: %s".formatted(row.getLong(1), lane, e.getMessage());
      throw new SQLException(what, "", DiskFault.CORRUPT, e);
    }
  }

  /**
   * The event of a row {@code sequence, boot, id, topic, attributes, payload}.
   *
   * @throws IllegalArgumentException when the row holds none
   */
  static StoredEvent event(ResultSet row, Lane lane) throws SQLException {
    String id = Objects.requireNonNullElse(row.getString(3), "");
    String topic = Objects.requireNonNullElse(row.getString(4), "");
    String attributes = Objects.requireNonNullElse(row.getString(5), "");
    byte[] payload = Objects.requireNonNullElse(row.getBytes(6), new byte[0]);
    return new StoredEvent(
        row.getLong(1), row.getLong(2), new Event(id, lane, topic, attributes, payload));
  }

  Optional<byte[]> note(String key) throws IOException {
    return using(
        "SELECT value FROM note WHERE key = ?",
        statement -> {
          statement.setString(1, key);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.<byte[]>empty();
          }
        });
  }

  List<String> noteKeys(String prefix) throws IOException {
    return using(
        // By the table's own order, so that pages of others' notes are not read: ~ follows all that
        // keys are made of.
        "SELECT key FROM note WHERE key >= ?1 AND key < ?1 || '~' ORDER BY key",
        statement -> {
          statement.setString(1, prefix);
          try (ResultSet rows = statement.executeQuery()) {
            List<String> keys = new ArrayList<>();
            while (rows.next()) {
              keys.add(rows.getString(1));
            }
            return keys;
          }
        });
  }

  /** As {@link #using}; the publisher's loop, which asks again anyway, need not catch each time. */
  private <T> T reading(String query, Reading<T> reading) {
    try {
      return using(query, reading);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private <T> T using(String query, Reading<T> reading) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the event store is closed");
      }
      try (PreparedStatement statement = connection().prepareStatement(query)) {
        return reading.run(statement);
      }
    } catch (SQLException e) {
      if (DiskFault.damaged(e)) {
        intake.suspect(String.valueOf(e.getMessage()));
      }
      throw DiskFault.about("cannot read the event store", e);
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

  /** Runs without a connection to the file; the next read makes a new one. */
  void whileAway(Pause pause) throws SQLException {
    lock.lock();
    try {
      disconnect();
      pause.run();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      disconnect();
    } finally {
      lock.unlock();
    }
  }

  private void disconnect() {
    Connection open = connection;
    connection = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (SQLException e) {
      log.warn("Event store reader did not close cleanly fault=\"{}\"", e.getMessage());
    }
  }

  @FunctionalInterface
  private interface Reading<T> {
    T run(PreparedStatement statement) throws SQLException;
  }
}
