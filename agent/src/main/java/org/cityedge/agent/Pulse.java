package org.cityedge.agent;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.care.Turn;

/** A thread that does once a second what no event brings about. */
final class Pulse implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Starts it; the first beat comes after a second.
   *
   * @param turn shows that it gets on
   */
  Pulse(Turn turn, Runnable beat) {
    thread = Thread.ofPlatform().name("pulse").start(() -> loop(turn, beat));
  }

  private void loop(Turn turn, Runnable beat) {
    try {
      while (!stop.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
        turn.begin();
        beat.run();
        turn.end();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a beat under way, unless the caller is interrupted. */
  @Override
  public void close() {
    stop.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
