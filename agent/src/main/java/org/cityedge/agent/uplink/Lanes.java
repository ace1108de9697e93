package org.cityedge.agent.uplink;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeMap;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * What waits, in the order in which it leaves (wire.md §3): alerts, reports, the newest telemetry
 * and all that comes after it, then the telemetry before that, then evidence; in each of these
 * streams by sequence. Each connection begins anew at the oldest, and draws the line between live
 * and backlog anew. Confined to the publisher thread.
 */
final class Lanes {
  /**
   * How much of the waiting telemetry counts as live when a connection begins: one window, so that
   * the centre has it after about one round trip, and with the usual pack every 5 s the last five
   * minutes. What is appended later is live as well.
   */
  static final int LIVE_EVENTS = 64;

  /**
   * Read ahead per stream; what was read may be evicted meanwhile, so not much more than a window.
   */
  private static final int READ_EVENTS = 128;

  private static final long READ_BYTES = 512 * 1024;

  /** The next to send. */
  record Due(StoredEvent event, Stream stream) {
    /** Whether it is told late, after newer ones of its kind. */
    boolean replay() {
      return stream == Stream.BACKFILL;
    }
  }

  /**
   * What may leave just now beside alerts.
   *
   * @param room whether the line has room, which all but alerts wait for
   * @param rate whether the byte rate allows bulk
   * @param suspects whether the connection has held long enough to try a postponed event
   * @param quiet whether nothing is in flight, so that the event would be alone
   */
  record Leave(boolean room, boolean rate, boolean suspects, boolean quiet) {}

  /** In the order of urgency. */
  enum Stream {
    ALERT(Lane.ALERT),
    REPORT(Lane.REPORT),
    LIVE(Lane.TELEMETRY),
    BACKFILL(Lane.TELEMETRY),
    EVIDENCE(Lane.EVIDENCE);

    private final Lane lane;

    Stream(Lane lane) {
      this.lane = lane;
    }

    /** Whether it waits for the byte rate. */
    boolean isBulk() {
      return compareTo(LIVE) >= 0;
    }
  }

  private final EventStore store;
  private final Suspects suspects;
  private final Queue<Due> postponed =
      new PriorityQueue<>(
          Comparator.comparing(Due::stream).thenComparing(due -> due.event().sequence()));
  private final EnumMap<Stream, Cursor> cursors = new EnumMap<>(Stream.class);

  /** Nothing is read yet. */
  Lanes(EventStore store, Suspects suspects) {
    this.store = store;
    this.suspects = suspects;
  }

  /**
   * The next to send, null when nothing waits that may leave. A postponed alert or report goes
   * before all bulk, which waits for it until the line is quiet.
   *
   * @throws java.io.UncheckedIOException when the store cannot be read
   */
  @Nullable Due next(Leave leave) {
    if (cursors.isEmpty()) {
      begin();
    }
    for (Cursor cursor : cursors.values()) {
      if (cursor.stream != Stream.ALERT && !leave.room()) {
        return null;
      }
      if (cursor.stream.isBulk()) {
        if (leave.suspects() && urgentIsPostponed()) {
          return leave.quiet() ? postponed.poll() : null;
        }
        if (!leave.rate()) {
          return null;
        }
      }
      Due due = cursor.next();
      while (due != null && suspects.postponed(due.event().sequence())) {
        postponed.add(due);
        due = cursor.next();
      }
      if (due != null) {
        return due;
      }
    }
    return leave.suspects() && leave.quiet() ? postponed.poll() : null;
  }

  private boolean urgentIsPostponed() {
    Due first = postponed.peek();
    return first != null && !first.stream().isBulk();
  }

  private void begin() {
    long newestOfBacklog = store.newest(Lane.TELEMETRY, LIVE_EVENTS + 1);
    for (Stream stream : Stream.values()) {
      cursors.put(
          stream,
          switch (stream) {
            case ALERT, REPORT, EVIDENCE -> new Cursor(stream, 0, Long.MAX_VALUE);
            case LIVE -> new Cursor(stream, newestOfBacklog, Long.MAX_VALUE);
            case BACKFILL -> new Cursor(stream, 0, newestOfBacklog);
          });
    }
  }

  /** Events were appended: every lane is looked at again. */
  void appended() {
    cursors.values().forEach(cursor -> cursor.exhausted = false);
  }

  /** The event is to be sent again, before what follows it. */
  void again(Due due) {
    requireNonNull(cursors.get(due.stream())).again.put(due.event().sequence(), due);
  }

  /** Events that wait for a quiet line; they may have been evicted meanwhile. */
  int postponed() {
    return postponed.size();
  }

  private final class Cursor {
    private final Stream stream;
    private final TreeMap<Long, Due> again = new TreeMap<>();
    private final Deque<StoredEvent> ahead = new ArrayDeque<>();
    private final long last;
    private long after;
    private boolean exhausted;

    /**
     * @param after below the first
     * @param last the last one
     */
    Cursor(Stream stream, long after, long last) {
      this.stream = stream;
      this.after = after;
      this.last = last;
    }

    @Nullable Due next() {
      Map.Entry<Long, Due> first = again.pollFirstEntry();
      if (first != null) {
        return first.getValue();
      }
      if (ahead.isEmpty() && !exhausted && after < last) {
        read();
      }
      StoredEvent event = ahead.poll();
      if (event == null) {
        return null;
      }
      after = event.sequence();
      return new Due(event, stream);
    }

    private void read() {
      for (StoredEvent event : store.read(stream.lane, after, READ_EVENTS, READ_BYTES)) {
        if (event.sequence() <= last) {
          ahead.add(event);
        }
      }
      exhausted = ahead.isEmpty();
      if (exhausted && last < Long.MAX_VALUE) {
        // Nothing is ever appended below the line.
        after = last;
      }
    }
  }
}
