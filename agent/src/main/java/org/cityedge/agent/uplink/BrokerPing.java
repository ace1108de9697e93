package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.cityedge.agent.uplink.kura.KuraPayload;
import org.jspecify.annotations.Nullable;

/**
 * Goes the agent's own way to a broker, stage by stage, beside a running agent: with the client id
 * {@code GATEWAY-ping}, Clean Start 1, no session and no will, so that it neither takes the agent's
 * connection over nor touches what is retained. It subscribes to the gateway's commands, as the
 * agent does, and publishes to {@code G/cmd-res/ping}: a branch that a gateway may write to, under
 * a requester's name that nobody has, so that no consumer takes it for an answer or for data. With
 * Kura's format it subscribes to {@code $EDC/account/gateway/#} and publishes to {@code
 * account/gateway/CITY-V1/ping}.
 *
 * <p>One call at a time. Each wait is bounded.
 */
public final class BrokerPing {
  private static final String REQUESTER = "ping";

  private static final String NO_RETAIN =
      "; it retains nothing, so it will refuse the agent, whose will is retained, with 0x9a: "
          + LinkFault.ALLOW_RETAIN;

  /** How a stage went. */
  public enum Mark {
    OK,
    /** Delivers, but not all is as it should be. */
    WARNING,
    FAILED
  }

  /**
   * One stage.
   *
   * @param text what was found; of a failure the cause and the cure
   */
  public record Stage(String name, Mark mark, double millis, String text) {}

  /** All stages up to the last or the failed one. */
  public record Outcome(URI broker, List<Stage> stages) {
    public Outcome {
      stages = List.copyOf(stages);
    }

    public boolean failed() {
      return stages.stream().anyMatch(stage -> stage.mark() == Mark.FAILED);
    }

    public boolean warned() {
      return stages.stream().anyMatch(stage -> stage.mark() == Mark.WARNING);
    }
  }

  /** What the link tells, with the time. */
  private sealed interface Told {
    record Connecting() implements Told {}

    record Connected(InetSocketAddress address) implements Told {}

    record Secured(SSLSession session) implements Told {}

    record Admitted(MqttLink.Connack connack) implements Told {}

    record Subscribed(int code) implements Told {}

    record Puback(int code) implements Told {}

    record Lost(String reason) implements Told {}
  }

  private final PahoLinks links;
  private final Topics topics;
  private final Optional<KuraTopics> kura;
  private final Duration patience;
  private final InstantSource clock;
  private final LongSupplier nanos;

  /** With the agent's own patience. */
  public BrokerPing(
      UplinkConfig config,
      Credentials credentials,
      Topics topics,
      InstantSource clock,
      LongSupplier nanos) {
    this(config, credentials, topics, Timing.DEFAULT.connect(), clock, nanos);
  }

  /**
   * @param patience longest wait for each answer, at least 1 s
   */
  public BrokerPing(
      UplinkConfig config,
      Credentials credentials,
      Topics topics,
      Duration patience,
      InstantSource clock,
      LongSupplier nanos) {
    Timing usual = Timing.DEFAULT;
    Timing timing =
        new Timing(
            patience,
            usual.stall(),
            usual.settle(),
            usual.stable(),
            usual.willDelay(),
            usual.minDelay(),
            usual.maxDelay());
    this.links = new PahoLinks(config, credentials, topics, timing, clock, nanos);
    this.patience = patience;
    this.topics = topics;
    this.kura = config.kuraAccount().map(account -> new KuraTopics(account, topics.gateway()));
    this.clock = clock;
    this.nanos = nanos;
  }

  /**
   * @param count messages to publish, one after the other, 1..1000
   */
  public Outcome ping(URI broker, int count) throws InterruptedException {
    return new Run(broker).go(count);
  }

  /** One connection. */
  private final class Run implements MqttLink.Listener, Line.Watcher {
    private final URI broker;
    private final List<Stage> stages = new ArrayList<>();
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private long since = nanos.getAsLong();

    Run(URI broker) {
      this.broker = broker;
    }

