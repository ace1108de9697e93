package org.cityedge.video.model;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Whose turn it is to have a network look: one look a second on average over all who ask, two at
 * least 0.75 s apart, so that a frame that comes a little early is not missed. Nobody waits: who is
 * refused asks again with his next frame. Of those that have asked lately the urgent come first,
 * then who has waited longest. Confined to whoever holds {@link Models}' lock.
 */
final class Budget {
  private static final long EVERY = Duration.ofSeconds(1).toNanos();
  private static final long EARLY = Duration.ofMillis(250).toNanos();

  /** Who has not asked for so long wants nothing, and is not waited for. */
  private static final long ABSENT = Duration.ofMillis(2_500).toNanos();

  /** A clock that goes back further than threads overtake one another is another clip. */
  private static final long BACK = Duration.ofSeconds(10).toNanos();

  private record Asker(long asked, boolean urgent, boolean served, long granted) {
    boolean before(Asker other) {
      if (urgent != other.urgent) {
        return urgent;
      }
      if (served != other.served) {
        return other.served;
      }
      return served && granted < other.granted;
    }
  }

  /** Bounded by those who use a network. */
  private final Map<Object, Asker> askers = new HashMap<>();

  private boolean begun;
  private long due;

  /**
   * @param nanos monotonic time
   */
  boolean take(Object who, long nanos, boolean urgent) {
    if (begun && nanos < due - EVERY - BACK) {
      askers.clear();
      begun = false;
    }
    Asker before = askers.get(who);
    Asker me =
        before == null
            ? new Asker(nanos, urgent, false, 0)
            : new Asker(nanos, urgent, before.served, before.granted);
    askers.put(who, me);
    if (begun && nanos < due - EARLY) {
      return false;
    }
    for (Asker other : askers.values()) {
      if (nanos - other.asked <= ABSENT && other.before(me)) {
        return false;
      }
    }
    due = begun ? Math.max(due, nanos) + EVERY : nanos + EVERY;
    begun = true;
    askers.put(who, new Asker(nanos, urgent, true, nanos));
    return true;
  }

  void forget(Object who) {
    askers.remove(who);
  }
}
