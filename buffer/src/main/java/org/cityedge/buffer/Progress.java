package org.cityedge.buffer;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The committed books, as everybody sees them; written by the writer thread alone. */
final class Progress {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private final LifeClock life;
  private volatile Books books;
  private volatile boolean ended;

  Progress(Books books, LifeClock life) {
    this.books = books;
    this.life = life;
  }

  Account account() {
    return books.account(life.millis());
  }

  void committed(Books now) {
    lock.lock();
    try {
      books = now;
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

  /** Who comes after the end waits the whole time, so that no caller turns in circles. */
  long await(long seen, Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      boolean late = ended;
      while (books.appended <= seen && left > 0 && (late || !ended)) {
        left = grown.awaitNanos(left);
      }
      return books.appended;
    } finally {
      lock.unlock();
    }
  }
}
