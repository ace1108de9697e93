package org.cityedge.buffer;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The committed books, as everybody sees them; written by the writer thread alone. */
final class Progress {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private volatile Account account;
  private volatile boolean ended;

  Progress(Account account) {
    this.account = account;
  }

  Account account() {
    return account;
  }

  void committed(Account now) {
    lock.lock();
    try {
      account = now;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets everybody go who waits: nothing will be appended any more. */
  void end() {
    lock.lock();
    try {
      ended = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the writer's end; an interrupt only stays noted, since nobody may close halfway. */
  void awaitEnd() {
    lock.lock();
    try {
      while (!ended) {
        grown.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  long await(long seen, Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (account.appended() <= seen && left > 0 && !ended) {
        left = grown.awaitNanos(left);
      }
      return account.appended();
    } finally {
      lock.unlock();
    }
  }
}
