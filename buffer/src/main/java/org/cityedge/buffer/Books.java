package org.cityedge.buffer;

import java.util.EnumMap;
import java.util.Map;

/**
 * The counters as the open transaction will leave them; a draft is thrown away with a rollback.
 * Confined to the writer thread.
 */
final class Books {
  final long boot;
  long appended;
  long acknowledged;
  long rejected;
  long dropped;
  private final Map<Lane, Account.Waiting> lanes;

  Books(long boot, Map<Lane, Account.Waiting> lanes) {
    this.boot = boot;
    this.lanes = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      this.lanes.put(lane, lanes.getOrDefault(lane, Account.Waiting.NONE));
    }
  }

  /** What a new store begins with. */
  static Books first() {
    return new Books(0, Map.of());
  }

  Books draft() {
    return with(boot);
  }

  Books nextBoot() {
    return with(boot + 1);
  }

  private Books with(long newBoot) {
    Books copy = new Books(newBoot, lanes);
    copy.appended = appended;
    copy.acknowledged = acknowledged;
    copy.rejected = rejected;
    copy.dropped = dropped;
    return copy;
  }

  Account.Waiting waiting(Lane lane) {
    return lanes.getOrDefault(lane, Account.Waiting.NONE);
  }

  void stored(Lane lane, long sequence, long bytes) {
    Account.Waiting was = waiting(lane);
    lanes.put(
        lane,
        new Account.Waiting(
            was.events() + 1, was.bytes() + bytes, was.events() == 0 ? sequence : was.oldest()));
  }

  void removed(Lane lane, long events, long bytes, long oldest) {
    Account.Waiting was = waiting(lane);
    lanes.put(lane, new Account.Waiting(was.events() - events, was.bytes() - bytes, oldest));
  }

  Account account() {
    return new Account(appended, acknowledged, rejected, dropped, lanes);
  }
}
