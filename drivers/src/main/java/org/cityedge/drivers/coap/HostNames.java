package org.cityedge.drivers.coap;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the addresses of sensors that are known by name. Each name is asked for once at a time,
 * however many wait for it, and {@value #THREADS} names at once: those that no name service knows
 * take seconds each, and must not hold up the others.
 *
 * <p>Any thread.
 */
final class HostNames implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HostNames.class);
  private static final int THREADS = 4;

  /** Names that wait for a thread, and askers that wait for one name. */
  private static final int MOST = 256;

  private static final long IDLE_SECONDS = 60;

  /** A name service; may take seconds. */
  @FunctionalInterface
  interface Service {
    InetAddress find(String host) throws UnknownHostException;
  }

  private record Asker(Consumer<InetAddress> found, Consumer<String> failed) {}

  private final Service service;

  // A name service that hangs would hold a virtual thread's carrier, so it gets threads of its own.
  private final ExecutorService threads;

  // Guarded by this.
  private final Map<String, List<Asker>> asked = new HashMap<>();

  HostNames(Service service) {
    this.service = service;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST),
            Thread.ofPlatform().name("coap-resolver-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /** Finds a name's address; one of the two is called, on another thread or at once. */
  void find(String host, Consumer<InetAddress> found, Consumer<String> failed) {
    synchronized (this) {
      List<Asker> others = asked.get(host);
      if (others != null && others.size() < MOST) {
        others.add(new Asker(found, failed));
        return;
      }
      if (others == null) {
        try {
          threads.execute(() -> answer(host));
          asked.put(host, new ArrayList<>(List.of(new Asker(found, failed))));
          return;
        } catch (RejectedExecutionException e) {
          // As many wait already, or this is closed.
        }
      }
    }
    failed.accept("too many host names wait for the name service");
  }

  private void answer(String host) {
    InetAddress address = null;
    try {
      address = service.find(host);
    } catch (UnknownHostException e) {
      // Told below.
    } catch (RuntimeException | Error e) {
      // Whatever it was: while askers wait, nobody asks for the name again.
      log.warn("Name service failed host={}", host, e);
    }
    List<Asker> askers;
    synchronized (this) {
      askers = asked.remove(host);
    }
    if (askers == null) {
      return;
    }
    for (Asker one : askers) {
      tell(one, host, address);
    }
  }

  /** Whatever one asker makes of it, the others are still to be told. */
  private static void tell(Asker one, String host, @Nullable InetAddress address) {
    try {
      if (address == null) {
        one.failed().accept("the host name has no address");
      } else {
        one.found().accept(address);
      }
    } catch (RuntimeException | Error e) {
      log.error("An address could not be handed on host={}", host, e);
    }
  }

  /** Who still waits gets no answer. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
