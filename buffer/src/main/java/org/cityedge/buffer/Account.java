package org.cityedge.buffer;

import java.time.Duration;
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
 * @param dropped evicted, expired or found corrupt; each covered by a loss receipt, also the
 *     receipts that another one stands for. After damage to the file also those of which nothing is
 *     known any more
 * @param lanes per lane what waits
 * @param droppedByLane of the dropped events those whose lane is known: not those dropped by an
 *     agent before schema version 2, nor those of a damaged file of which nothing is known
 */
public record Account(
    long appended,
    long acknowledged,
    long rejected,
    long dropped,
    Map<Lane, Waiting> lanes,
    Map<Lane, Long> droppedByLane) {
  public Account {
    lanes = Map.copyOf(lanes);
    droppedByLane = Map.copyOf(droppedByLane);
  }

  /**
   * @param bytes of topic, attributes and payload
   * @param oldest lowest waiting sequence, 0 when nothing waits
   * @param age of the oldest, on the store's own clock: without the time in which the gateway had
   *     no power, untouched by any change of the wall clock
   */
  public record Waiting(long events, long bytes, long oldest, Duration age) {
    public static final Waiting NONE = new Waiting(0, 0, 0, Duration.ZERO);
  }

  public long waiting() {
    return lanes.values().stream().mapToLong(Waiting::events).sum();
  }

  public Waiting waiting(Lane lane) {
    return lanes.getOrDefault(lane, Waiting.NONE);
  }

  public long dropped(Lane lane) {
    return droppedByLane.getOrDefault(lane, 0L);
  }

  /** 0, or somebody has a bug. */
  public long unexplained() {
    return appended - acknowledged - rejected - dropped - waiting();
  }
}
