package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The tables of {@code events.db}. All are STRICT, so that a topic {@code 007} stays text.
 *
 * <pre>
 * meta            always exactly one row, the books; rewritten by every transaction
 *   one           1
 *   appended      last sequence number given out = events ever stored
 *   acknowledged  settled as acknowledged
 *   rejected      moved to dead_letter
 *   dropped       lost, covered by receipts; of all lanes, and more than their sum where the lane of
 *                 a loss is not known
 *   boot          how often the store was opened and then written to
 *   lived         milliseconds that the store had lived at the commit (LifeClock)
 *   monotonic     CLOCK_MONOTONIC at the commit, in milliseconds
 *   kernel_boot   the boot of the kernel in which that clock counts
 *   alert_waiting, alert_bytes, alert_dropped, and so on for each lane
 *                 events that wait, their octets, events lost
 *
 * alert, report, telemetry, evidence      one table per lane: the events that wait
 *   sequence      the event's number; the rowid, so the table is the queue in its order
 *   boot          meta.boot when it was appended
 *   receipt       1 for a loss receipt, which is never evicted and never expires; else 0
 *   stored        meta.lived when it was appended; 0 if that was under schema version 1
 *   id, topic, attributes, payload        as the producer gave them
 *
 *   sequence | boot | receipt | stored   | id           | topic              | attributes      | payload
 *   184467   | 17   | 0       | 86400017 | 01JWN8Z3T0-1 | city/v1/…/alert/sm | {"type":"org.…  | {"alertI…
 *
 * dead_letter     rejected events, newest 1000 and at most 1/32 of the cap, oldest pushed out
 *   number        order of rejection
 *   at            epoch milliseconds
 *   reason        as the settlement gave it
 *   lane          table it came from
 *   octets        bytes of topic, attributes and payload
 *   sequence, boot, id, topic, attributes, payload        as above
 *
 * note            producers' own memory, committed with their events
 *   key, value
 * </pre>
 *
 * <p>One transaction changes an event's row and the books, so after a crash each event is in
 * exactly one of these states:
 *
 * <ul>
 *   <li>number above {@code appended}, no row: its append never returned; it is as if it had not
 *       been.
 *   <li>row in a lane: waits. It may have been sent already, if the crash fell between PUBACK and
 *       commit; it is sent again under the same id.
 *   <li>no row, number up to {@code appended}: acknowledged, dropped (a receipt row or its
 *       acknowledgement exists), or rejected (in dead_letter, or pushed out).
 * </ul>
 *
 * <p>What the books keep per lane stands in the row of meta too, since the page of meta is written
 * by every commit anyway: a table for it would add 4 KiB to each. A table that was made by version
 * 1 has its added columns at the end, so columns are always named. A file of version 1 is migrated
 * when it is opened ({@link Migration}).
 *
 * <p>Why a table per lane: with one table and an index (lane, sequence), a commit of one 300-byte
 * event writes 13,600 bytes of WAL and costs 36 µs of CPU, against 9,000 bytes and 25 µs.
 */
final class Schema {
  static final int VERSION = 2;

  /** "CEE1" in the file's header tells our files from other SQLite databases. */
  private static final int APPLICATION_ID = 0x43454531;

  static final String OCTETS =
      "octet_length(topic) + octet_length(attributes) + octet_length(payload)";

  private Schema() {}

  static String table(Lane lane) {
    return lane.name().toLowerCase(Locale.ROOT);
  }

  /** In the open transaction, so that a crash leaves all tables or none; the books are all zero. */
  static void create(Connection connection) throws SQLException {
    try (Statement sql = connection.createStatement()) {
      sql.execute(
          """
          CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), %s) STRICT"""
              .formatted(
                  MetaTable.COLUMNS.stream()
                      .map(Schema::metaColumn)
                      .collect(Collectors.joining(", "))));
      sql.execute("INSERT INTO meta (one) VALUES (1)");
      for (Lane lane : Lane.values()) {
        sql.execute(
            """
            CREATE TABLE %s (sequence INTEGER PRIMARY KEY, boot INTEGER NOT NULL,
              receipt INTEGER NOT NULL, stored INTEGER NOT NULL, id TEXT NOT NULL,
              topic TEXT NOT NULL, attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT"""
                .formatted(table(lane)));
      }
      sql.execute(
          """
          CREATE TABLE dead_letter (number INTEGER PRIMARY KEY, at INTEGER NOT NULL,
            reason TEXT NOT NULL, lane TEXT NOT NULL, octets INTEGER NOT NULL,
            sequence INTEGER NOT NULL, boot INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
            attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT""");
      sql.execute(
          "CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID");
      sql.execute("PRAGMA application_id = " + APPLICATION_ID);
      sql.execute("PRAGMA user_version = " + VERSION);
    }
  }

  /** How a column of meta is declared; all are 0 or empty in a new store. */
  static String metaColumn(String name) {
    return name
        + (name.equals("kernel_boot")
            ? " TEXT NOT NULL DEFAULT ''"
            : " INTEGER NOT NULL DEFAULT 0");
  }

  /**
   * The version of the file's schema, 0 for a file without tables.
   *
   * @throws SQLException when it cannot be read
   * @throws IllegalArgumentException when it is not one that this code can use; the text says why
   */
  static int version(Connection connection) throws SQLException {
    long version = number(connection, "PRAGMA user_version");
    long owner = number(connection, "PRAGMA application_id");
    long tables = number(connection, "SELECT count(*) FROM sqlite_schema");
    if (tables > 0 && owner != APPLICATION_ID) {
      throw new IllegalArgumentException("it is an SQLite database but not an event store");
    }
    Optional<String> newer = newer(connection);
    if (newer.isPresent()) {
      throw new IllegalArgumentException(newer.get());
    }
    return Math.toIntExact(version);
  }

  /** What to say of an event store that a newer agent has left; empty for everything else. */
  static Optional<String> newer(Connection connection) throws SQLException {
    long version = number(connection, "PRAGMA user_version");
    return version > VERSION && number(connection, "PRAGMA application_id") == APPLICATION_ID
        ? Optional.of(
            "its schema version is %d, this agent reads up to %d".formatted(version, VERSION))
        : Optional.empty();
  }

  static Books books(Connection connection) throws SQLException {
    return MetaTable.read(connection, version(connection));
  }

  static long number(Connection connection, String query) throws SQLException {
    try (Statement sql = connection.createStatement();
        ResultSet row = sql.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }
}
