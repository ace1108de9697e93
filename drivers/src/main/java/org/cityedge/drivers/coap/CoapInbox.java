package org.cityedge.drivers.coap;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.CoapSecurity.Psk;
import org.cityedge.drivers.InboxConfig;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
import org.cityedge.drivers.Recent;
import org.cityedge.drivers.Sensors;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.network.interceptors.MessageInterceptorAdapter;
import org.eclipse.californium.core.server.MessageDeliverer;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.UDPConnector;
import org.eclipse.californium.elements.auth.PreSharedKeyIdentity;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.DtlsDatagramFilter;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one CoAP server endpoint to which sensors post, {@code /in/ID}; opened by the first sensor.
 * Answers:
 *
 * <pre>
 *   2.04  taken over
 *   4.00  the payload cannot be read; the diagnostic payload says why
 *   4.02  an option that must be understood and is not
 *   4.04  no such sensor, or not this peer's: both the same, so that nobody learns which there are
 *   4.05  another method than POST, whether or not there is such a sensor
 *   4.13  larger than maxPayload, which Size1 tells
 *   4.29  more often than perMinute; Max-Age tells when to come again (RFC 8516)
 *   5.03  the sensor is begun anew or the agent stops; Max-Age tells when to come again
 *   5.05  asked to be a proxy
 * </pre>
 *
 * <p>Bounds: 400 DTLS sessions, 1024 transfers in blocks of {@code maxPayload} each, kept for 60 s.
 * Requests are answered on Californium's threads, which only parse and hand over. Safe for use by
 * several threads.
 */
