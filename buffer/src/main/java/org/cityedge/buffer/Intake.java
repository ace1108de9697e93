package org.cityedge.buffer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The hand-over from callers to the writer thread: at most {@value #WAITING} requests wait, further
 * callers block. Nobody is let go by an interrupt, since only the commit tells what became of an
 * event; the interrupt flag stays set.
 */
final class Intake {
  static final int WAITING = 1024;

  /** One transaction takes at most this many requests ... */
  static final int BATCH = 512;

  /** ... and stops before it passes this many bytes, so that the WAL stays bounded. */
  static final long BATCH_BYTES = EventStore.MAX_APPEND;

  /** The wait for callers to come again is at most this part of the last commit's time ... */
  private static final int GATHERING = 8;

  /** ... and at most these nanoseconds, whatever a slow disk took. */
  private static final long MOST_GATHERING = 2_000_000;

  private final ReentrantLock lock = new ReentrantLock();

  /** The writer waits for it. */
  private final Condition arrived = lock.newCondition();

  /** Callers wait for it, each for one place. */
  private final Condition room = lock.newCondition();

  private final Queue<Request> waiting = new ArrayDeque<>();
  private boolean closed;
  private @Nullable String damage;

  /** How many callers the last commit had, in it and behind it. */
  private int expected = 1;

  private long patienceNanos;
  private boolean gathering;

  /** False when closed: the request was not taken. */
  boolean put(Request request) {
    lock.lock();
    try {
      while (waiting.size() >= WAITING && !closed) {
        room.awaitUninterruptibly();
      }
      if (closed) {
        return false;
      }
      waiting.add(request);
      // A writer that gathers is woken once, by the last that it waits for.
      if (!gathering || waiting.size() >= expected) {
        arrived.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Everything that waits, up to the bounds of a transaction; empty when nothing came in that time,
   * when damage was found meanwhile, or when closed and drained.
   */
  List<Request> take(Duration patience) {
    long left = patience.toNanos();
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed && damage == null && left > 0) {
        try {
          left = arrived.awaitNanos(left);
        } catch (InterruptedException _) {
          // The writer alone waits here, and its thread is nobody's to interrupt.
          left = 0;
        }
      }
      gather();
      List<Request> batch = new ArrayList<>();
      long bytes = 0;
      for (Request next = waiting.peek(); next != null; next = waiting.peek()) {
        bytes += next.bytes();
        if (!batch.isEmpty() && (bytes > BATCH_BYTES || batch.size() == BATCH)) {
          break;
        }
        batch.add(waiting.remove());
        room.signal();
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Tells the writer of damage that somebody else has met; any thread. */
  void suspect(String what) {
    lock.lock();
    try {
      damage = what;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** What was suspected since the last call. */
  Optional<String> suspicion() {
    lock.lock();
    try {
      String found = damage;
      damage = null;
      return Optional.ofNullable(found);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives the callers of the last transaction, who have only just been woken, time to come again:
   * else two groups of producers would take turns, and each commit would carry half of them. A lone
   * producer is never waited for.
   */
  private void gather() {
    long left = Math.min(patienceNanos, MOST_GATHERING);
    gathering = true;
    while (!waiting.isEmpty() && waiting.size() < expected && !closed && left > 0) {
      try {
        left = arrived.awaitNanos(left);
      } catch (InterruptedException _) {
        left = 0;
      }
    }
    gathering = false;
  }

  /**
   * After a commit and before its callers are answered: so many are about, and the next transaction
   * may wait for them as long as a part of what this one took.
   */
  void committed(int requests, long nanos) {
    lock.lock();
    try {
      expected = Math.min(requests + waiting.size(), BATCH);
      patienceNanos = nanos / GATHERING;
    } finally {
      lock.unlock();
    }
  }

  /** Closed, and nothing waits any more. */
  boolean ended() {
    lock.lock();
    try {
      return closed && waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      arrived.signal();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
