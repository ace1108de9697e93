package org.cityedge.agent.uplink;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cityedge.buffer.Account;
import org.jspecify.annotations.Nullable;

/**
 * The evidence that is on its way, in the order in which it was begun. Its user bounds what is
 * unfinished; of what is wholly appended and may still wait the newest {@value #MAX_APPENDED} are
 * remembered.
 *
 * <p>Not safe for threads: guarded by its owner's lock.
 */
final class StartedEvidence {
  static final int MAX_APPENDED = 128;

  /**
   * @param next first byte that is not yet appended
   * @param until sequence number up to which its chunks may wait
   */
  record Started(WholeEvidence whole, long next, long until) {
    boolean isAppended() {
      return next >= whole.size();
    }
  }

  private final Map<String, Started> all = new LinkedHashMap<>();

  boolean contains(String id) {
    return all.containsKey(id);
  }

  @Nullable Started get(String id) {
    return all.get(id);
  }

  void put(Started one) {
    all.put(one.whole().id(), one);
    trim(all);
  }

  void remove(String id) {
    all.remove(id);
  }

  /** Those of which bytes are not yet appended. */
  List<Started> unfinished() {
    return all.values().stream().filter(one -> !one.isAppended()).toList();
  }

  /** Forgets those of which no chunk waits any more. */
  void release(Account.Waiting waiting) {
    all.values()
        .removeIf(
            one -> one.isAppended() && (waiting.events() == 0 || waiting.oldest() > one.until()));
  }

  List<EvidenceNote.Started> note() {
    return note(all);
  }

  /** As {@link #note()} will be once one has come so far. */
  List<EvidenceNote.Started> noteWith(WholeEvidence whole, long next) {
    Map<String, Started> after = new LinkedHashMap<>(all);
    after.put(whole.id(), new Started(whole, next, 0));
    trim(after);
    return note(after);
  }

  private static List<EvidenceNote.Started> note(Map<String, Started> all) {
    List<EvidenceNote.Started> out = new ArrayList<>();
    all.values().forEach(one -> out.add(new EvidenceNote.Started(one.whole(), one.next())));
    return out;
  }

  private static void trim(Map<String, Started> all) {
    long appended = all.values().stream().filter(Started::isAppended).count();
    Iterator<Started> oldest = all.values().iterator();
    while (appended > MAX_APPENDED && oldest.hasNext()) {
      if (oldest.next().isAppended()) {
        oldest.remove();
        appended--;
      }
    }
  }
}
