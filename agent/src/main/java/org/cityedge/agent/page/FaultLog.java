package org.cityedge.agent.page;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The last {@value #MAX} changes of state: what broke, and what came back. A repeat is no change.
 * Any thread.
 */
final class FaultLog {
  static final int MAX = 50;

  private static final String OK = "ok";

  // Guarded by this.
  private final Deque<Snapshot.Change> changes = new ArrayDeque<>();

  /** By subject; bounded by the configured sensors and cameras, and the gateway's own parts. */
  private final Map<String, String> codes = new HashMap<>();

  /**
   * @param time RFC 3339; asked for only when there is something to note
   * @param subject a sensor, a camera, or a part of the gateway itself
   * @param code as in {@link Snapshot.Reason}
   */
  synchronized void fault(Supplier<String> time, String subject, String code, String detail) {
    if (!code.equals(codes.put(subject, code))) {
      add(new Snapshot.Change(time.get(), subject, code, detail));
    }
  }

  /** A sensor or camera that there is no more; what was noted of it stays. */
  synchronized void forget(String id) {
    codes.keySet().removeIf(subject -> subject.equals(id) || subject.startsWith(id + "/"));
  }

  /** Told only of what was broken before. */
  synchronized void fine(Supplier<String> time, String subject) {
    if (codes.remove(subject) != null) {
      add(new Snapshot.Change(time.get(), subject, OK, ""));
    }
  }

  private void add(Snapshot.Change change) {
    changes.addFirst(change);
    if (changes.size() > MAX) {
      changes.removeLast();
    }
  }

  synchronized List<Snapshot.Change> newestFirst() {
    return List.copyOf(changes);
  }
}
