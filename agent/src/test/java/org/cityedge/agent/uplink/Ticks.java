package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A monotonic clock that the test moves; it begins where a real one would have run over. */
final class Ticks implements LongSupplier {
  private volatile long now = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();

  void pass(Duration time) {
    now += time.toNanos();
  }

  @Override
  public long getAsLong() {
    return now;
  }
}
