package org.cityedge.agent;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the disk refused, kept until it is tried again: one thing, the newest. For one thread. */
final class Postponed<T> {
  private final long wait;
  private final LongSupplier nanos;
  private @Nullable T kept;
  private long at;

  /**
   * @param wait until it is tried again
   * @param nanos monotonic time
   */
  Postponed(Duration wait, LongSupplier nanos) {
    this.wait = wait.toNanos();
    this.nanos = nanos;
  }

  void keep(T what) {
    kept = what;
    at = nanos.getAsLong() + wait;
  }

  /** Whether it is time to try again what is kept, if there is anything. */
  boolean isDue() {
    return kept != null && nanos.getAsLong() - at >= 0;
  }

  /** What is kept, due or not; it is kept no longer. */
  Optional<T> take() {
    Optional<T> taken = Optional.ofNullable(kept);
    kept = null;
    return taken;
  }
}
