package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;

/**
 * The receipts for what was evicted or has expired that wait themselves. In a long outage they
 * would fill a small store, and nothing may push them out; so many are replaced by few, which cover
 * the same numbers and those of the receipts that they replace:
 *
 * <pre>
 *   51: 1..50   102: 52..101   →   153: 1..102
 * </pre>
 *
 * Per lane and reason as long as that makes them few; else in one, which names the most urgent
 * lane. Confined to the writer thread.
 */
final class WaitingReceipts {
  /** By so much fewer, or it is not worth it. */
  private static final int FEWER = 4;

  private record Old(long sequence, LossReceipt receipt) {}

  private record Kind(Lane lane, Reason reason) {}

  /**
   * @param replaced numbers of receipts, and of nothing else
   * @param receipts in their place
   */
  record Merged(List<Range> replaced, List<LossReceipt> receipts) {}

  private final PreparedStatement sum;
  private final PreparedStatement oldest;

  /** Upper bound, set right by measuring when it passes the limit. */
  private long bytes;

  WaitingReceipts(Connection connection) throws SQLException {
    String table = Schema.table(Lane.REPORT);
    sum =
        connection.prepareStatement(
            "SELECT coalesce(sum(%s), 0) FROM %s WHERE receipt = 1"
                .formatted(Schema.OCTETS, table));
    oldest =
        connection.prepareStatement(
            "SELECT sequence, payload FROM %s WHERE receipt = 1 ORDER BY sequence LIMIT %d"
                .formatted(table, LaneTable.CANDIDATES));
    forget();
  }

  void stored(long octets) {
    bytes += octets;
  }

  void forget() {
    bytes = Long.MAX_VALUE / 2;
  }

  /**
   * Of the oldest {@value LaneTable#CANDIDATES}, once all take more than so many bytes; empty while
   * they do not, or when they cannot be made fewer.
   */
  Optional<Merged> merged(LossReceipt.Writer writer, long most) throws SQLException {
    if (bytes <= most) {
      return Optional.empty();
    }
    try (ResultSet row = sum.executeQuery()) {
      bytes = row.next() ? row.getLong(1) : 0;
    }
    if (bytes <= most) {
      return Optional.empty();
    }
    List<Old> old = old(writer);
    List<LossReceipt> receipts = byKind(old);
    if (receipts.size() * FEWER > old.size()) {
      receipts = inOne(old);
    }
    if (old.isEmpty() || receipts.size() * FEWER > old.size()) {
      // Not tried again before as many more have gathered.
      bytes = 0;
      return Optional.empty();
    }
    forget();
    return Optional.of(
        new Merged(Range.of(old.stream().map(Old::sequence).toList()), List.copyOf(receipts)));
  }

  private List<Old> old(LossReceipt.Writer writer) throws SQLException {
    List<Old> old = new ArrayList<>();
    try (ResultSet rows = oldest.executeQuery()) {
      while (rows.next()) {
        long sequence = rows.getLong(1);
        writer
            .receipt(rows.getBytes(2))
            .filter(receipt -> isOfRoom(receipt.reason()))
            .ifPresent(receipt -> old.add(new Old(sequence, receipt)));
      }
    }
    return old;
  }

  /** Lost for want of room or of time; what was rejected or damaged keeps a receipt of its own. */
  private static boolean isOfRoom(Reason reason) {
    return switch (reason) {
      case EVICTED, EXPIRED -> true;
      case REJECTED, CORRUPT -> false;
    };
  }

  private static List<LossReceipt> byKind(List<Old> old) {
    Map<Kind, List<Range>> ranges = new LinkedHashMap<>();
    for (Old one : old) {
      Kind kind = new Kind(one.receipt.lane(), one.receipt.reason());
      ranges.computeIfAbsent(kind, _ -> new ArrayList<>()).addAll(covered(one));
    }
    List<LossReceipt> receipts = new ArrayList<>();
    ranges.forEach((kind, all) -> receipts.addAll(receipts(kind, all)));
    return receipts;
  }

  private static List<LossReceipt> inOne(List<Old> old) {
    Optional<Lane> lane = old.stream().map(one -> one.receipt.lane()).min(Lane::compareTo);
    Optional<Reason> reason = old.stream().map(one -> one.receipt.reason()).min(Reason::compareTo);
    return lane.isEmpty() || reason.isEmpty()
        ? List.of()
        : receipts(
            new Kind(lane.get(), reason.get()),
            old.stream().flatMap(one -> covered(one).stream()).toList());
  }

  private static List<Range> covered(Old one) {
    List<Range> ranges = new ArrayList<>(one.receipt.ranges());
    ranges.add(new Range(one.sequence, one.sequence));
    return ranges;
  }

  private static List<LossReceipt> receipts(Kind kind, List<Range> all) {
    List<Range> ranges = joined(all);
    List<LossReceipt> receipts = new ArrayList<>();
    for (int from = 0; from < ranges.size(); from += LossReceipt.MAX_RANGES) {
      int to = Math.min(ranges.size(), from + LossReceipt.MAX_RANGES);
      receipts.add(new LossReceipt(kind.lane, kind.reason, ranges.subList(from, to)));
    }
    return receipts;
  }

  /** The fewest ranges that hold exactly the numbers of these. */
  private static List<Range> joined(List<Range> all) {
    List<Range> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingLong(Range::first));
    List<Range> joined = new ArrayList<>();
    for (Range range : sorted) {
      if (!joined.isEmpty() && range.first() <= joined.getLast().last() + 1) {
        Range before = joined.removeLast();
        joined.add(new Range(before.first(), Math.max(before.last(), range.last())));
      } else {
        joined.add(range);
      }
    }
    return joined;
  }
}
