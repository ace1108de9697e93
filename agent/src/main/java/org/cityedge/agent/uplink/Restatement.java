package org.cityedge.agent.uplink;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * That {@code G/state} is to be said again on a connection: what it says has changed, or the broker
 * had no room for it. Without its being said the broker would go on retaining the will. A refusal
 * is answered with back-off, and holds back nothing but the state itself.
 *
 * <p>Survives connections; confined to the publisher thread, but for {@link #ask}.
 */
final class Restatement {
  private final Backoff backoff;
  private final LongSupplier nanos;
  private final AtomicBoolean owed = new AtomicBoolean();
  private long dueAt;

  Restatement(Backoff backoff, LongSupplier nanos) {
    this.backoff = backoff;
    this.nanos = nanos;
    this.dueAt = nanos.getAsLong();
  }

  /** What the state says has changed. Any thread. */
  void ask() {
    owed.set(true);
  }

  /** A connection begins, and with the state. */
  void begin() {
    owed.set(false);
    dueAt = nanos.getAsLong();
  }

  /** The state was answered on the connection that stands. */
  void answered(int reasonCode) {
    switch (PubackReason.of(reasonCode).verdict()) {
      case DELIVERED, UNHEARD -> backoff.reset();
      case AGAIN -> {
        dueAt = nanos.getAsLong() + backoff.next().toNanos();
        owed.set(true);
      }
      case REFUSED -> {}
    }
  }

  /** Whether it is to be said now; then it counts as said. */
  boolean take() {
    return nanos.getAsLong() - dueAt >= 0 && owed.getAndSet(false);
  }

  /** In nanoseconds from now, at most {@code max}: when {@link #take} has something to give. */
  long untilDue(long max) {
    return owed.get() ? Math.clamp(dueAt - nanos.getAsLong(), 0, max) : max;
  }
}
