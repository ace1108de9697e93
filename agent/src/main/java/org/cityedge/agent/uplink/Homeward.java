package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks, while a broker further down the list serves, whether one before it answers again: after
 * {@code returnAfter} and then every {@code returnAfter}, stretched by up to a tenth by the
 * gateway's phase, so that a city does not move in one second. One probe at a time, on a virtual
 * thread of its own.
 *
 * <p>Valid for one connection; confined to the publisher thread, but for the probe's answer.
 */
final class Homeward implements AutoCloseable {
  private static final int NONE = -1;

  private final List<URI> before;
  private final long everyNanos;
  private final Duration limit;
  private final Probe probe;
  private final Runnable wake;
  private final LongSupplier nanos;
  private long dueAt;
  private @Nullable Thread asking;
  private volatile int found = NONE;

  /**
   * @param before the brokers that are preferred to the one that serves, best first; may be empty
   * @param every how long to wait before each look
   * @param limit longest wait for one broker
   * @param wake called when one answered
   */
  Homeward(
      List<URI> before,
      Duration every,
      Duration limit,
      Probe probe,
      Runnable wake,
      LongSupplier nanos) {
    this.before = before;
    this.everyNanos = every.toNanos();
    this.limit = limit;
    this.probe = probe;
    this.wake = wake;
    this.nanos = nanos;
    this.dueAt = nanos.getAsLong() + everyNanos;
  }

  /** {@code returnAfter}, up to a tenth longer, the same for a gateway each time. */
  static Duration every(Duration returnAfter, String gateway) {
    return returnAfter.plusNanos((long) (returnAfter.toNanos() * Backoff.phase(gateway) / 10));
  }

  /** The place in the list of a better broker that answers; empty while there is none. */
  OptionalInt found() {
    if (found != NONE) {
      return OptionalInt.of(found);
    }
    if (!before.isEmpty() && nanos.getAsLong() - dueAt >= 0) {
      dueAt = nanos.getAsLong() + everyNanos;
      if (asking == null || !asking.isAlive()) {
        asking = Thread.ofVirtual().name("broker-probe").start(this::ask);
      }
    }
    return OptionalInt.empty();
  }

  /** In nanoseconds from now, at most {@code max}: when to look at {@link #found} again. */
  long untilDue(long max) {
    return before.isEmpty() ? max : Math.clamp(dueAt - nanos.getAsLong(), 0, max);
  }

  private void ask() {
    for (int i = 0; i < before.size() && !Thread.currentThread().isInterrupted(); i++) {
      if (probe.answers(before.get(i), limit)) {
        found = i;
        wake.run();
        return;
      }
    }
  }

  @Override
  public void close() {
    if (asking != null) {
      asking.interrupt();
    }
  }
}
