package org.cityedge.drivers;

import java.util.List;
import java.util.Map;

/**
 * Counts what is thrown away. Knows the 256 senders and causes that came last, since an address can
 * be made up. Safe for use by several threads.
 */
public final class Losses {
  private static final int MOST = 256;

  private record Key(String from, Loss.Cause cause) {}

  // guarded by this
  private final Map<Key, Loss> losses = new Recent<>(MOST);

  /** So many more, the last one at that time. */
  public synchronized void add(String from, Loss.Cause cause, long count, long nanos) {
    losses.merge(
        new Key(from, cause),
        new Loss(from, cause, count, nanos),
        (before, more) -> new Loss(from, cause, before.count() + more.count(), more.nanos()));
  }

  /** In no order. */
  public synchronized List<Loss> list() {
    return List.copyOf(losses.values());
  }
}
