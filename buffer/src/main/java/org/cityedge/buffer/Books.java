package org.cityedge.buffer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The counters as the open transaction will leave them; a draft is thrown away with a rollback.
 * Confined to the writer thread, but for {@link #account} of committed ones.
 */
final class Books {
  /**
   * One lane.
   *
   * @param bytes of topic, attributes and payload
   * @param oldest lowest waiting sequence, 0 when nothing waits
   * @param stored when the oldest was stored, in the store's life ({@link LifeClock})
   * @param dropped of it for good
   */
  record InLane(long events, long bytes, long oldest, long stored, long dropped) {
    static final InLane NONE = new InLane(0, 0, 0, 0, 0);
  }

  /** What waits first in a lane; 0 and 0 when nothing does. */
  record Oldest(long sequence, long stored) {}

  final long boot;
  long appended;
  long acknowledged;
  long rejected;
  long dropped;

  /** When they were committed. */
  LifeClock.Mark life = LifeClock.Mark.NONE;

  private final Map<Lane, InLane> lanes = new EnumMap<>(Lane.class);

  Books(long boot, Map<Lane, InLane> lanes) {
    this.boot = boot;
    for (Lane lane : Lane.values()) {
      this.lanes.put(lane, lanes.getOrDefault(lane, InLane.NONE));
    }
  }

  /** What a new store begins with. */
  static Books first() {
    return new Books(0, Map.of());
  }

  Books draft() {
    return with(boot);
  }

  Books inBoot(long other) {
    return with(other);
  }

  private Books with(long newBoot) {
    Books copy = new Books(newBoot, lanes);
    copy.appended = appended;
    copy.acknowledged = acknowledged;
    copy.rejected = rejected;
    copy.dropped = dropped;
    copy.life = life;
    return copy;
  }

  InLane lane(Lane lane) {
    return lanes.getOrDefault(lane, InLane.NONE);
  }

  void stored(Lane lane, long sequence, long bytes, long at) {
    InLane was = lane(lane);
    boolean first = was.events() == 0;
    lanes.put(
        lane,
        new InLane(
            was.events() + 1,
            was.bytes() + bytes,
            first ? sequence : was.oldest(),
            first ? at : was.stored(),
            was.dropped()));
  }

  void removed(Lane lane, long events, long bytes, Oldest left) {
    InLane was = lane(lane);
    lanes.put(
        lane,
        new InLane(
            was.events() - events,
            was.bytes() - bytes,
            left.sequence(),
            left.stored(),
            was.dropped()));
  }

  /** Books removed events as lost. */
  void lost(Lane lane, long events) {
    InLane was = lane(lane);
    dropped += events;
    lanes.put(
        lane,
        new InLane(was.events(), was.bytes(), was.oldest(), was.stored(), was.dropped() + events));
  }

  /** What cannot be; empty when nothing contradicts anything. */
  Optional<String> contradiction() {
    long waiting = lanes.values().stream().mapToLong(InLane::events).sum();
    boolean negative =
        LongStream.of(appended, acknowledged, rejected, dropped).anyMatch(n -> n < 0)
            || lanes.values().stream().anyMatch(in -> in.events() < 0 || in.bytes() < 0);
    if (negative || appended != acknowledged + rejected + dropped + waiting) {
      return Optional.of("the books do not balance");
    }
    return lanes.entrySet().stream()
        .filter(lane -> (lane.getValue().events() == 0) != (lane.getValue().oldest() == 0))
        .findFirst()
        .map(
            lane ->
                "%d events of lane %s in the books, the oldest is %d"
                    .formatted(lane.getValue().events(), lane.getKey(), lane.getValue().oldest()));
  }

  /**
   * @param now in the store's life
   */
  Account account(long now) {
    Map<Lane, Account.Waiting> waiting = new EnumMap<>(Lane.class);
    Map<Lane, Long> lost = new EnumMap<>(Lane.class);
    lanes.forEach(
        (lane, in) -> {
          long age = in.events() == 0 ? 0 : Math.max(0, now - in.stored());
          waiting.put(
              lane,
              new Account.Waiting(in.events(), in.bytes(), in.oldest(), Duration.ofMillis(age)));
          lost.put(lane, in.dropped());
        });
    return new Account(appended, acknowledged, rejected, dropped, waiting, lost);
  }
}
