package org.cityedge.agent;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.care.Turn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does once a second what no event brings about. A part that fails keeps no other
 * from its work, and is tried again with the next beat; one that fails each time is stuck.
 */
final class Pulse implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);

  /** One thing to do with each beat. On the pulse's thread only. */
  static final class Part {
    private final String name;
    private final Turn turn;
    private final Runnable work;
    private boolean failing;

    /**
     * @param turn shows that it gets on: it is at the same piece of work until that succeeds
     */
    Part(String name, Turn turn, Runnable work) {
      this.name = name;
      this.turn = turn;
      this.work = work;
    }

    private void beat() {
      turn.begin();
      try {
        work.run();
      } catch (RuntimeException e) { // whatever it is, the other parts have their own work
        if (!failing) {
          LOG.error("What is done each second fails and is tried again. part={}", name, e);
        }
        failing = true;
        return;
      }
      turn.end();
      failing = false;
    }
  }

  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /** Starts it; the first beat comes after a second. */
  Pulse(List<Part> parts) {
    this(PERIOD, parts);
  }

  /**
   * @param period between two beats
   */
  Pulse(Duration period, List<Part> parts) {
    List<Part> all = List.copyOf(parts);
    thread = Thread.ofPlatform().name("pulse").start(() -> loop(period, all));
  }

  private void loop(Duration period, List<Part> parts) {
    try {
      while (!stop.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
        parts.forEach(Part::beat);
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
