package org.cityedge.agent.page;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how long a client may take what is written to it. A write to a socket that nobody reads
 * waits for ever; an interrupt closes the channel (java.nio.channels.InterruptibleChannel), and
 * with it the client's connection.
 */
final class Patience implements AutoCloseable {
  /** What is written, on the caller's thread. */
  interface Writing {
    void run() throws IOException;
  }

  private final Duration limit;
  private final ScheduledThreadPoolExecutor clock;

  Patience(Duration limit) {
    this.limit = limit;
    // Daemon, so that a page that was left open keeps no process alive.
    this.clock =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("page-patience").factory());
    clock.setRemoveOnCancelPolicy(true);
  }

  /**
   * @throws IOException when the client is gone or too slow, or this is closed; its connection is
   *     closed then
   */
  void with(Writing writing) throws IOException {
    Future<?> cut = cutAfterLimit(Thread.currentThread());
    try {
      writing.run();
    } finally {
      cut.cancel(false);
    }
  }

  private Future<?> cutAfterLimit(Thread writer) throws IOException {
    try {
      return clock.schedule(writer::interrupt, limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // A request that was being answered when the page was closed; no fault of ours.
      throw new IOException("the page is closed", e);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
