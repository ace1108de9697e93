package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;

/**
 * The last requests of those who leave: at most 1024 are under way, each for at most 30 s, since an
 * answer that was promised by an acknowledgement may never come. Any thread.
 */
final class Farewells {
  private static final int MOST = 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Semaphore places = new Semaphore(MOST);
  private final Executor later;

  Farewells() {
    this(PATIENCE);
  }

  /**
   * @param patience how long one may take
   */
  Farewells(Duration patience) {
    this.later = CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Gives a request that is about to be sent a place.
   *
   * @param end run once, whatever becomes of the request
   * @return false when there is no place; {@code end} is not run then
   */
  boolean begin(Request farewell, Runnable end) {
    if (!places.tryAcquire()) {
      return false;
    }
    AtomicBoolean over = new AtomicBoolean();
    farewell.addMessageObserver(
        new MessageObserverAdapter() {
          @Override
          public void onResponse(Response response) {
            once();
          }

          @Override
          public void onCancel() {
            once();
          }

          @Override
          protected void failed() {
            once();
          }

          private void once() {
            if (over.compareAndSet(false, true)) {
              places.release();
              end.run();
            }
          }
        });
    later.execute(
        () -> {
          if (!over.get()) {
            farewell.cancel();
          }
        });
    return true;
  }

  int underWay() {
    return MOST - places.availablePermits();
  }

  /** Waits until all are over; nobody begins any more. */
  void await(Duration most) {
    try {
      boolean _ = places.tryAcquire(MOST, most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
