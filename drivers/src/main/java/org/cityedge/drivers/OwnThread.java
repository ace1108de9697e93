package org.cityedge.drivers;

import org.jspecify.annotations.Nullable;

/** The one thread of a sensor or receiver: started once, waited for at the end. Any thread. */
public final class OwnThread {
  private final String owner;
  private final Thread.Builder builder;

  // guarded by this
  private @Nullable Thread thread;

  /**
   * @param owner as an error names it: {@code sensor pm25-1}
   * @param builder named; virtual, or platform where the wait is inside native code
   */
  public OwnThread(String owner, Thread.Builder builder) {
    this.owner = owner;
    this.builder = builder;
  }

  /**
   * Returns at once.
   *
   * @throws IllegalStateException when it was started before
   */
  public synchronized void start(Runnable loop) {
    if (thread != null) {
      throw new IllegalStateException(owner + " is started already");
    }
    thread = builder.start(loop);
  }

  /** Waits for its end; not when it was never started, and not on the thread itself. */
  public void join() {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running == null || running == Thread.currentThread()) {
      return;
    }
    try {
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
