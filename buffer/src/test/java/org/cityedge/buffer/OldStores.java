package org.cityedge.buffer;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** Files of older schema versions, each as the agent of then made it: its DDL, word for word. */
final class OldStores {
  /** When the books of version 2 were committed, in the store's life. */
  static final long LIVED = 7_200_000;

  private OldStores() {}

  /** Appended 10: 4, 7, 9 and 10 wait, 1 is in the dead letters. */
  static void version1(Path file) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA auto_vacuum = INCREMENTAL");
      sql.executeQuery("PRAGMA journal_mode = WAL").close();
      connection.setAutoCommit(false);
      sql.execute(
          """
          CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), appended INTEGER NOT NULL,
            acknowledged INTEGER NOT NULL, rejected INTEGER NOT NULL, dropped INTEGER NOT NULL,
            boot INTEGER NOT NULL) STRICT""");
      sql.execute("INSERT INTO meta VALUES (1, 10, 3, 1, 2, 17)");
      for (Lane lane : Lane.values()) {
        sql.execute(
            """
            CREATE TABLE %s (sequence INTEGER PRIMARY KEY, boot INTEGER NOT NULL,
              receipt INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
              attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT"""
                .formatted(lane.name().toLowerCase(Locale.ROOT)));
      }
      sql.execute(
          """
          CREATE TABLE dead_letter (number INTEGER PRIMARY KEY, at INTEGER NOT NULL,
            reason TEXT NOT NULL, lane TEXT NOT NULL, octets INTEGER NOT NULL,
            sequence INTEGER NOT NULL, boot INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
            attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT""");
      sql.execute(
          "CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID");
      sql.execute("INSERT INTO alert VALUES (4, 17, 0, 'a', 'topic/007', '{}', x'7061796c6f6164')");
      sql.execute(
          "INSERT INTO report VALUES (7, 17, 1, 'r', 'topic/007', '{}', x'7061796c6f6164')");
      sql.execute(
          """
          INSERT INTO telemetry VALUES (9, 17, 0, 't', 'topic/007', '{}', x'7061796c6f6164'),
            (10, 17, 0, 'u', 'topic/007', '{}', x'7061796c6f6164')""");
      sql.execute(
          """
          INSERT INTO dead_letter VALUES
            (1, 1777622400000, '0x99', 'telemetry', 2, 1, 16, 'd', 't', '{}', x'')""");
      sql.execute("INSERT INTO note VALUES ('alerts.open', x'0102')");
      sql.execute("PRAGMA application_id = 1128613169");
      sql.execute("PRAGMA user_version = 1");
      connection.commit();
    }
  }

  /**
   * The same events; the alert was stored after 1 h, the rest at the last commit, after {@link
   * #LIVED}.
   */
  static void version2(Path file) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA auto_vacuum = INCREMENTAL");
      sql.executeQuery("PRAGMA journal_mode = WAL").close();
      connection.setAutoCommit(false);
      sql.execute(
          """
          CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), appended INTEGER NOT
            NULL DEFAULT 0, acknowledged INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL
            DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, boot INTEGER NOT NULL DEFAULT 0,
            lived INTEGER NOT NULL DEFAULT 0, monotonic INTEGER NOT NULL DEFAULT 0, kernel_boot
            TEXT NOT NULL DEFAULT '', alert_waiting INTEGER NOT NULL DEFAULT 0, alert_bytes
            INTEGER NOT NULL DEFAULT 0, alert_dropped INTEGER NOT NULL DEFAULT 0, report_waiting
            INTEGER NOT NULL DEFAULT 0, report_bytes INTEGER NOT NULL DEFAULT 0, report_dropped
            INTEGER NOT NULL DEFAULT 0, telemetry_waiting INTEGER NOT NULL DEFAULT 0,
            telemetry_bytes INTEGER NOT NULL DEFAULT 0, telemetry_dropped INTEGER NOT NULL
            DEFAULT 0, evidence_waiting INTEGER NOT NULL DEFAULT 0, evidence_bytes INTEGER NOT
            NULL DEFAULT 0, evidence_dropped INTEGER NOT NULL DEFAULT 0) STRICT""");
      sql.execute("INSERT INTO meta (one) VALUES (1)");
      sql.execute(
          """
          UPDATE meta SET appended = 10, acknowledged = 3, rejected = 1, dropped = 2, boot = 17,
            lived = %d, monotonic = 5000, kernel_boot = 'an older one', alert_waiting = 1,
            alert_bytes = 18, report_waiting = 1, report_bytes = 18, telemetry_waiting = 2,
            telemetry_bytes = 36"""
              .formatted(LIVED));
      for (Lane lane : Lane.values()) {
        sql.execute(
            """
            CREATE TABLE %s (sequence INTEGER PRIMARY KEY, boot INTEGER NOT NULL,
              receipt INTEGER NOT NULL, stored INTEGER NOT NULL, id TEXT NOT NULL,
              topic TEXT NOT NULL, attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT"""
                .formatted(lane.name().toLowerCase(Locale.ROOT)));
      }
      sql.execute(
          """
          CREATE TABLE dead_letter (number INTEGER PRIMARY KEY, at INTEGER NOT NULL,
            reason TEXT NOT NULL, lane TEXT NOT NULL, octets INTEGER NOT NULL,
            sequence INTEGER NOT NULL, boot INTEGER NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
            attributes TEXT NOT NULL, payload BLOB NOT NULL) STRICT""");
      sql.execute(
          "CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID");
      sql.execute(
          """
          INSERT INTO alert VALUES
            (4, 17, 0, 3600000, 'a', 'topic/007', '{}', x'7061796c6f6164')""");
      sql.execute(
          """
          INSERT INTO report VALUES
            (7, 17, 1, 7200000, 'r', 'topic/007', '{}', x'7061796c6f6164')""");
      sql.execute(
          """
          INSERT INTO telemetry VALUES
            (9, 17, 0, 7200000, 't', 'topic/007', '{}', x'7061796c6f6164'),
            (10, 17, 0, 7200000, 'u', 'topic/007', '{}', x'7061796c6f6164')""");
      sql.execute(
          """
          INSERT INTO dead_letter VALUES
            (1, 1777622400000, '0x99', 'telemetry', 2, 1, 16, 'd', 't', '{}', x'')""");
      sql.execute("INSERT INTO note VALUES ('alerts.open', x'0102')");
      sql.execute("PRAGMA application_id = 1128613169");
      sql.execute("PRAGMA user_version = 2");
      connection.commit();
    }
  }
}
