package org.cityedge.agent.page;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
  private final Duration every;
  private final Semaphore clients = new Semaphore(CLIENTS);
  private final CountDownLatch closing = new CountDownLatch(1);

  // Guarded by this.
  private @Nullable Written newest;

  Live(Supplier<Snapshot> snapshots, Patience patience) {
    this(snapshots, patience, EVERY);
  }

  /**
   * @param every how often there is an event
   */
  Live(Supplier<Snapshot> snapshots, Patience patience, Duration every) {
    this.snapshots = snapshots;
    this.patience = patience;
    this.every = every;
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

  /**
   * Writes events until the client goes, the stream has lasted long enough, or this is closed.
   *
   * @param mayRead asked once a minute; the stream ends when the client may not any more
   * @throws IOException when the client is gone; {@code out} is left open then
   */
  void serve(OutputStream out, BooleanSupplier mayRead) throws IOException {
    try {
      for (int i = 0; i < EVENTS && closing.getCount() > 0; i++) {
        boolean curves = i % CURVES_EVERY == 0;
        if (curves && i > 0 && !mayRead.getAsBoolean()) {
          break;
        }
        Written written = write(snapshots.get());
        patience.with(
            () -> {
              event(out, "status", written.status());
              if (curves) {
                event(out, "curves", written.curves());
              }
              out.flush();
            });
        if (closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
          break;
        }
      }
      patience.with(out::close);
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
