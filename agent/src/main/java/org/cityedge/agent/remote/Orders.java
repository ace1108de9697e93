package org.cityedge.agent.remote;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.cityedge.agent.uplink.Incoming;

/**
 * Orders that wait for the agent's thread, as they came: the newest {@value #MOST}. Also wakes that
 * thread when the process is to end. Any thread.
 */
public final class Orders implements Consumer<Incoming> {
  /** Retained means that only the newest counts; a few more, so that they can be reported. */
  static final int MOST = 4;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> waiting = new ArrayDeque<>(); // guarded by lock
  private boolean ended; // guarded by lock

  /** One on {@code G/config/desired}; returns at once. */
  @Override
  public void accept(Incoming message) {
    submit(message.payload());
  }

  /**
   * @param signed empty when the retained document was wiped
   */
  public void submit(byte[] signed) {
    lock.lock();
    try {
      if (waiting.size() == MOST) {
        waiting.removeFirst();
      }
      waiting.addLast(signed);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The agent's thread is to end. */
  public void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public boolean ended() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something has come, the end, or the time is over; takes nothing. */
  public void await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = Math.min(nanos, TimeUnit.HOURS.toNanos(1));
      while (waiting.isEmpty() && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #await}, but orders do not end the wait. */
  public void awaitEnd(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (!ended && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** All that wait, the oldest first. */
  public List<byte[]> take() {
    lock.lock();
    try {
      List<byte[]> out = new ArrayList<>(waiting);
      waiting.clear();
      return out;
    } finally {
      lock.unlock();
    }
  }
}
