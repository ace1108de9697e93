package org.cityedge.drivers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Between a bus's threads and one sensor's: at most 64 messages wait, handed out at no more than 20
 * a second on average with bursts of 64. A sensor that floods, or whose sink is slow, loses its
 * oldest messages, which are counted, and delays nobody else. Safe for use by several threads.
 */
public final class Handover<T> {
  public static final int MOST_WAITING = 64;
  public static final int PER_SECOND = 20;
  private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos() / PER_SECOND;
  private static final long BURST_NANOS = INTERVAL_NANOS * MOST_WAITING;

  private final LongSupplier nanos;
  private final Runnable offered;

  // guarded by this: a lock of its own is more memory that each message has to fetch
  private final ArrayDeque<T> waiting = new ArrayDeque<>();
  private long dropped;
  private volatile boolean closed; // read without the lock too
  // Generic cell rate algorithm: when the next message would be due at the exact rate.
  private long dueNanos;

  /** For a thread that waits in {@link #take}. */
  public Handover(LongSupplier nanos) {
    this(nanos, () -> {});
  }

  /**
   * For a sensor that waits elsewhere.
   *
   * @param offered called after each message, on the thread that offers it
   */
  public Handover(LongSupplier nanos, Runnable offered) {
    this.nanos = nanos;
    this.offered = offered;
    this.dueNanos = nanos.getAsLong();
  }

  /** Never blocks for long; returns false, and takes nothing, after {@link #finish}. */
  public boolean offer(T message) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      if (waiting.size() == MOST_WAITING) {
        waiting.removeFirst();
        dropped++;
      }
      waiting.addLast(message);
      notify();
    }
    offered.run();
    return true;
  }

  /** The oldest message as soon as the rate allows it; null at the deadline or after closing. */
  public synchronized @Nullable T take(long deadlineNanos) throws InterruptedException {
    while (!closed) {
      long now = nanos.getAsLong();
      long early = earlyNanos(now);
      if (!waiting.isEmpty() && early <= 0) {
        return next(now);
      }
      long left = deadlineNanos - now;
      if (left <= 0) {
        return null;
      }
      TimeUnit.NANOSECONDS.timedWait(this, waiting.isEmpty() ? left : Math.min(left, early));
    }
    return null;
  }

  /** The oldest message if the rate allows it now. */
  public synchronized @Nullable T poll() {
    if (waiting.isEmpty()) {
      return null;
    }
    long now = nanos.getAsLong();
    return earlyNanos(now) <= 0 ? next(now) : null;
  }

  /** In how many nanoseconds there is a message to {@link #poll}, as far as is known now. */
  public synchronized long dueInNanos() {
    return waiting.isEmpty() ? Long.MAX_VALUE : Math.max(0, earlyNanos(nanos.getAsLong()));
  }

  // guarded by this
  private long earlyNanos(long now) {
    return dueNanos - now - BURST_NANOS;
  }

  // guarded by this
  private T next(long now) {
    dueNanos = Math.max(dueNanos - now, 0) + now + INTERVAL_NANOS;
    return waiting.removeFirst();
  }

  /** Messages dropped since the last call. */
  public synchronized long takeDropped() {
    long count = dropped;
    dropped = 0;
    return count;
  }

  public synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  public boolean isClosed() {
    return closed;
  }

  /** Takes no more, and wakes who waits; what waits is left for {@link #drain}. */
  public synchronized void finish() {
    closed = true;
    notifyAll();
  }

  /** All that waits, the oldest first, without regard to the rate: at most 64. */
  public synchronized List<T> drain() {
    List<T> left = List.copyOf(waiting);
    waiting.clear();
    return left;
  }

  /** As {@link #finish}, and what waits is thrown away. */
  public synchronized void close() {
    finish();
    waiting.clear();
  }
}
