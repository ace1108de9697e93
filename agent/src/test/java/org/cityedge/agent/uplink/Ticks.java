package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A monotonic clock that the test moves; it begins where a real one would have run over. */
final class Ticks implements LongSupplier {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Override
  public long getAsLong() {
    return now.get();
  }
}
