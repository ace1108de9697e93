package org.cityedge.agent.uplink;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells one of Eclipse Paho's clients when to look whether a PINGREQ is due (MQTT 5 §3.1.2.10) and
 * whether the last one was answered. Paho's own sender waits by {@link java.util.Timer}, which
 * follows the wall clock: after that is set back by an hour no PINGREQ leaves for an hour, so the
 * broker ends an idle connection, and a half-open one goes unnoticed. This waits on the monotonic
 * clock.
 *
 * <p>For one connection; any thread. Has one thread while a look is to come, none after {@link
 * #close}.
 */
final class KeepAlive implements AutoCloseable {
  static final String THREAD = "mqtt-keep-alive";

  // Guarded by this.
  private CountDownLatch withdrawn = new CountDownLatch(1);
  private boolean closed;

  /** Looks once after that time, in place of a look that is still to come. */
  synchronized void after(long millis, Runnable look) {
    withdrawn.countDown();
    if (closed) {
      return;
    }
    CountDownLatch end = new CountDownLatch(1);
    withdrawn = end;
    Thread.ofPlatform().daemon().name(THREAD).start(() -> await(end, millis, look));
  }

  private static void await(CountDownLatch end, long millis, Runnable look) {
    try {
      if (!end.await(millis, TimeUnit.MILLISECONDS)) {
        look.run();
      }
    } catch (InterruptedException e) {
      // Nobody interrupts it, and it is at its end anyway.
      Thread.currentThread().interrupt();
    }
  }

  /** Looks no more; one under way is not interrupted, since it may be what ends the connection. */
  @Override
  public synchronized void close() {
    closed = true;
    withdrawn.countDown();
  }
}
