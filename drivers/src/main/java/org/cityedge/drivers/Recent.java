package org.cityedge.drivers;

import java.util.LinkedHashMap;
import java.util.Map;

/** Knows so many keys, and forgets the one that was asked for least recently. For one thread. */
public final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1;

  private final int most;

  /**
   * @param most keys, 1 or more
   */
  public Recent(int most) {
    super(16, 0.75f, true);
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
