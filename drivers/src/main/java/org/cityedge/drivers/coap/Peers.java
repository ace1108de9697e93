package org.cityedge.drivers.coap;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.drivers.Sensors;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.eclipse.californium.elements.MapBasedEndpointContext;
import org.eclipse.californium.elements.MapBasedEndpointContext.Attributes;
import org.eclipse.californium.scandium.DTLSConnector;
import org.jspecify.annotations.Nullable;

/**
 * What servers are known by, a credential or a host name: one per address for as long as somebody
 * uses it. What nobody uses stays, since whoever begins anew with the same needs no new session,
 * and goes for another one or when there are more than 400. Any thread.
 */
final class Peers<T> {
  /** As many as there can be sensors, and as many former addresses of theirs. */
  private static final int MOST = 2 * Sensors.MOST;

  // guarded by this
  private final Map<InetSocketAddress, Peer<T>> peers = new HashMap<>();

  /** Who has to do with a server. */
  interface User {
    /** The session is over, and with it what the server knew of this user; any thread. */
    void sessionIsOver();
  }

  /** One server, and whether the session with it can be relied on. Any thread. */
  static final class Peer<K> {
    private final K known;

    // written under the lock of the peers
    private final Set<User> users = ConcurrentHashMap.newKeySet();

    /** Counts what comes from the server, and the sessions. */
    private final AtomicLong signs = new AtomicLong();

    // guarded by this
    private boolean doubtful = true; // there may be a session from before
    private boolean answered;

    private Peer(K known) {
      this.known = known;
    }

    /** What the server is known by. */
    K known() {
      return known;
    }

    /** Something came from the server. */
    void heard() {
      signs.incrementAndGet();
    }

    /**
     * Shakes hands before this request if need be, unless it is to do without; learns from what
     * becomes of it.
     */
    void prepare(Request request, DTLSConnector connector, User user) {
      Attributes handshake = handshake(request, connector, user);
      long before = signs.get();
      if (handshake != null) {
        request.setDestinationContext(
            MapBasedEndpointContext.addEntries(request.getDestinationContext(), handshake));
      }
      request.addMessageObserver(
          new MessageObserverAdapter() {
            @Override
            public void onAcknowledgement() {
              heard();
            }

            @Override
            public void onReject() {
              heard();
            }

            @Override
            public void onResponse(Response response) {
              answered();
            }

            @Override
            public void onCancel() {
              doubtUnlessHeardSince(before);
            }

            @Override
            protected void failed() {
              doubtUnlessHeardSince(before);
            }
          });
    }

    /** A session is resumed only after an answer to what the server is now known by. */
    private synchronized @Nullable Attributes handshake(
        Request request, DTLSConnector connector, User user) {
      boolean none =
          DtlsEndpointContext.HANDSHAKE_MODE_NONE.equals(
              request.getDestinationContext().getString(DtlsEndpointContext.KEY_HANDSHAKE_MODE));
      if (!doubtful || none) {
        return null;
      }
      doubtful = false;
      signs.incrementAndGet(); // what is under way says nothing of the new session
      // OpenSSL's servers take no new handshake as long as they have a session.
      connector.close(request.getDestinationContext().getPeerAddress());
      users.stream().filter(other -> other != user).forEach(User::sessionIsOver);
      return answered
          ? DtlsEndpointContext.ATTRIBUTE_HANDSHAKE_MODE_FORCE
          : DtlsEndpointContext.ATTRIBUE_HANDSHAKE_MODE_FORCE_FULL;
    }

    private synchronized void answered() {
      answered = true;
      heard();
    }

    /** One resource without an answer is no reason to take the session from the others. */
    private synchronized void doubtUnlessHeardSince(long before) {
      doubtful |= signs.get() == before;
    }
  }

  /**
   * From now on the server at that address is known by this, as far as that user is concerned.
   *
   * @param user until {@link #release}
   * @return the server as it is known, which is by something else while others use that
   */
  synchronized Peer<T> claim(InetSocketAddress address, T known, User user) {
    Peer<T> peer = peers.get(address);
    if (peer == null || (peer.users.isEmpty() && !peer.known.equals(known))) {
      if (peers.size() >= MOST) {
        peers.values().removeIf(one -> one.users.isEmpty());
      }
      peer = new Peer<>(known);
      peers.put(address, peer);
    }
    if (peer.known.equals(known)) {
      peer.users.add(user);
    }
    return peer;
  }

  /** The user has nothing to do with any of the servers any more. */
  synchronized void release(User user) {
    peers.values().forEach(peer -> peer.users.remove(user));
  }

  synchronized @Nullable T known(InetSocketAddress address) {
    Peer<T> peer = peers.get(address);
    return peer == null ? null : peer.known;
  }

  synchronized boolean isUsed() {
    return peers.values().stream().anyMatch(peer -> !peer.users.isEmpty());
  }
}
