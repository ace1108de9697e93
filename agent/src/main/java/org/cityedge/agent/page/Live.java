package org.cityedge.agent.page;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events (WHATWG HTML §9.2): {@code status} every 2 s, {@code curves} at the beginning
 * and every minute. At most {@value #CLIENTS} clients at a time; each is a virtual thread that
 * waits. One that does not take an event within the patience is dropped, and comes again by itself.
 */
final class Live implements AutoCloseable {
  static final int CLIENTS = 8;

  static final Duration EVERY = Duration.ofSeconds(2);
  private static final int CURVES_EVERY = 30;

  /** A stream ends after half an hour, so that a forgotten one is not kept for ever. */
  private static final int EVENTS = 900;

  /** A snapshot as it is written, once for all clients. */
  private record Written(Snapshot of, byte[] status, byte[] curves) {}

  private final Supplier<Snapshot> snapshots;
  private final Patience patience;
  private final Semaphore clients = new Semaphore(CLIENTS);
  private final CountDownLatch closing = new CountDownLatch(1);

  // Guarded by this.
  private @Nullable Written newest;

  Live(Supplier<Snapshot> snapshots, Patience patience) {
    this.snapshots = snapshots;
    this.patience = patience;
  }

  /** Whether there was room; whoever got it gives it back by {@link #leave}. */
  boolean enter() {
    return clients.tryAcquire();
  }

  void leave() {
    clients.release();
  }

  /** How many are served right now. */
  int clients() {
    return CLIENTS - clients.availablePermits();
  }

  // The very same one: to compare its parts would cost as much as to write it.
  @SuppressWarnings("ReferenceEquality")
  private synchronized Written write(Snapshot snapshot) {
    if (newest == null || newest.of() != snapshot) {
      newest = new Written(snapshot, Documents.status(snapshot), Documents.curves(snapshot));
    }
    return newest;
  }

  /** Writes events until the client goes, the stream has lasted long enough, or this is closed. */
  void serve(OutputStream out) throws IOException {
    try {
      for (int i = 0; i < EVENTS && closing.getCount() > 0; i++) {
        Written written = write(snapshots.get());
        boolean curves = i % CURVES_EVERY == 0;
        patience.with(
            () -> {
              event(out, "status", written.status());
              if (curves) {
                event(out, "curves", written.curves());
              }
              out.flush();
            });
        if (closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void event(OutputStream out, String name, byte[] data) throws IOException {
    out.write(("event: " + name + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    out.write(data);
    out.write('\n');
    out.write('\n');
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
