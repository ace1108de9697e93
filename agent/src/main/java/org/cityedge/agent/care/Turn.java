package org.cityedge.agent.care;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Where a loop is: at work, or waiting for work. Written by the loop's own thread, read by {@link
 * Progress} on another.
 */
public final class Turn {
  /** Odd while at work; changes with each piece of it. */
  private final AtomicLong count = new AtomicLong();

  /** A piece of work begins. */
  public void begin() {
    count.set(count.get() | 1);
  }

  /** The loop waits again. */
  public void end() {
    count.set((count.get() | 1) + 1);
  }

  /** Of a loop that never says when it waits: it has come round. */
  public void beat() {
    count.set((count.get() | 1) + 2);
  }

  boolean atWork() {
    return (count.get() & 1) == 1;
  }

  long count() {
    return count.get();
  }
}
