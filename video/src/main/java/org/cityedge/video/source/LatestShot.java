package org.cityedge.video.source;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The hand-over between the reader of a stream and who looks at its pictures: one place, the newest
 * wins. Three buffers exist: one is being filled, one waits, one is being looked at.
 */
final class LatestShot {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All guarded by lock.
  private final ArrayDeque<Shot> blanks = new ArrayDeque<>(3);
  private @Nullable Shot newest;
  private boolean ended;
  private long dropped;

  LatestShot() {
    for (int i = 0; i < 3; i++) {
      blanks.add(new Shot());
    }
  }

  /** A buffer to fill; the reader holds one at a time, so that there always is one. */
  Shot blank() {
    lock.lock();
    try {
      return blanks.remove();
    } finally {
      lock.unlock();
    }
  }

  void put(Shot shot) {
    lock.lock();
    try {
      if (newest != null) {
        dropped++;
        blanks.add(newest);
      }
      newest = shot;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more comes; what waits may still be taken. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The newest picture; waits for one, and returns null when none came in time or ever will. */
  @Nullable Shot take(long waitNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = waitNanos;
      while (newest == null && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      Shot taken = newest;
      newest = null;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  void giveBack(Shot shot) {
    lock.lock();
    try {
      blanks.add(shot);
    } finally {
      lock.unlock();
    }
  }

  boolean hasEnded() {
    lock.lock();
    try {
      return ended && newest == null;
    } finally {
      lock.unlock();
    }
  }

  long dropped() {
    lock.lock();
    try {
      return dropped;
    } finally {
      lock.unlock();
    }
  }
}
