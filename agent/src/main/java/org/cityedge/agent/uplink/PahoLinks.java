package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLSession;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes links by Eclipse Paho's clients, as the configuration says. Any thread. */
final class PahoLinks implements MqttLink.Factory {
  private static final Logger LOG = LoggerFactory.getLogger(PahoLinks.class);

  static final int MQTT_PORT = 1883;
  static final int MQTTS_PORT = 8883;

  /** What a connection wants of the broker beside its address. */
  record Wish(String clientId, Session session, Optional<Outgoing> will) {}

  /** What becomes of the session at the broker. */
  enum Session {
    /** Taken up, and it outlives the connection: Clean Start 0 and a Session Expiry Interval. */
    KEPT,
    /** Not taken up, and it outlives the connection, which MQTT 3.1.1 cannot say. */
    RENEWED,
    /** Neither taken up nor left. */
    NONE
  }

  private final UplinkConfig config;
  private final Credentials credentials;
  private final Topics topics;
  private final Timing timing;
  private final InstantSource clock;
  private final CertificateWatch certificates;
  private final Progress progress = new Progress();

  /**
   * @param timing gives the will delay (MQTT 5 §3.1.3.2.2) and the limit of the TCP connection
   */
  PahoLinks(
      UplinkConfig config,
      Credentials credentials,
      Topics topics,
      Timing timing,
      InstantSource clock,
      LongSupplier nanos) {
    this.config = config;
    this.credentials = credentials;
    this.topics = topics;
    this.timing = timing;
    this.clock = clock;
    this.certificates = new CertificateWatch(clock, nanos);
  }

  @Override
  public MqttLink open(URI broker, Outgoing will, MqttLink.Listener listener) throws IOException {
    return open(broker, Session.KEPT, will, listener);
  }

  @Override
  public MqttLink renew(URI broker, Outgoing will, MqttLink.Listener listener) throws IOException {
    return open(broker, Session.RENEWED, will, listener);
  }

  private MqttLink open(URI broker, Session session, Outgoing will, MqttLink.Listener listener)
      throws IOException {
    if (config.kuraAccount().isEmpty()) {
      Wish wish = new Wish(topics.gateway(), session, Optional.of(will));
      return open(broker, wish, listener, progress);
    }
    KuraFormat format = new KuraFormat(config.kuraAccount().get(), topics, clock);
    KuraLink kura = new KuraLink(format, topics, listener);
    Wish wish = new Wish(topics.gateway(), session, Optional.of(format.form(will)));
    return kura.over(open(broker, wish, kura, progress));
  }

  /**
   * As {@link #open(URI, Outgoing, MqttLink.Listener)}, with another wish.
   *
   * @param watcher hears of the steps before CONNECT
   */
  MqttLink open(URI broker, Wish wish, MqttLink.Listener listener, Line.Watcher watcher)
      throws IOException {
    // Read anew each time, so that a changed file counts from the next connection.
    Optional<String> password = Optional.empty();
    if (config.passwordRef().isPresent()) {
      password = Optional.of(credentials.secrets().read(config.passwordRef().get()));
    }
    Optional<TlsContext> tls = tls(broker);
    CuttableSockets sockets = new CuttableSockets(tls, new Noting(tls, watcher));
    // Whether it is TLS is the socket's affair: Paho's own TLS can hang when it is cut.
    String server = "tcp://" + broker.getHost() + ":" + port(broker);
    return switch (config.protocol()) {
      case MQTT_5 -> {
        MqttConnectionOptions options = PahoPackets.connect(config, timing, wish);
        config.user().ifPresent(options::setUserName);
        password.ifPresent(text -> options.setPassword(text.getBytes(StandardCharsets.UTF_8)));
        yield new Mqtt5Link(server, wish.clientId(), options, topics, sockets, listener);
      }
      case MQTT_3_1_1 -> {
        MqttConnectOptions options = Mqtt311Link.options(config, timing, wish);
        config.user().ifPresent(options::setUserName);
        password.ifPresent(text -> options.setPassword(text.toCharArray()));
        yield new Mqtt311Link(server, wish.clientId(), options, config.window(), sockets, listener);
      }
    };
  }

  /**
   * A TCP connection, with {@code mqtts} the TLS handshake as well, closed again at once: a broker
   * whose certificate will not do must not draw a gateway away from one that serves. What CONNECT
   * would say is not known by it, since another session under our name could end the first one.
   *
   * @see Probe
   */
  boolean answers(URI broker, Duration limit) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(broker.getHost(), port(broker)), Math.toIntExact(limit.toMillis()));
      Optional<TlsContext> tls = tls(broker);
      if (tls.isPresent()) {
        socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
        tls.get().over(socket, broker.getHost(), port(broker)).startHandshake();
      }
      return true;
    } catch (IOException e) {
      LOG.debug("A better broker does not answer. broker={} reason={}", broker, e.getMessage());
      return false;
    }
  }

  private Optional<TlsContext> tls(URI broker) throws IOException {
    if (!isSecure(broker)) {
      return Optional.empty();
    }
    UplinkConfig.Tls files =
        config.tls().orElseThrow(() -> new IOException("mqtts:// needs the section uplink.tls"));
    return Optional.of(credentials.tls(files, clock));
  }

  @Override
  public Optional<CertificateWatch> certificates() {
    return Optional.of(certificates);
  }

  static boolean isSecure(URI broker) {
    return "mqtts".equals(broker.getScheme());
  }

  static int port(URI broker) {
    int standard = isSecure(broker) ? MQTTS_PORT : MQTT_PORT;
    return broker.getPort() < 0 ? standard : broker.getPort();
  }

  /** For whom the steps are of no interest. */
  static final Line.Watcher NOBODY =
      new Line.Watcher() {
        @Override
        public void connecting() {}

        @Override
        public void connected(InetSocketAddress address) {}

        @Override
        public void secured(SSLSession session) {}
      };

  @Override
  public Reached reached() {
    return progress.reached;
  }

  /** Remembers how far the newest connection came. */
  private static final class Progress implements Line.Watcher {
    private volatile Reached reached = Reached.NOTHING;

    @Override
    public void connecting() {
      reached = Reached.NOTHING;
    }

    @Override
    public void connected(InetSocketAddress address) {
      reached = Reached.TCP;
    }

    @Override
    public void secured(SSLSession session) {
      reached = Reached.TLS;
    }
  }

  /** Remembers the certificates of each handshake. */
  private final class Noting implements Line.Watcher {
    private final Optional<TlsContext> tls;
    private final Line.Watcher next;

    Noting(Optional<TlsContext> tls, Line.Watcher next) {
      this.tls = tls;
      this.next = next;
    }

    @Override
    public void connecting() {
      next.connecting();
    }

    @Override
    public void connected(InetSocketAddress address) {
      next.connected(address);
    }

    @Override
    public void secured(SSLSession session) {
      tls.ifPresent(context -> certificates.seen(context.expiries(session)));
      next.secured(session);
    }
  }
}
