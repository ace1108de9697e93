package org.cityedge.agent.uplink;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Events that a broker may be unable to bear. MQTT 5 lets a broker answer a PUBLISH by dropping the
 * connection (§4.13), and Mosquitto 2.0.11 does so after refusing a topic; an event that is always
 * sent first would then keep all others from ever leaving.
 *
 * <p>After a connection broke with answers owed, the next one begins carefully, one message at a
 * time, so that an answer given just before the end is still read. An event that was alone in
 * flight at {@value #ENOUGH} such ends in a row is postponed: it goes alone, and only on a
 * connection that has been stable, so that it costs the others one short reconnect now and then. It
 * is never given up on mere suspicion, for a bad line looks the same. An end that came of something
 * else accuses nobody.
 *
 * <p>Survives connections; confined to the publisher thread.
 */
final class Suspects {
  static final int ENOUGH = 2;

  private Set<Long> owed = Set.of();
  private int careful;
  private final Map<Long, Integer> blame = new HashMap<>();

  /** Whether only one message may be in flight. */
  boolean careful() {
    return careful > 0;
  }

  boolean postponed(long sequence) {
    return blame.getOrDefault(sequence, 0) >= ENOUGH;
  }

  void answered(long sequence) {
    careful = Math.max(0, careful - 1);
    blame.remove(sequence);
  }

  /** The connection ended, and not because of what was in flight. */
  void acquitted() {
    // Alone in flight, what is never answered would hold all others up for ever.
    careful = 0;
    owed = Set.of();
  }

  /**
   * The connection broke.
   *
   * @param unanswered what was in flight
   */
  void ended(Set<Long> unanswered) {
    // One event at most: whom the last end did not confirm is cleared.
    long alone = unanswered.size() == 1 ? unanswered.iterator().next() : 0;
    blame.keySet().removeIf(sequence -> sequence != alone && !postponed(sequence));
    if (blame.size() > 64) {
      blame.clear();
    }
    if (owed.contains(alone)) {
      blame.merge(alone, 1, Integer::sum);
    }
    owed = Set.copyOf(unanswered);
    careful = owed.size();
  }
}
