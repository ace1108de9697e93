package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.RandomTokenGenerator;
import org.eclipse.californium.core.network.TokenGenerator.Scope;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.eclipse.californium.elements.MapBasedEndpointContext;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.jspecify.annotations.Nullable;

/**
 * The CoAP client endpoints that all CoAP sensors share, one for plain CoAP, one for pre-shared
 * keys and at most eight for certificates: a UDP socket on a free port each, opened by the first
 * request; those for certificates are closed with the last sensor that needs them. Callbacks come
 * on Californium's threads and must only hand over. Safe for use by several threads.
 */
public final class CoapLink implements AutoCloseable {
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  /** For the end of sessions where farewells have taken all of their time. */
  private static final Duration SESSIONS = Duration.ofSeconds(1);

  /**
   * Bytes that the kernel keeps while we are busy; its usual 208 KiB hold 130 notifications, less
   * than a pause of 10 ms at 20,000 a second. It gives twice net.core.rmem_max at most.
   */
  static final int RECEIVE_BUFFER = 1 << 20;

  private final Configuration configuration;
  private final @Nullable PskPeers peers;
  private final RandomTokenGenerator tokens;
  private final Map<Token, Consumer<Response>> listeners = new ConcurrentHashMap<>();
  private final Turns turns = new Turns();
  private final Losses losses = new Losses();
  private final Farewells farewells = new Farewells();
  private final CertifiedEndpoints certified;

  private final HostNames names = new HostNames(InetAddress::getByName);

  // guarded by this
  private @Nullable CoapEndpoint endpoint;
  private @Nullable CoapEndpoint keyed;
  private boolean closed;

  /** For plain CoAP only. Does no I/O. */
  public CoapLink() {
    this(null, PayloadReader.LARGEST);
  }

  /** Does no I/O. */
  public CoapLink(KeyFiles files) {
    this(files, PayloadReader.LARGEST);
  }

  /**
   * Does no I/O.
   *
   * @param files null for plain CoAP only
   * @param largest bytes of an answer, in blocks or not
   */
  CoapLink(@Nullable KeyFiles files, int largest) {
    this.peers = files == null ? null : new PskPeers(new PskKeys(files.secrets()));
    this.configuration = Dtls.configuration().set(CoapConfig.MAX_RESOURCE_BODY_SIZE, largest);
    this.tokens = new RandomTokenGenerator(configuration);
    this.certified = new CertifiedEndpoints(files, this::open);
  }

  /** Of the sensors that share this; with threads of its own as long as there are any. */
  Turns turns() {
    return turns;
  }

  /** Of the sensors that have left. */
  Farewells farewells() {
    return farewells;
  }

  /** What its sensors lost. */
  Losses losses() {
    return losses;
  }

  /** What its sensors lost since it was made. */
  public List<Loss> lost() {
    return losses.list();
  }

  /**
   * The way to servers that are known by what {@code security} says.
   *
   * @param over called when a DTLS session is begun anew by another caller, and the server has
   *     forgotten what this one observes; must only hand over
   */
  Caller caller(CoapSecurity security, Runnable over) {
    return new Caller(security, over);
  }

  /**
   * Asks one server, and keeps it to what it is known by until it leaves. Confined to the turns of
   * its sensor.
   */
  final class Caller implements Peers.User {
    private final CoapSecurity security;
    private final Runnable over;
    private @Nullable InetSocketAddress server;
    private volatile Peers.@Nullable Peer<?> peer;
    private volatile @Nullable Request farewell;

    private Caller(CoapSecurity security, Runnable over) {
      this.security = security;
      this.over = over;
    }

    @Override
    public void sessionIsOver() {
      over.run();
    }

    /** The next request goes to this server. */
    void asks(Peers.Peer<?> next) {
      peer = next;
    }

    /** A notification came; any thread. */
    void heard() {
      Peers.Peer<?> from = peer;
      if (from != null) {
        from.heard();
      }
    }

    /**
     * Sends a request; what becomes of it goes to the request's observers. The first one to a
     * server shakes hands, and so does the next one after a request without an answer.
     *
     * @throws IOException when no socket can be opened, this is closed, the key cannot be used, or
     *     others know the server by something else
     */
    void send(Request request) throws IOException {
      InetSocketAddress address = addressOf(request);
      if (server != null && !server.equals(address)) {
        release(this);
      }
      server = address;
      switch (security) {
        case CoapSecurity.None _ -> CoapLink.this.send(request);
        case CoapSecurity.Psk psk -> keyed(request, psk, this).sendRequest(request);
        case CoapSecurity.X509 x509 -> certified.ready(request, x509, this).sendRequest(request);
      }
    }