    Outcome go(int count) throws InterruptedException {
      if (resolve()) {
        try {
          String clientId = topics.gateway() + "-" + REQUESTER;
          PahoLinks.Wish wish =
              new PahoLinks.Wish(clientId, PahoLinks.Session.NONE, Optional.empty());
          use(links.open(broker, wish, this, this), count);
        } catch (IOException e) {
          end("credentials", Mark.FAILED, String.valueOf(e.getMessage()));
        }
      }
      return new Outcome(broker, stages);
    }

    private void use(MqttLink link, int count) throws InterruptedException, IOException {
      try {
        link.connect();
        if (connect() && subscribe(link) && publish(link, count)) {
          link.disconnect();
          // Most of its time is the second that Paho grants DISCONNECT to leave.
          end("disconnect", Mark.OK, "DISCONNECT 0x00");
        }
      } finally {
        link.discard();
      }
    }

    private boolean resolve() throws InterruptedException {
      BlockingQueue<Object> found = new LinkedBlockingQueue<>();
      // The resolver waits as long as it likes, so it has a thread that may be left behind.
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  found.add(InetAddress.getAllByName(broker.getHost()));
                } catch (UnknownHostException e) {
                  found.add(e);
                }
              });
      Object result = found.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      return switch (result) {
        case InetAddress[] all ->
            end(
                "resolve",
                Mark.OK,
                Arrays.stream(all)
                    .map(InetAddress::getHostAddress)
                    .collect(Collectors.joining(" ")));
        case UnknownHostException _ ->
            end("resolve", LinkFault.of(new UnknownHostException(broker.getHost())));
        case null, default ->
            end("resolve", LinkFault.network("no answer in time", "check the gateway's DNS"));
      };
    }

    /** TCP, TLS and CONNECT, which the link does in one. */
    private boolean connect() throws InterruptedException {
      String stage = "tcp";
      while (true) {
        switch (next()) {
          // What came before was reading files and loading classes, not the network.
          case Told.Connecting() -> since = nanos.getAsLong();
          case Told.Connected(InetSocketAddress address) -> {
            end(stage, Mark.OK, address.getAddress().getHostAddress() + ":" + address.getPort());
            stage = PahoLinks.isSecure(broker) ? "tls" : "connect";
          }
          case Told.Secured(SSLSession session) -> {
            end(stage, Mark.OK, describe(session));
            stage = "connect";
          }
          case Told.Admitted(MqttLink.Connack connack) -> {
            // In Kura's format nothing is retained, not even the will.
            boolean serves = connack.retainAvailable() || kura.isPresent();
            return end(
                stage,
                serves ? Mark.OK : Mark.FAILED,
                describe(connack) + (serves ? "" : NO_RETAIN));
          }
          case Told.Lost(String reason) -> {
            return end(stage, Mark.FAILED, reason);
          }
          case null, default -> {
            return end(stage, LinkFault.network("no answer in time", "see the broker's log"));
          }
        }
      }
    }

    private boolean subscribe(MqttLink link) throws InterruptedException, IOException {
      String filter = kura.map(KuraTopics::requests).orElseGet(topics::commands);
      link.subscribe(Set.of(filter));
      return switch (next()) {
        case Told.Subscribed(int code) when code < 0x80 -> end("subscribe", Mark.OK, filter);
        case Told.Subscribed(int code) ->
            end(
                "subscribe",
                Mark.WARNING,
                String.format(
                    "%s is refused with 0x%02x, no command can arrive; let the broker's access list allow it",
                    filter, code));
        case Told.Lost(String reason) -> end("subscribe", Mark.FAILED, reason);
        case null, default ->
            end("subscribe", LinkFault.network("no SUBACK in time", "see the broker's log"));
      };
    }

    private boolean publish(MqttLink link, int count) throws InterruptedException, IOException {
      Outgoing message = message();
      String topic = message.topic();
      double least = Double.MAX_VALUE;
      double most = 0;
      boolean heard = true;
      for (int i = 1; i <= count; i++) {
        long sent = nanos.getAsLong();
        link.publish(link.form(message), i);
        int code;
        switch (next()) {
          case Told.Puback(int reasonCode) -> code = reasonCode;
          case Told.Lost(String reason) -> {
            return end("publish", Mark.FAILED, reason);
          }
          case null, default -> {
            return end("publish", LinkFault.network("no PUBACK in time", "see the broker's log"));
          }
        }
        if (code >= 0x80) {
          return end(
              "publish",
              Mark.FAILED,
              topic
                  + " is refused with "
                  + PubackReason.text(code)
                  + "; let the broker's access list allow it");
        }
        heard &= PubackReason.of(code) != PubackReason.NO_MATCHING_SUBSCRIBERS;
        double millis = (nanos.getAsLong() - sent) / 1e6;
        least = Math.min(least, millis);
        most = Math.max(most, millis);
      }
      return end(
          "publish",
          Mark.OK,
          String.format(
              "%d x PUBACK in %.1f..%.1f ms, %s%s",
              count, least, most, topic, heard ? "" : " (nobody subscribes to it)"));
    }

    private Outgoing message() {
      String topic = topics.commandResponse(REQUESTER);
      byte[] payload = "{\"ok\":true,\"code\":\"PING\"}".getBytes(StandardCharsets.UTF_8);
      Topics.Delivery delivery = topics.delivery(topic);
      return kura.map(
              to ->
                  new Outgoing(
                      to.data(REQUESTER),
                      new KuraPayload(
                              OptionalLong.of(clock.millis()),
                              Optional.empty(),
                              Map.of(),
                              Optional.of(payload))
                          .encode(),
                      delivery,
                      KuraFormat.CONTENT_TYPE,
                      Map.of()))
          .orElseGet(
              () -> new Outgoing(topic, payload, delivery, CloudEvents.RECORD_CONTENT, Map.of()));
    }

    private @Nullable Told next() throws InterruptedException {
      return told.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean end(String stage, LinkFault fault) {
      return end(stage, Mark.FAILED, fault.text());
    }

    /** Books a stage; whether to go on. */
    private boolean end(String stage, Mark mark, String text) {
      long now = nanos.getAsLong();
      stages.add(new Stage(stage, mark, (now - since) / 1e6, text));
      since = now;
      return mark != Mark.FAILED;
    }

    @Override
    public void connecting() {
      told.add(new Told.Connecting());
    }

    @Override
    public void connected(InetSocketAddress address) {
      told.add(new Told.Connected(address));
    }

    @Override
    public void secured(SSLSession session) {
      told.add(new Told.Secured(session));
    }

    @Override
    public void connected(MqttLink.Connack connack) {
      told.add(new Told.Admitted(connack));
    }

    @Override
    public void suback(int code) {
      told.add(new Told.Subscribed(code));
    }

    @Override
    public void puback(long tag, int reasonCode) {
      told.add(new Told.Puback(reasonCode));
    }

    @Override
    public void arrived(Incoming message) {
      // A command; it is the agent's, whose own session has it too.
    }

    @Override
    public void lost(MqttLink.Loss cause, String reason) {
      told.add(new Told.Lost(reason));
    }
  }

  private String describe(SSLSession session) {
    try {
      X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
      Expiry expiry = Expiry.of("broker", certificate);
      return "%s %s, for %s, ends %s (%d days)"
          .formatted(
              session.getProtocol(),
              session.getCipherSuite(),
              String.join(" ", PinnedTrust.names(certificate)),
              expiry.until(),
              expiry.daysLeft(clock.instant()));
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("a broker without a certificate was let through", e);
    }
  }

  private static String describe(MqttLink.Connack connack) {
    return "CONNACK 0x00, session %s, receive maximum %d, packet %s, topic aliases %d%s"
        .formatted(
            connack.sessionPresent() ? "present" : "fresh",
            connack.receiveMaximum(),
            connack.maximumPacketSize() == Long.MAX_VALUE
                ? "without limit"
                : "<= " + connack.maximumPacketSize(),
            connack.topicAliasMaximum(),
            connack.serverKeepAlive().map(d -> ", keep alive " + d.toSeconds() + " s").orElse(""));
  }
}
