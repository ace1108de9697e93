package org.cityedge.drivers.coap;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSecurity;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.scandium.DTLSConnector;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints for certificates, one for each authority and certificate of the gateway's own: at
 * most eight. Each is opened by its first request, and retired with the last sensor that needs it,
 * or for another setting once only farewells are under way there. Any thread.
 */
final class CertifiedEndpoints {
  private static final int MOST = 8;

  /** Opens a socket. */
  interface Opening {
    CoapEndpoint open(PinnedServers servers, CertificateFiles files) throws IOException;
  }

  /**
   * @param users also those who have only a farewell under way
   */
  private record Certified(
      CoapEndpoint endpoint, PinnedServers servers, Set<CoapLink.Caller> users) {
    boolean isOnlyLeft() {
      return !servers.peers().isUsed();
    }
  }

  private final @Nullable KeyFiles files;
  private final Opening opening;

  // guarded by this
  private final Map<CoapSecurity.X509, Certified> open = new HashMap<>();

  private final Set<Thread> retiring = ConcurrentHashMap.newKeySet();

  /**
   * @param files null when there are none
   */
  CertifiedEndpoints(@Nullable KeyFiles files, Opening opening) {
    this.files = files;
    this.opening = opening;
  }

  /**
   * The endpoint for a request that is sent now, with a handshake before it if need be.
   *
   * @throws IOException when the files cannot be used, no socket can be opened, there are too many
   *     settings, or another sensor names the server otherwise
   */
  synchronized CoapEndpoint ready(Request request, CoapSecurity.X509 x509, CoapLink.Caller user)
      throws IOException {
    Certified by = open.get(x509);
    if (by == null) {
      by = open(x509);
      open.put(x509, by);
    }
    by.users().add(user);
    Peers.Peer<String> peer =
        by.servers().claim(CoapLink.addressOf(request), request.getOptions().getUriHost(), user);
    user.asks(peer);
    peer.prepare(request, (DTLSConnector) by.endpoint().getConnector(), user);
    return by.endpoint();
  }

  /** The files are read when the first sensor needs them, and again for each handshake. */
  private Certified open(CoapSecurity.X509 x509) throws IOException {
    if (files == null) {
      throw new IOException("there is no folder of certificates");
    }
    if (open.size() >= MOST) {
      retire(Certified::isOnlyLeft);
    }
    if (open.size() >= MOST) {
      throw new IOException(
          "at most " + MOST + " different settings of ca, certificate and keyRef");
    }
    CertificateFiles read = new CertificateFiles(files, x509);
    PinnedServers servers = new PinnedServers(read);
    return new Certified(opening.open(servers, read), servers, new HashSet<>());
  }

  synchronized List<CoapEndpoint> list() {
    return open.values().stream().map(Certified::endpoint).toList();
  }

  /** The user has nothing to do with any of the servers any more. */
  synchronized void release(CoapLink.Caller user) {
    open.values().forEach(by -> by.servers().peers().release(user));
  }

  /** The user has nothing under way any more. */
  synchronized void leave(CoapLink.Caller user) {
    open.values().forEach(by -> by.users().remove(user));
    retire(by -> by.users().isEmpty());
  }

  private synchronized void retire(Predicate<Certified> unused) {
    open.values()
        .removeIf(
            by -> {
              if (!unused.test(by)) {
                return false;
              }
              retire(by);
              return true;
            });
  }

  /** Waits for Californium's threads, one of which this may be, and so on a thread of its own. */
  private void retire(Certified by) {
    Thread thread =
        Thread.ofVirtual()
            .name("coap-retire")
            .unstarted(
                () -> {
                  try {
                    end(by);
                  } finally {
                    retiring.remove(Thread.currentThread());
                  }
                });
    retiring.add(thread);
    thread.start();
  }

  private static void end(Certified by) {
    try {
      by.users().forEach(CoapLink.Caller::giveUpFarewell);
    } finally {
      Dtls.close(by.endpoint(), Dtls.NOTICE);
    }
  }

  /** Retires all; {@link #await} waits for it. */
  void retireAll() {
    retire(_ -> true);
  }

  /** Waits for those that are being retired. */
  void await(Duration most) {
    long deadline = System.nanoTime() + most.toNanos();
    try {
      for (Thread thread : retiring) {
        boolean _ = thread.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
