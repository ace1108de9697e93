package org.cityedge.buffer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Events that will never arrive, and why (wire.md §1). One that stands for several also covers the
 * numbers of those, and names the most urgent lane of all ({@code WaitingReceipts}).
 *
 * @param ranges closed ranges of sequence numbers, ascending, none overlapping; 1 to {@value
 *     #MAX_RANGES}
 */
public record LossReceipt(Lane lane, Reason reason, List<Range> ranges) {
  /**
   * 128 ranges of two 16-digit numbers are 4.6 KiB as JSON and so fit the topic's 8 KiB (wire.md
   * §2).
   */
  public static final int MAX_RANGES = 128;

  public LossReceipt {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty() || ranges.size() > MAX_RANGES) {
      throw new IllegalArgumentException(
          "a loss receipt covers 1.." + MAX_RANGES + " ranges, was " + ranges.size());
    }
  }

  /** Why events were lost. */
  public enum Reason {
    EVICTED,
    EXPIRED,
    REJECTED,
    /** Damaged on disk; the ranges may cover numbers that had been delivered. */
    CORRUPT
  }

  /** {@code first..last}, both included. */
  public record Range(long first, long last) {
    public Range {
      if (first < 1 || last < first) {
        throw new IllegalArgumentException(
            "range must be 1 <= first <= last, was " + first + ".." + last);
      }
    }

    /** The fewest ranges that hold exactly these ascending numbers. */
    static List<Range> of(List<Long> ascending) {
      List<Range> ranges = new ArrayList<>();
      int from = 0;
      for (int i = 1; i <= ascending.size(); i++) {
        if (i == ascending.size() || ascending.get(i) != ascending.get(i - 1) + 1) {
          ranges.add(new Range(ascending.get(from), ascending.get(i - 1)));
          from = i;
        }
      }
      return ranges;
    }
  }

  public long events() {
    return ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
  }

  /**
   * Turns a receipt into the event that reports it, in {@link Lane#REPORT}; called on the store's
   * writer thread inside the transaction that loses the events, so it must not block, and must not
   * call the store. When the transaction fails or the append is refused, the event is thrown away
   * and the writer is asked again.
   */
  @FunctionalInterface
  public interface Writer {
    Event event(LossReceipt receipt);

    /**
     * The receipt that an event of its own reports, as its payload tells; called as {@link #event}.
     *
     * @return empty when it cannot be told: such receipts are not merged, however many wait
     */
    default Optional<LossReceipt> receipt(byte[] payload) {
      return Optional.empty();
    }
  }
}
