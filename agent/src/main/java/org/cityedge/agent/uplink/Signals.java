package org.cityedge.agent.uplink;

import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

  record Lost(int connection, MqttLink.Loss cause, String reason) implements Signal {}

  private final BlockingQueue<Signal> queue = new LinkedBlockingQueue<>();
  private final AtomicBoolean appendedWaits = new AtomicBoolean();
  private final AtomicBoolean nudgeWaits = new AtomicBoolean();

  /** Answers lie apart, so that not each of them wakes the publisher. */
  private final Queue<Puback> pubacks = new ConcurrentLinkedQueue<>();

  private final AtomicInteger gathered = new AtomicInteger();
  private volatile int enough = 1;

  /** What was taken while answers that came before it were still there; the publisher's own. */
  private @Nullable Signal kept;

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
    if (signal instanceof Puback puback) {
      pubacks.add(puback);
      if (gathered.incrementAndGet() >= enough) {
        nudge();
      }
    } else {
      queue.add(signal);
    }
  }

  /**
   * As {@link #take(long)}, but so many answers must have gathered before they end the wait: waking
   * a thread costs more than booking an answer does. Everything else ends it at once, and so does
   * the time.
   *
   * @param pubacks at least 1, at most as many as are owed
   */
  @Nullable Signal take(long nanos, int pubacks) throws InterruptedException {
    // It stays so while the publisher works, or every answer would end its next wait.
    enough = pubacks;
    if (kept == null && gathered.get() < pubacks) {
      kept = taken(queue.poll(nanos, TimeUnit.NANOSECONDS));
    }
    return poll();
  }

  /** The next one, null when none came in time. */
  @Nullable Signal take(long nanos) throws InterruptedException {
    return take(nanos, 1);
  }

  /** The next one, null when none waits. */
  @Nullable Signal poll() {
    // Before anything that was told after them, the end of the connection above all.
    Puback answer = pubacks.poll();
    if (answer != null) {
      gathered.decrementAndGet();
      return answer;
    }
    Signal signal = kept;
    kept = null;
    return signal == null ? taken(queue.poll()) : signal;
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
