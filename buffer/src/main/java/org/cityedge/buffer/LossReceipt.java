package org.cityedge.buffer;

import java.util.List;

/**
 * Events that will never arrive, and why (wire.md §1).
 *
 * @param ranges closed ranges of sequence numbers, ascending, none overlapping
 */
public record LossReceipt(Lane lane, Reason reason, List<Range> ranges) {
  public LossReceipt {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("a loss receipt covers at least one range");
    }
  }

  /** Why events were lost. */
  public enum Reason {
    EVICTED,
    EXPIRED,
    REJECTED,
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
  }

  public long events() {
    return ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
  }

  /**
   * Turns a receipt into the event that reports it; called on the store's writer thread, so it must
   * not block.
   */
  @FunctionalInterface
  public interface Writer {
    Event event(LossReceipt receipt);
  }
}