public final class CoapInbox implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CoapInbox.class);
  private static final int MOST_TRANSFERS = 1024;
  private static final int CONNECTION_ID_BYTES = 6;
  private static final long FLOOD_LOG_NANOS = Duration.ofMinutes(1).toNanos();

  /** How long a sensor that has left is expected to be begun anew. */
  private static final long LEAVING_NANOS = Duration.ofMinutes(1).toNanos();

  private final InboxConfig config;
  private final PskKeys keys;
  private final LongSupplier nanos;
  private final PeerGate gate;
  private final Losses losses = new Losses();
  private final AtomicLong floodLoggedNanos;
  private final Map<String, InboxSensor> sensors = new ConcurrentHashMap<>();

  private record Leaving(InboxSensor sensor, long nanos) {}

  // guarded by itself
  private final Map<String, Leaving> leaving = new Recent<>(Sensors.MOST);

  // guarded by this
  private @Nullable CoapEndpoint endpoint;
  private boolean closed;

  /** Does no I/O. */
  public CoapInbox(InboxConfig config, Secrets secrets, LongSupplier nanos) {
    this.config = config;
    this.keys = new PskKeys(secrets);
    this.nanos = nanos;
    this.gate = new PeerGate(nanos, config.packetsPerSecond());
    this.floodLoggedNanos = new AtomicLong(nanos.getAsLong() - FLOOD_LOG_NANOS);
  }

  /** What was not taken over since it was made. */
  public List<Loss> lost() {
    return losses.list();
  }

  Losses losses() {
    return losses;
  }

  InboxConfig config() {
    return config;
  }

  /**
   * From now on the sensor's messages go to it.
   *
   * @throws IOException when the address cannot be listened on; calling again is sound
   */
  synchronized void add(InboxSensor sensor) throws IOException {
    if (closed) {
      throw new IOException("the inbox is closed");
    }
    sensors.put(sensor.id(), sensor);
    synchronized (leaving) {
      leaving.remove(sensor.id());
    }
    if (endpoint != null) {
      return;
    }
    Configuration settings = configuration();
    CoapEndpoint opened =
        new CoapEndpoint.Builder()
            .setConfiguration(settings)
            .setConnector(connector(settings))
            .build();
    opened.setMessageDeliverer(new Answering());
    opened.addInterceptor(new OnlyRequests());
    try {
      opened.start();
    } catch (IOException e) {
      opened.destroy();
      throw new IOException(
          "cannot listen on "
              + config.listen()
              + ": "
              + e.getMessage()
              + "; see what does with: ss -ulnp",
          e);
    }
    endpoint = opened;
    log.info("Inbox listens address={} sensors by key={}", config.listen(), config.secure());
  }

  /**
   * The sensor is closed. For a minute, or until there is another one of that id, it goes on to
   * answer its peer.
   */
  void remove(InboxSensor sensor) {
    if (sensors.get(sensor.id()) == sensor) {
      synchronized (leaving) {
        leaving.put(sensor.id(), new Leaving(sensor, nanos.getAsLong()));
      }
      boolean _ = sensors.remove(sensor.id(), sensor);
    }
  }

  private @Nullable InboxSensor sensor(String id) {
    InboxSensor sensor = sensors.get(id);
    return sensor != null
        ? sensor
        : leaving().stream().filter(left -> left.id().equals(id)).findFirst().orElse(null);
  }

  private List<InboxSensor> leaving() {
    synchronized (leaving) {
      long now = nanos.getAsLong();
      leaving.values().removeIf(left -> now - left.nanos() >= LEAVING_NANOS);
      return leaving.values().stream().map(Leaving::sensor).toList();
    }
  }

  /** Whether the sensor's messages would be taken. */
  synchronized boolean has(String id) {
    return endpoint != null && sensors.containsKey(id);
  }

  /** The port it listens on; -1 before the first sensor was added. */
  public synchronized int port() {
    return endpoint == null ? -1 : endpoint.getAddress().getPort();
  }

  private Configuration configuration() {
    return Dtls.configuration()
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, config.maxPayload())
        .set(CoapConfig.MAX_ACTIVE_PEERS, MOST_TRANSFERS)
        .set(CoapConfig.BLOCKWISE_STATUS_LIFETIME, 60, TimeUnit.SECONDS);
  }

  private Connector connector(Configuration settings) {
    URI listen = config.listen();
    String host = listen.getHost().replaceAll("[\\[\\]]", "");
    int usual = config.secure() ? 5684 : 5683;
    InetSocketAddress address =
        new InetSocketAddress(host, listen.getPort() < 0 ? usual : listen.getPort());
    if (!config.secure()) {
      return new GatedConnector(address, settings);
    }
    return new DTLSConnector(
        DtlsConnectorConfig.builder(settings)
            .setAddress(address)
            .set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY)
            // A sensor behind a NAT comes from another port after each sleep (RFC 9146).
            .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, CONNECTION_ID_BYTES)
            .setAdvancedPskStore(new PskClients(keys, this::keyRef))
            .setDatagramFilter(new GatedFilter(settings))
            .build());
  }

  private @Nullable String keyRef(String identity) {
    String keyRef = keyRef(identity, sensors.values());
    return keyRef != null ? keyRef : keyRef(identity, leaving());
  }

  private static @Nullable String keyRef(String identity, Collection<InboxSensor> sensors) {
    for (InboxSensor sensor : sensors) {
      if (sensor.security() instanceof Psk psk && psk.identity().equals(identity)) {
        return psk.keyRef();
      }
    }
    return null;
  }

  private boolean admits(InetAddress peer) {
    boolean admitted = gate.admits(peer);
    if (!admitted) {
      long last = floodLoggedNanos.get();
      long now = nanos.getAsLong();
      losses.add(peer.getHostAddress(), Loss.Cause.PACKETS, 1, now);
      if (now - last >= FLOOD_LOG_NANOS && floodLoggedNanos.compareAndSet(last, now)) {
        log.warn(
            "Inbox drops packets that come faster than packetsPerSecond peer={} dropped={}",
            peer.getHostAddress(),
            gate.takeDropped());
      }
    }
    return admitted;
  }

  Response answer(Request request) {
    OptionSet options = request.getOptions();
    if (options.hasProxyUri() || options.hasProxyScheme()) {
      return new Response(ResponseCode.PROXY_NOT_SUPPORTED);
    }
    if (options.getIfMatchCount() > 0 || options.hasIfNoneMatch() || options.hasOscore()) {
      return new Response(ResponseCode.BAD_OPTION);
    }
    List<String> path = options.getUriPath();
    if (path.size() != 2 || !path.getFirst().equals("in")) {
      return new Response(ResponseCode.NOT_FOUND);
    }
    if (request.getCode() != Code.POST) {
      return new Response(ResponseCode.METHOD_NOT_ALLOWED);
    }
    InboxSensor sensor = sensor(path.getLast());
    return sensor != null && isOf(sensor, request.getSourceContext().getPeerIdentity())
        ? sensor.receive(request)
        : new Response(ResponseCode.NOT_FOUND);
  }

  private boolean isOf(InboxSensor sensor, @Nullable Principal peer) {
    return switch (sensor.security()) {
      case Psk psk ->
          peer instanceof PreSharedKeyIdentity shown && shown.getIdentity().equals(psk.identity());
      default -> !config.secure();
    };
  }

  /** Tells the peers of its sessions, for up to 2 s. */
  @Override
  public void close() {
    CoapEndpoint last;
    synchronized (this) {
      closed = true;
      last = endpoint;
      endpoint = null;
    }
    if (last != null) {
      Dtls.close(last, Dtls.NOTICE);
    }
  }

  private final class Answering implements MessageDeliverer {
    @Override
    public void deliverRequest(Exchange exchange) {
      exchange.sendResponse(answer(exchange.getRequest()));
    }

    @Override
    public void deliverResponse(Exchange exchange, Response response) {
      // Nothing is asked from here.
    }
  }

  /**
   * An acknowledgement or reset carries no request (RFC 7252 §4.2); Californium takes it for one.
   */
  private static final class OnlyRequests extends MessageInterceptorAdapter {
    @Override
    public void receiveRequest(Request request) {
      if (request.getType() != CoAP.Type.CON && request.getType() != CoAP.Type.NON) {
        request.setCanceled(true);
      }
    }
  }

  private final class GatedConnector extends UDPConnector {
    GatedConnector(InetSocketAddress address, Configuration settings) {
      super(address, settings);
    }

    @Override
    public void processDatagram(DatagramPacket datagram) {
      if (admits(datagram.getAddress())) {
        super.processDatagram(datagram);
      }
    }
  }

  private final class GatedFilter extends DtlsDatagramFilter {
    GatedFilter(Configuration settings) {
      super(settings);
    }

    @Override
    public boolean onReceiving(DatagramPacket packet) {
      return admits(packet.getAddress()) && super.onReceiving(packet);
    }
  }
}
