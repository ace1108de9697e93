package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.RandomTokenGenerator;
import org.eclipse.californium.core.network.TokenGenerator.Scope;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.jspecify.annotations.Nullable;

/**
 * The one CoAP client endpoint that all CoAP sensors share: a UDP socket on a free port, opened by
 * the first request. Callbacks come on Californium's threads and must only hand over. Safe for use
 * by several threads.
 */
public final class CoapLink implements AutoCloseable {
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final int MOST_FAREWELLS = 1024;
  private static final int MOST_LOOK_UPS = 256;

  /**
   * Bytes that the kernel keeps while we are busy; its usual 208 KiB hold 130 notifications, less
   * than a pause of 10 ms at 20,000 a second. It gives twice net.core.rmem_max at most.
   */
  static final int RECEIVE_BUFFER = 1 << 20;

  private final Configuration configuration = configuration();
  private final RandomTokenGenerator tokens = new RandomTokenGenerator(configuration);
  private final Map<Token, Consumer<Response>> observations = new ConcurrentHashMap<>();
  private final Semaphore farewells = new Semaphore(MOST_FAREWELLS);

  // A name service that hangs would hold a virtual thread's carrier, so it gets a thread of its own
  // and at most 256 names that wait for it.
  private final ExecutorService resolver =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_LOOK_UPS),
          Thread.ofPlatform().name("coap-resolver").daemon().factory());

  // guarded by this
  private @Nullable CoapEndpoint endpoint;
  private boolean closed;

  /** Does no I/O. */
  public CoapLink() {}

  private static Configuration configuration() {
    return new Configuration(
            CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS, SystemConfig.DEFINITIONS)
        // The default keeps every exchange for 247 s and goes deaf once a peer has used all its
        // 65,536 message ids in that time; this one keeps the last 64 of each peer.
        .set(CoapConfig.DEDUPLICATOR, CoapConfig.DEDUPLICATOR_PEERS_MARK_AND_SWEEP)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, PayloadReader.LARGEST)
        .set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 1)
        .set(UdpConfig.UDP_RECEIVE_BUFFER_SIZE, RECEIVE_BUFFER)
        .set(UdpConfig.UDP_RECEIVER_THREAD_COUNT, 1)
        .set(UdpConfig.UDP_SENDER_THREAD_COUNT, 1);
  }

  /** Finds the host's address; one of the two is called, at once for a literal address. */
  void resolve(String host, Consumer<InetAddress> found, Consumer<String> failed) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (bare.indexOf(':') >= 0 || bare.matches("[0-9.]+")) {
      lookUp(bare, found, failed);
      return;
    }
    try {
      resolver.execute(() -> lookUp(bare, found, failed));
    } catch (RejectedExecutionException e) {
      failed.accept("too many host names wait for the name service");
    }
  }

  private static void lookUp(String host, Consumer<InetAddress> found, Consumer<String> failed) {
    try {
      found.accept(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      failed.accept("the host name has no address");
    }
  }

  /** A token for an observation; its notifications go to {@code notified} until it is ended. */
  Token newObservation(Consumer<Response> notified) {
    Token token = tokens.createToken(Scope.LONG_TERM);
    observations.put(token, notified);
    return token;
  }

  /** Later notifications are answered with a reset. */
  void endObservation(Token token) {
    observations.remove(token);
    CoapEndpoint open;
    synchronized (this) {
      open = endpoint;
    }
    if (open != null) {
      open.cancelObservation(token);
    }
  }

  /**
   * Sends a request; what becomes of it goes to the request's observers.
   *
   * @throws IOException when no socket can be opened or this is closed
   */
  void send(Request request) throws IOException {
    endpoint().sendRequest(request);
  }

  /** Sends a last request that {@link #close} waits for; nothing follows from a failure. */
  void sendFarewell(Request request) {
    if (!farewells.tryAcquire()) {
      return;
    }
    AtomicBoolean over = new AtomicBoolean();
    Runnable end =
        () -> {
          if (over.compareAndSet(false, true)) {
            farewells.release();
          }
        };
    request.addMessageObserver(
        new MessageObserverAdapter() {
          @Override
          public void onResponse(Response response) {
            end.run();
          }

          @Override
          protected void failed() {
            end.run();
          }
        });
    try {
      send(request);
    } catch (IOException e) {
      end.run(); // the peer will learn it from our reset or not at all
    }
  }

  private synchronized CoapEndpoint endpoint() throws IOException {
    if (closed) {
      throw new IOException("the CoAP endpoint is closed");
    }
    if (endpoint == null) {
      CoapEndpoint opened =
          new CoapEndpoint.Builder()
              .setConfiguration(configuration)
              .setInetSocketAddress(new InetSocketAddress(0))
              .setTokenGenerator(tokens)
              .build();
      opened.addNotificationListener((_, response) -> notified(response));
      opened.start();
      endpoint = opened;
    }
    return endpoint;
  }

  private void notified(Response response) {
    Consumer<Response> listener = observations.get(response.getToken());
    if (listener != null) {
      listener.accept(response);
    }
  }

  /** Waits up to 2 s for farewells to be answered. */
  @Override
  public void close() {
    CoapEndpoint last;
    synchronized (this) {
      closed = true;
      last = endpoint;
      endpoint = null;
    }
    resolver.shutdownNow();
    if (last == null) {
      return;
    }
    try {
      boolean _ = farewells.tryAcquire(MOST_FAREWELLS, FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    last.destroy();
  }
}
