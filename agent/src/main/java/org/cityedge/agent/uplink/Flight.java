package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was sent and is not answered: at most a window of messages, and of all but alerts no more
 * bytes than the line carried within the last second. The second bound is for a slow line: what is
 * in flight cannot be overtaken, so a window of large packs or pictures would hold an alert up for
 * minutes. It grows with every answer, so a fast line is at its full window within some round
 * trips.
 *
 * <p>Valid for one connection; confined to the publisher thread.
 */
final class Flight {
  /** Bytes in flight that are always allowed: two seconds of a line of 64 kbit/s. */
  static final long LEAST_BYTES = 16 * 1024;

  private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();

  private record Sent(Lanes.Due due, int bytes) {}

  private final int window;
  private final LongSupplier nanos;
  private final Map<Long, Sent> events = new HashMap<>();

  /** Messages that are not from the store; they take room in the window as well. */
  private final Set<Long> statements = new HashSet<>();

  private long bytes;
  private long periodFrom;
  private long carried;
  private long carriedBefore;

  /**
   * @param window most messages, at least 1
   */
  Flight(int window, LongSupplier nanos) {
    this.window = window;
    this.nanos = nanos;
    this.periodFrom = nanos.getAsLong();
  }

  boolean hasRoom(boolean careful) {
    return events.size() + statements.size() < (careful ? 1 : window);
  }

  /** Whether the line has room for what is no alert. */
  boolean hasLineRoom() {
    return bytes < LEAST_BYTES || bytes < Math.max(carriedBefore, carried);
  }

  boolean isEmpty() {
    return events.isEmpty() && statements.isEmpty();
  }

  boolean hasEvents() {
    return !events.isEmpty();
  }

  void stated(long tag) {
    statements.add(tag);
  }

  void sent(Lanes.Due due, int packetBytes) {
    events.put(due.event().sequence(), new Sent(due, packetBytes));
    bytes += packetBytes;
  }

  /** Whether it was a statement; it is answered then. */
  boolean statementAnswered(long tag) {
    return statements.remove(tag);
  }

  /** What was answered, null when nothing of that number is in flight. */
  Lanes.@Nullable Due answered(long sequence) {
    Sent sent = events.remove(sequence);
    if (sent == null) {
      return null;
    }
    bytes -= sent.bytes();
    carried(sent.bytes());
    return sent.due();
  }

  private void carried(int more) {
    long now = nanos.getAsLong();
    long passed = now - periodFrom;
    if (passed >= PERIOD_NANOS) {
      carriedBefore = passed < 2 * PERIOD_NANOS ? carried : 0;
      carried = 0;
      periodFrom = now;
    }
    carried += more;
  }

  Set<Long> unanswered() {
    return Set.copyOf(events.keySet());
  }
}
