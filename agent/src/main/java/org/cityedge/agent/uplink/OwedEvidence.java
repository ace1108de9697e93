package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The evidence that is to leave by itself once there is a place, in this order: at most {@value
 * #MOST}. What could not be begun goes behind the others, and nothing is begun for {@link #RETRY},
 * since all of it may have to be read for its checksum first; a store that had refused and takes
 * something again ends that rest.
 *
 * <p>Not safe for threads: guarded by its owner's lock.
 */
final class OwedEvidence {
  static final int MOST = 512;
  static final Duration RETRY = Duration.ofSeconds(60);

  /**
   * @param whole null until it was read
   */
  record Owed(String id, @Nullable WholeEvidence whole) {}

  private final LongSupplier nanos;
  private final Map<String, Owed> all = new LinkedHashMap<>();
  private long restUntil;
  private boolean refused;

  OwedEvidence(LongSupplier nanos) {
    this.nanos = nanos;
    this.restUntil = nanos.getAsLong();
  }

  /** The one to be begun now. */
  Optional<Owed> due() {
    return nanos.getAsLong() - restUntil < 0 ? Optional.empty() : all.values().stream().findFirst();
  }

  /** Owes one more; the id that is owed no longer in its stead. */
  Optional<String> add(Owed owed) {
    all.put(owed.id(), owed);
    if (all.size() <= MOST) {
      return Optional.empty();
    }
    String oldest = all.keySet().iterator().next();
    all.remove(oldest);
    return Optional.of(oldest);
  }

  /** So that it need not be read again. */
  void known(WholeEvidence whole) {
    all.computeIfPresent(whole.id(), (id, _) -> new Owed(id, whole));
  }

  /** Behind the others, which need not fail as well; false when it was not owed. */
  boolean postpone(String id) {
    Owed owed = all.remove(id);
    if (owed == null) {
      return false;
    }
    all.put(id, owed);
    rest();
    return true;
  }

  void remove(String id) {
    all.remove(id);
  }

  void clear() {
    all.clear();
  }

  boolean contains(String id) {
    return all.containsKey(id);
  }

  List<String> ids() {
    return List.copyOf(all.keySet());
  }

  /** The store refused chunks, and would refuse others as well. */
  void storeRefused() {
    refused = true;
    rest();
  }

  void storeTook() {
    if (refused) {
      refused = false;
      restUntil = nanos.getAsLong();
    }
  }

  private void rest() {
    restUntil = nanos.getAsLong() + RETRY.toNanos();
  }
}
