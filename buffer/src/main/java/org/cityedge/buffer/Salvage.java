package org.cityedge.buffer;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from a damaged store what its successor must not forget: the numbers already used. */
final class Salvage {
  private static final Logger log = LoggerFactory.getLogger(Salvage.class);

  private Salvage() {}

  /**
   * The books to go on with: what waited is booked as dropped. The same as {@link Books#first} when
   * nothing can be read.
   */
  static Books books(Path damaged) {
    try (Connection connection = StoreFile.reader(damaged)) {
      Books books = new Books(Schema.number(connection, "SELECT boot FROM meta"), Map.of());
      books.appended = Schema.number(connection, "SELECT appended FROM meta");
      books.acknowledged = Schema.number(connection, "SELECT acknowledged FROM meta");
      books.rejected = Schema.number(connection, "SELECT rejected FROM meta");
      for (Lane lane : Lane.values()) {
        books.appended = Math.max(books.appended, last(connection, lane));
      }
      books.dropped = books.appended - books.acknowledged - books.rejected;
      return books;
    } catch (SQLException e) {
      log.error(
          "Counters of the damaged event store cannot be read file={} fault=\"{}\"",
          damaged,
          e.getMessage());
      return Books.first();
    }
  }

  /** The lane's highest number; 0 when it is empty or its table cannot be read. */
  private static long last(Connection connection, Lane lane) {
    try {
      return Schema.number(
          connection, "SELECT coalesce(max(sequence), 0) FROM " + Schema.table(lane));
    } catch (SQLException e) {
      log.warn(
          "Lane of the damaged event store cannot be read lane={} fault=\"{}\"",
          lane,
          e.getMessage());
      return 0;
    }
  }
}
