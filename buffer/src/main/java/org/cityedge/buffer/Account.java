package org.cityedge.buffer;

import java.util.Map;

/**
 * The books of the store. At every instant, and over every crash: {@code appended = acknowledged +
 * rejected + dropped + waiting} (architecture.md §3, with nothing waiting before the store's first
 * day).
 *
 * @param appended all events ever stored, loss receipts included; it is the last sequence number as
 *     well
 * @param acknowledged settled as acknowledged
 * @param rejected in the dead letters, or pushed out of them
 * @param dropped evicted, expired or found corrupt; each covered by a loss receipt. After damage to
 *     the file also those of which nothing is known any more
 * @param lanes per lane what waits
 */
public record Account(
    long appended, long acknowledged, long rejected, long dropped, Map<Lane, Waiting> lanes) {
  public Account {
    lanes = Map.copyOf(lanes);
  }

  /**
   * @param bytes of topic, attributes and payload
   * @param oldest lowest waiting sequence, 0 when nothing waits
   */
  public record Waiting(long events, long bytes, long oldest) {
    public static final Waiting NONE = new Waiting(0, 0, 0);
  }

  public long waiting() {
    return lanes.values().stream().mapToLong(Waiting::events).sum();
  }

  public Waiting waiting(Lane lane) {
    return lanes.getOrDefault(lane, Waiting.NONE);
  }

  /** 0, or somebody has a bug. */
  public long unexplained() {
    return appended - acknowledged - rejected - dropped - waiting();
  }
}