    /**
     * Nothing is sent after this.
     *
     * @param farewell a last request that {@link CoapLink#close} waits for; nothing follows from a
     *     failure
     */
    void leave(@Nullable Request farewell) {
      if (farewell == null || !farewells.begin(farewell, () -> certified.leave(this))) {
        release(this);
        certified.leave(this);
        return;
      }
      this.farewell = farewell;
      // Begins no session: a server without one has forgotten what is to end, and whoever comes
      // next
      // with another key must not be let into it.
      farewell.setDestinationContext(
          MapBasedEndpointContext.addEntries(
              farewell.getDestinationContext(), DtlsEndpointContext.ATTRIBUTE_HANDSHAKE_MODE_NONE));
      try {
        send(farewell);
      } catch (IOException _) {
        farewell.cancel(); // the peer will learn it from our reset or not at all
      }
      release(this);
    }

    /** Its endpoint goes, and no answer can come any more. */
    void giveUpFarewell() {
      Request last = farewell;
      if (last != null) {
        last.cancel();
      }
    }
  }

  /** Finds the host's address; one of the two is called, at once for a literal address. */
  void resolve(String host, Consumer<InetAddress> found, Consumer<String> failed) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (bare.indexOf(':') >= 0 || bare.matches("[0-9.]+")) {
      try {
        found.accept(InetAddress.getByName(bare));
      } catch (UnknownHostException e) {
        failed.accept("the host name has no address");
      }
      return;
    }
    names.find(bare, found, failed);
  }

  /** A token for an observation; its notifications go to {@code notified} until it is ended. */
  Token newObservation(Consumer<Response> notified) {
    Token token = tokens.createToken(Scope.LONG_TERM);
    listeners.put(token, notified);
    return token;
  }

  /** Later notifications are answered with a reset. */
  void endObservation(Token token) {
    listeners.remove(token);
    shared().forEach(one -> one.cancelObservation(token));
    certified.list().forEach(one -> one.cancelObservation(token));
  }

  /**
   * Sends a request; what becomes of it goes to the request's observers.
   *
   * @throws IOException when no socket can be opened or this is closed
   */
  void send(Request request) throws IOException {
    endpoint().sendRequest(request);
  }

  private synchronized CoapEndpoint endpoint() throws IOException {
    if (endpoint == null) {
      endpoint =
          started(
              new CoapEndpoint.Builder()
                  .setConfiguration(configuration)
                  .setInetSocketAddress(new InetSocketAddress(0)));
    }
    return endpoint;
  }

  private synchronized CoapEndpoint keyed(Request request, CoapSecurity.Psk psk, Caller user)
      throws IOException {
    if (peers == null) {
      throw new IOException("there is no folder of secrets");
    }
    Peers.Peer<CoapSecurity.Psk> peer = peers.claim(addressOf(request), psk, user);
    if (keyed == null) {
      keyed = started(dtls(client().setAdvancedPskStore(peers)));
    }
    user.asks(peer);
    peer.prepare(request, (DTLSConnector) keyed.getConnector(), user);
    return keyed;
  }

  static InetSocketAddress addressOf(Request request) {
    return request.getDestinationContext().getPeerAddress();
  }

  private CoapEndpoint open(PinnedServers servers, CertificateFiles read) throws IOException {
    DtlsConnectorConfig.Builder client = client().setAdvancedCertificateVerifier(servers);
    if (read.now().own().isPresent()) {
      client.setCertificateIdentityProvider(new OwnCertificate(read));
    }
    return started(dtls(client));
  }

  private void release(Caller user) {
    if (peers != null) {
      peers.peers().release(user);
    }
    certified.release(user);
  }

  private DtlsConnectorConfig.Builder client() {
    return DtlsConnectorConfig.builder(configuration)
        .setAddress(new InetSocketAddress(0))
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
        // Accepts a server's Connection ID (RFC 9146), asks for none.
        .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 0);
  }

  private CoapEndpoint.Builder dtls(DtlsConnectorConfig.Builder client) {
    return new CoapEndpoint.Builder()
        .setConfiguration(configuration)
        .setConnector(new DTLSConnector(client.build()));
  }

  private synchronized CoapEndpoint started(CoapEndpoint.Builder builder) throws IOException {
    if (closed) {
      throw new IOException("the CoAP endpoint is closed");
    }
    CoapEndpoint opened =
        builder
            .setTokenGenerator(tokens)
            .setObservationStore(new Observations(listeners::get))
            .build();
    opened.addNotificationListener(Observations::notify);
    opened.start();
    return opened;
  }

  private synchronized List<CoapEndpoint> shared() {
    return Stream.of(endpoint, keyed).filter(Objects::nonNull).toList();
  }

  /**
   * Waits up to 2 s for farewells to be answered and for sessions to be ended, up to 3 s for both;
   * does nothing the second time.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    long deadline = System.nanoTime() + FAREWELL.plus(SESSIONS).toNanos();
    names.close();
    farewells.await(FAREWELL);
    certified.retireAll(); // beside the others
    shared().forEach(one -> Dtls.close(one, left(deadline)));
    certified.await(left(deadline));
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
