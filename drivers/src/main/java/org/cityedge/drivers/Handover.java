package org.cityedge.drivers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by lock
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

  /** Never blocks for long; ignored after {@link #close}. */
  public void offer(T message) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (waiting.size() == MOST_WAITING) {
        waiting.removeFirst();
        dropped++;
      }
      waiting.addLast(message);
      changed.signal();
    } finally {
      lock.unlock();
    }
    offered.run();
  }

  /** The oldest message as soon as the rate allows it; null at the deadline or after closing. */
  public @Nullable T take(long deadlineNanos) throws InterruptedException {
    lock.lock();
    try {
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
        changed.awaitNanos(waiting.isEmpty() ? left : Math.min(left, early));
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** The oldest message if the rate allows it now. */
  public @Nullable T poll() {
    lock.lock();
    try {
      long now = nanos.getAsLong();
      return earlyNanos(now) <= 0 ? next(now) : null;
    } finally {
      lock.unlock();
    }
  }

  /** In how many nanoseconds there is a message to {@link #poll}, as far as is known now. */
  public long dueInNanos() {
    lock.lock();
    try {
      return waiting.isEmpty() ? Long.MAX_VALUE : Math.max(0, earlyNanos(nanos.getAsLong()));
    } finally {
      lock.unlock();
    }
  }

  // guarded by lock
  private long earlyNanos(long now) {
    return dueNanos - now - BURST_NANOS;
  }

  // guarded by lock
  private @Nullable T next(long now) {
    T message = waiting.pollFirst();
    if (message != null) {
      dueNanos = Math.max(dueNanos - now, 0) + now + INTERVAL_NANOS;
    }
    return message;
  }

  /** Messages dropped since the last call. */
  public long takeDropped() {
    lock.lock();
    try {
      long count = dropped;
      dropped = 0;
      return count;
    } finally {
      lock.unlock();
    }
  }

  public boolean isEmpty() {
    lock.lock();
    try {
      return waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  public boolean isClosed() {
    return closed;
  }

  public void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
