package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a file of an older schema version to {@link Schema#VERSION}, in one transaction: a crash
 * in it leaves the old version or the new one, whole. Columns are only added, which SQLite does in
 * the schema alone, so neither time nor disk space grows with what waits, but for counting it once.
 */
final class Migration {
  private static final Logger log = LoggerFactory.getLogger(Migration.class);

  private Migration() {}

  /** In the open transaction; the caller commits. */
  static void migrate(Connection connection, int from) throws SQLException {
    if (from == 1) {
      toVersion2(connection);
      log.info("Event store migrated from=1 to=2");
    }
  }

  /**
   * Version 2 keeps in meta what had to be counted at each opening, and when events were stored.
   * The age of what waits already is not known: its life begins now.
   */
  private static void toVersion2(Connection connection) throws SQLException {
    Books books = MetaTable.read(connection, 1);
    try (Statement sql = connection.createStatement()) {
      for (String column : MetaTable.COLUMNS.subList(5, MetaTable.COLUMNS.size())) {
        sql.execute("ALTER TABLE meta ADD COLUMN " + Schema.metaColumn(column));
      }
      for (Lane lane : Lane.values()) {
        sql.execute(
            "ALTER TABLE %s ADD COLUMN stored INTEGER NOT NULL DEFAULT 0"
                .formatted(Schema.table(lane)));
      }
      sql.execute("PRAGMA user_version = 2");
    }
    new MetaTable(connection).write(books);
  }
}
