package org.cityedge.buffer;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import org.cityedge.buffer.LossReceipt.Range;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies one lane of a damaged store around what cannot be read of it. It is read from its oldest
 * event upwards and, where that stops, from its newest downwards. What lies between is halved again
 * and again: from the middle of a part, where neither end can be read, one goes down and up until
 * the next fault, which finds each sound row between two damaged pages.
 *
 * <p>At most {@value #READS} reads: a lost inner page of the tree costs thousands of rows at once,
 * and each of their numbers would be asked for. The widest parts come first, so what that leaves
 * out is small between two of them.
 */
final class LaneSalvage {
  private static final Logger log = LoggerFactory.getLogger(LaneSalvage.class);

  /** A second or so on a board, nearly all of them fail at the first page. */
  static final int READS = 4096;

  /** Where what was read goes. */
  @FunctionalInterface
  interface Target {
    /**
     * @throws IOException when it cannot be written
     */
    void write(StoredEvent event, boolean receipt, long stored) throws IOException;
  }

  /** Numbers between two that are not of it, neither of whose neighbours could be read. */
  private record Part(long above, long below) {
    long numbers() {
      return below - above - 1;
    }
  }

  /** Which way a part is read. */
  private enum Direction {
    ASC,
    DESC
  }

  /**
   * @param last number that was read, or the bound where the reading began
   */
  private record Reach(long last, boolean whole) {}

  private final Connection from;
  private final Lane lane;
  private final String columns;
  private final Target target;
  private int reads;

  LaneSalvage(Connection from, int version, Lane lane, Target target) {
    this.from = from;
    this.lane = lane;
    this.target = target;
    columns =
        "sequence, boot, id, topic, attributes, payload, receipt, " + LaneTable.stored(version);
  }

  /**
   * @param oldest no event below it is looked for where reading stops
   * @param newest highest number that was given out
   * @return what could not be read, ascending; empty when the lane came to its end
   */
  List<Range> copy(long oldest, long newest) throws IOException {
    Reach up = read(0, newest + 1, Direction.ASC);
    if (up.whole()) {
      return List.of();
    }
    Reach down = read(up.last(), newest + 1, Direction.DESC);
    Queue<Part> open = new ArrayDeque<>();
    open.add(new Part(Math.max(up.last(), oldest - 1), down.last()));
    List<Part> lost = new ArrayList<>();
    while (!open.isEmpty()) {
      Part part = open.remove();
      if (part.numbers() > 1 && reads + 2 <= READS) {
        halve(part, open);
      } else if (part.numbers() > 0) {
        lost.add(part);
      }
    }
    List<Range> ranges = ranges(lost);
    log.warn(
        "Damaged event store was read around faults lane={} reads={} lost={}", lane, reads, ranges);
    return ranges;
  }

  private void halve(Part part, Queue<Part> open) throws IOException {
    long middle = part.above() + (part.below() - part.above()) / 2;
    Reach down = read(part.above(), middle + 1, Direction.DESC);
    if (!down.whole()) {
      open.add(new Part(part.above(), down.last()));
    }
    Reach up = read(middle, part.below(), Direction.ASC);
    if (!up.whole()) {
      open.add(new Part(up.last(), part.below()));
    }
  }

  /** How often it began to read. */
  int reads() {
    return reads;
  }

  /** Copies what lies between, up to the first fault. */
  private Reach read(long above, long below, Direction direction) throws IOException {
    long last = direction == Direction.ASC ? above : below;
    reads++;
    try (PreparedStatement select =
            from.prepareStatement(
                "SELECT %s FROM %s WHERE sequence > %d AND sequence < %d ORDER BY sequence %s"
                    .formatted(columns, Schema.table(lane), above, below, direction));
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        StoredEvent row = EventReader.event(rows, lane);
        long number = row.sequence();
        // A damaged tree may lead back to rows that were read already.
        boolean follows =
            direction == Direction.ASC
                ? number > last && number < below
                : number < last && number > above;
        if (!follows) {
          throw new IllegalArgumentException("number %d is out of order".formatted(number));
        }
        target.write(row, rows.getInt(7) == 1, rows.getLong(8));
        last = number;
      }
      return new Reach(last, true);
    } catch (SQLException | IllegalArgumentException e) {
      if (reads == 1) {
        log.warn(
            "Damaged event store unreadable part=\"{} above {}\" fault=\"{}\"",
            lane,
            last,
            e.getMessage());
      }
      return new Reach(last, false);
    }
  }

  private static List<Range> ranges(List<Part> parts) {
    List<Range> ranges = new ArrayList<>();
    parts.sort(Comparator.comparingLong(Part::above));
    for (Part part : parts) {
      Range range = new Range(part.above() + 1, part.below() - 1);
      if (!ranges.isEmpty() && ranges.getLast().last() + 1 == range.first()) {
        range = new Range(ranges.removeLast().first(), range.last());
      }
      ranges.add(range);
    }
    return ranges;
  }
}
