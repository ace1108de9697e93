package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.agent.care.Turn;
import org.jspecify.annotations.Nullable;

/**
 * What wakes the publisher. Any thread puts, the publisher takes. Holds at most the answers of one
 * window, one end of a connection, and one each of the rest, because a wake-up that already waits
 * is not put twice.
 */
final class Signals {
  sealed interface Signal {}

  /** Events were appended to the store. */
  record Appended() implements Signal {}

  /** Somebody wants something that is kept elsewhere: the end, or a health message. */
  record Nudge() implements Signal {}

  record Connected(int connection, MqttLink.Connack connack) implements Signal {}

  record Puback(int connection, long tag, int reasonCode) implements Signal {}

  record Suback(int connection, int reasonCode) implements Signal {}

  record Lost(int connection, MqttLink.Loss cause, String reason) implements Signal {}

  private final BlockingQueue<Signal> queue = new LinkedBlockingQueue<>();
  private final AtomicBoolean appendedWaits = new AtomicBoolean();
  private final AtomicBoolean nudgeWaits = new AtomicBoolean();

  private final Turn turn = new Turn();

  /** Of the loop that takes: at work from one taking to the next, else it waits. */
  Turn turn() {
    return turn;
  }

  void appended() {
    if (appendedWaits.compareAndSet(false, true)) {
      queue.add(new Appended());
    }
  }

  void nudge() {
    if (nudgeWaits.compareAndSet(false, true)) {
      queue.add(new Nudge());
    }
  }

  void put(Signal signal) {
    queue.add(signal);
  }

  /** The next one, null when none came in time. */
  @Nullable Signal take(long nanos) throws InterruptedException {
    turn.end();
    try {
      return taken(queue.poll(nanos, TimeUnit.NANOSECONDS));
    } finally {
      turn.begin();
    }
  }

  @Nullable Signal take(Duration timeout) throws InterruptedException {
    return take(timeout.toNanos());
  }

  /** The next one, null when none waits. */
  @Nullable Signal poll() {
    return taken(queue.poll());
  }

  private @Nullable Signal taken(@Nullable Signal signal) {
    // Cleared before it is acted on: what comes from now on wakes again.
    if (signal instanceof Appended) {
      appendedWaits.set(false);
    } else if (signal instanceof Nudge) {
      nudgeWaits.set(false);
    }
    return signal;
  }
}
