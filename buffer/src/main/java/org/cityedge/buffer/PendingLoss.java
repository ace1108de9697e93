package org.cityedge.buffer;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;

/**
 * Numbers that a tool has booked as lost, which cannot make the receipt's event itself: the next
 * opening does, in its first transaction. They stand in the notes under a key that no producer can
 * use.
 *
 * <pre>
 * key "#loss", value "184468..1184467", closed ranges with commas between
 * </pre>
 */
final class PendingLoss {
  private static final String KEY = "#loss";

  private PendingLoss() {}

  /** In the open transaction, which books them as dropped. */
  static void add(Connection connection, Range range) throws SQLException {
    List<Range> ranges = new ArrayList<>(read(connection));
    ranges.add(range);
    List<String> texts = ranges.stream().map(r -> r.first() + ".." + r.last()).toList();
    new NoteTable(connection).write(KEY, String.join(",", texts).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reports them, if there are any. Nobody knows the lanes of such numbers, so the receipt names
   * the most urgent one: the centre must reckon with lost alerts.
   *
   * @param connection has no open transaction; it is committed, and closed when it fails
   */
  static void report(Connection connection, Setup setup) throws SQLException {
    List<Range> ranges = read(connection);
    if (ranges.isEmpty()) {
      return;
    }
    Books books = Schema.books(connection);
    setup.life().resume(books.life);
    Ledger ledger = Ledger.on(connection, setup);
    ledger.begin(books);
    for (int from = 0; from < ranges.size(); from += LossReceipt.MAX_RANGES) {
      int to = Math.min(ranges.size(), from + LossReceipt.MAX_RANGES);
      ledger.report(new LossReceipt(Lane.ALERT, Reason.CORRUPT, ranges.subList(from, to)));
    }
    new NoteTable(connection).write(KEY, new byte[0]);
    ledger.commit();
  }

  /**
   * Reads what {@link #report} will.
   *
   * @throws SQLException when it cannot be read
   */
  static void look(Connection connection) throws SQLException {
    var _ = read(connection);
  }

  private static List<Range> read(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT value FROM note WHERE key = ?")) {
      select.setString(1, KEY);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? parse(new String(row.getBytes(1), StandardCharsets.UTF_8)) : List.of();
      }
    }
  }

  private static List<Range> parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String range : text.split(",", -1)) {
      int dots = range.indexOf("..");
      ranges.add(
          new Range(
              Long.parseLong(range.substring(0, dots)), Long.parseLong(range.substring(dots + 2))));
    }
    return ranges;
  }
}
