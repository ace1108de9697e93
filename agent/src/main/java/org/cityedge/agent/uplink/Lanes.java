package org.cityedge.agent.uplink;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * What waits, in the order in which it leaves: the most urgent lane first, in a lane by sequence.
 * Each connection begins anew at the oldest. Confined to the publisher thread.
 */
final class Lanes {
  /**
   * Read ahead per lane; what was read may be evicted meanwhile, so not much more than a window.
   */
  private static final int READ_EVENTS = 128;

  private static final long READ_BYTES = 512 * 1024;

  private final EventStore store;
  private final Suspects suspects;
  private final Deque<StoredEvent> postponed = new ArrayDeque<>();
  private final EnumMap<Lane, Cursor> cursors = new EnumMap<>(Lane.class);

  Lanes(EventStore store, Suspects suspects) {
    this.store = store;
    this.suspects = suspects;
    for (Lane lane : Lane.values()) {
      cursors.put(lane, new Cursor(lane));
    }
  }

  /**
   * The next to send, null when nothing waits.
   *
   * @param alone whether a postponed event may go now
   */
  @Nullable StoredEvent next(boolean alone) {
    for (Cursor cursor : cursors.values()) {
      StoredEvent event = cursor.next();
      while (event != null && suspects.postponed(event.sequence())) {
        postponed.add(event);
        event = cursor.next();
      }
      if (event != null) {
        return event;
      }
    }
    return alone ? postponed.poll() : null;
  }

  /** Events were appended: every lane is looked at again. */
  void appended() {
    cursors.values().forEach(cursor -> cursor.exhausted = false);
  }

  /** The event is to be sent again, before what follows it. */
  void again(StoredEvent event) {
    requireNonNull(cursors.get(event.event().lane())).again.put(event.sequence(), event);
  }

  private final class Cursor {
    private final Lane lane;
    private final TreeMap<Long, StoredEvent> again = new TreeMap<>();
    private final Deque<StoredEvent> ahead = new ArrayDeque<>();
    private long after;
    private boolean exhausted;

    Cursor(Lane lane) {
      this.lane = lane;
    }

    @Nullable StoredEvent next() {
      Map.Entry<Long, StoredEvent> first = again.pollFirstEntry();
      if (first != null) {
        return first.getValue();
      }
      if (ahead.isEmpty() && !exhausted) {
        ahead.addAll(store.read(lane, after, READ_EVENTS, READ_BYTES));
        exhausted = ahead.isEmpty();
      }
      StoredEvent event = ahead.poll();
      if (event != null) {
        after = event.sequence();
      }
      return event;
    }
  }
}
