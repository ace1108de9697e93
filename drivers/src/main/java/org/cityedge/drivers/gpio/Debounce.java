package org.cityedge.drivers.gpio;

import java.util.Optional;

/**
 * What the kernel does for a real line, for a simulated one: a level counts once it has held for
 * the period; the edge carries the time at which that was so. Time is passed in. Confined to one
 * thread.
 */
final class Debounce {
  private final long periodNanos;
  private boolean settled;
  private boolean candidate;
  private long sinceNanos;

  Debounce(long periodNanos, boolean active, long nanos) {
    this.periodNanos = periodNanos;
    this.settled = active;
    this.candidate = active;
    this.sinceNanos = nanos;
  }

  /** The level as it is now; an edge when it has just settled on another one. */
  Optional<Edge> level(boolean active, long nanos) {
    if (active != candidate) {
      candidate = active;
      sinceNanos = nanos;
    }
    if (candidate == settled || nanos - sinceNanos < periodNanos) {
      return Optional.empty();
    }
    settled = candidate;
    return Optional.of(new Edge(settled, nanos));
  }

  /** How long the level has yet to hold until it counts; 0 when it does. */
  long leftNanos(long nanos) {
    return candidate == settled ? 0 : Math.max(0, sinceNanos + periodNanos - nanos);
  }

  boolean isActive() {
    return settled;
  }
}
