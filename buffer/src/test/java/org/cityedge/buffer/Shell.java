package org.cityedge.buffer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;

/**
 * SQLite's C shell ({@code sqlite3}, Debian's package of the same name) at the store's own
 * transactions: the same tables and settings, rows and books, read as SQL text from a file.
 */
final class Shell {
  /** Transactions of 100 rows after which the WAL has its size; not counted. */
  static final int WARM_UP = 60;

  private final Path folder;
  private final String schema;

  /**
   * @param store made by the agent; its tables are copied
   */
  Shell(Path folder, Path store) throws SQLException {
    this.folder = folder;
    StringBuilder sql =
        new StringBuilder(
            """
            PRAGMA auto_vacuum = INCREMENTAL;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA temp_store = MEMORY;
            PRAGMA wal_autocheckpoint = 512;
            BEGIN;
            """);
    try (Connection connection = StoreFile.reader(store);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT sql FROM sqlite_schema WHERE sql > ''")) {
      while (rows.next()) {
        sql.append(rows.getString(1)).append(";\n");
      }
    }
    schema = sql + "INSERT INTO meta (one) VALUES (1);\nCOMMIT;\n";
  }

  /**
   * Events stored per second; the start of the process, the making of the tables and the warming up
   * are not counted.
   *
   * @throws IOException when there is no sqlite3 or it fails
   */
  double rate(int transactions, int batch, int payload) throws IOException, InterruptedException {
    String before = schema + text(0, WARM_UP, 100, payload);
    Path nothing = Files.writeString(folder.resolve("nothing.sql"), before);
    Path work = folder.resolve("work.sql");
    Files.writeString(work, before + text(WARM_UP * 100, transactions, batch, payload));
    double start = seconds(nothing);
    double all = seconds(work);
    return (double) transactions * batch / Math.max(1e-3, all - start);
  }

  private static String text(int above, int transactions, int batch, int payload) {
    Event event = Events.event(Lane.TELEMETRY, "benchmark", payload);
    String row =
        ", 1, 0, 86400017, 'benchmark', '%s', '%s', x'%s');\n"
            .formatted(
                event.topic(), event.attributes(), HexFormat.of().formatHex(event.payload()));
    StringBuilder text = new StringBuilder();
    int number = above;
    for (int t = 0; t < transactions; t++) {
      text.append("BEGIN;\n");
      for (int i = 0; i < batch; i++) {
        text.append(
                "INSERT INTO telemetry (sequence, boot, receipt, stored, id, topic, attributes, payload) VALUES (")
            .append(++number)
            .append(row);
      }
      text.append(
          """
          UPDATE meta SET appended = %1$d, acknowledged = 0, rejected = 0, dropped = 0, boot = 1, \
          lived = %1$d, monotonic = %1$d, telemetry_waiting = %1$d, telemetry_bytes = %1$d;
          COMMIT;
          """
              .formatted(number));
    }
    return text.toString();
  }

  private double seconds(Path sql) throws IOException, InterruptedException {
    Path database = folder.resolve("shell.db");
    Succession.delete(database);
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder("sqlite3", "-bail", database.toString())
            .redirectInput(sql.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("shell.txt").toFile())
            .start();
    int exit = process.waitFor();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (exit != 0) {
      throw new IOException(
          "sqlite3: "
              + Files.readString(folder.resolve("shell.txt"), StandardCharsets.UTF_8).strip());
    }
    return seconds;
  }
}
