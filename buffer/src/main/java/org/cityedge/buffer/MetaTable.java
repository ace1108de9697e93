package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The row of the books; confined to the writer thread. */
final class MetaTable {
  /** The columns of schema version 2, in the order of the row. */
  static final List<String> COLUMNS =
      Stream.concat(
              Stream.of(
                  "appended",
                  "acknowledged",
                  "rejected",
                  "dropped",
                  "boot",
                  "lived",
                  "monotonic",
                  "kernel_boot"),
              Arrays.stream(Lane.values())
                  .map(Schema::table)
                  .flatMap(t -> Stream.of(t + "_waiting", t + "_bytes", t + "_dropped")))
          .toList();

  private final PreparedStatement save;

  MetaTable(Connection connection) throws SQLException {
    save =
        connection.prepareStatement(
            COLUMNS.stream()
                .map(c -> c + " = ?")
                .collect(Collectors.joining(", ", "UPDATE meta SET ", "")));
  }

  void write(Books books) throws SQLException {
    int at = 0;
    save.setLong(++at, books.appended);
    save.setLong(++at, books.acknowledged);
    save.setLong(++at, books.rejected);
    save.setLong(++at, books.dropped);
    save.setLong(++at, books.boot);
    save.setLong(++at, books.life.lived());
    save.setLong(++at, books.life.monotonic());
    save.setString(++at, books.life.kernelBoot());
    for (Lane lane : Lane.values()) {
      Books.InLane in = books.lane(lane);
      save.setLong(++at, in.events());
      save.setLong(++at, in.bytes());
      save.setLong(++at, in.dropped());
    }
    save.executeUpdate();
  }

  /**
   * The books as last committed; of a file of schema version 1 by counting its lanes.
   *
   * @throws SQLException when they cannot be read, or contradict themselves
   */
  static Books read(Connection connection, int version) throws SQLException {
    try (Statement sql = connection.createStatement();
        ResultSet row = sql.executeQuery("SELECT * FROM meta")) {
      if (!row.next()) {
        throw new SQLException("table meta is empty", "", DiskFault.CORRUPT);
      }
      Map<Lane, Books.InLane> lanes = new EnumMap<>(Lane.class);
      for (Lane lane : Lane.values()) {
        lanes.put(
            lane,
            version == 1 ? counted(connection, lane, version, 0) : kept(connection, lane, row));
      }
      Books books = new Books(row.getLong("boot"), lanes);
      books.appended = row.getLong("appended");
      books.acknowledged = row.getLong("acknowledged");
      books.rejected = row.getLong("rejected");
      books.dropped = row.getLong("dropped");
      if (version > 1) {
        books.life =
            new LifeClock.Mark(
                row.getLong("lived"), row.getLong("monotonic"), row.getString("kernel_boot"));
      }
      return books;
    }
  }

  private static Books.InLane kept(Connection connection, Lane lane, ResultSet row)
      throws SQLException {
    String table = Schema.table(lane);
    Books.Oldest oldest = LaneTable.oldest(connection, lane, Schema.VERSION);
    return new Books.InLane(
        row.getLong(table + "_waiting"),
        row.getLong(table + "_bytes"),
        oldest.sequence(),
        oldest.stored(),
        row.getLong(table + "_dropped"));
  }

  /** What waits in a lane, by reading all of it. */
  static Books.InLane counted(Connection connection, Lane lane, int version, long dropped)
      throws SQLException {
    try (Statement sql = connection.createStatement();
        ResultSet row =
            sql.executeQuery(
                "SELECT count(*), coalesce(sum(%s), 0) FROM %s"
                    .formatted(Schema.OCTETS, Schema.table(lane)))) {
      row.next();
      Books.Oldest oldest = LaneTable.oldest(connection, lane, version);
      return new Books.InLane(
          row.getLong(1), row.getLong(2), oldest.sequence(), oldest.stored(), dropped);
    }
  }
}
