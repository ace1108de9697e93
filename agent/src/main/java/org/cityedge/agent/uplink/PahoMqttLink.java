package org.cityedge.agent.uplink;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a connection by one of Eclipse Paho's two clients has in common: it is used once, its end is
 * told once, and it can be left however the client hangs. The clients' persistence, buffering and
 * automatic reconnect stay off: all three have known deadlocks and leaks (paho.mqtt.java #654,
 * #719, #763, #999, #1025), and the store is the only queue.
 */
abstract class PahoMqttLink implements MqttLink {
  /** Most that a clean DISCONNECT may take; it takes as long as writing it. */
  static final Duration DISCONNECT = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(PahoMqttLink.class);

  final Listener listener;
  final Pings pings = new Pings();
  private final CuttableSockets sockets;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean down = new AtomicBoolean();
  private volatile boolean answered;

  PahoMqttLink(CuttableSockets sockets, Listener listener) {
    this.sockets = sockets;
    this.listener = listener;
  }

  /** Sends CONNECT. */
  abstract void open() throws Exception;

  /** Ends the client, whatever state it is in; may hang. */
  abstract void end(boolean sendDisconnect) throws Exception;

  /** Frees what the client holds. */
  abstract void release() throws Exception;

  abstract void acknowledge(int packetIdentifier, int qos) throws Exception;

  /** What the client's exception means. */
  abstract LinkFault fault(Throwable exception);

  @Override
  public final void connect() {
    sockets.onReaderDeath(death -> lost(LinkFault.unreadable(death)));
    try {
      open();
    } catch (Exception e) { // each client has its own
      lost(e);
    }
  }

  @Override
  public final void confirm(Incoming message) {
    if (message.qos() == 0 || over.get()) {
      return;
    }
    try {
      acknowledge(message.packetIdentifier(), message.qos());
    } catch (Exception e) { // each client has its own
      // The connection is gone; the broker delivers the message again.
      LOG.debug("PUBACK not sent. reason={}", fault(e).text());
    }
  }

  @Override
  public final void disconnect() {
    over.set(true);
    try {
      // Paho waits on for an answer to it, and there is none.
      Thread _ = shutDown(true);
      if (!sockets.awaitDisconnect(DISCONNECT)) {
        LOG.debug("DISCONNECT could not be written in time.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public final void discard() {
    over.set(true);
    pings.stop();
    // A frozen peer can hold the client's own shutdown for long; the socket's end cannot be held.
    sockets.cut();
    shutDown(false);
  }

  /** Once, on a thread of its own, since Paho's shutdown has been seen to hang. */
  private Thread shutDown(boolean sendDisconnect) {
    return Thread.ofVirtual()
        .name("mqtt-discard")
        .start(
            () -> {
              if (down.compareAndSet(false, true)) {
                shutDownNow(sendDisconnect);
              }
            });
  }

  private void shutDownNow(boolean sendDisconnect) {
    try {
      end(sendDisconnect);
    } catch (Exception e) { // a client that is already going down answers with many kinds
      LOG.debug("The client was not connected any more. reason={}", fault(e).text());
    } finally {
      sockets.cut();
      close();
    }
  }

  private void close() {
    try {
      release();
    } catch (Exception e) { // as above
      LOG.debug("The client was closed already. reason={}", fault(e).text());
    }
  }

  final void answered(Connack connack) {
    answered = true;
    listener.connected(connack);
  }

  final boolean isOver() {
    return over.get();
  }

  final void lost(Throwable exception) {
    lost(fault(exception));
  }

  final void lost(LinkFault fault) {
    // Whoever finds the connection over finds out why.
    synchronized (over) {
      if (over.compareAndSet(false, true)) {
        boolean ended = fault.cause() == Loss.NETWORK && !fault.equals(LinkFault.NO_ANSWER);
        boolean refused = ended && !answered && sockets.certificateAsked();
        LinkFault told = refused ? LinkFault.CERTIFICATE_REFUSED : fault;
        listener.lost(told.cause(), told.text());
      }
    }
  }

  /**
   * The client while it may be used.
   *
   * @throws IOException when the connection is over
   */
  final <C> C connected(@Nullable C client) throws IOException {
    synchronized (over) {
      if (client == null || isOver()) {
        throw new IOException("the connection is over");
      }
      return client;
    }
  }

  /** For a message that the client does not take. */
  final IOException notTaken(Exception e) {
    return new IOException(fault(e).text(), e);
  }

  /**
   * Tells how SUBSCRIBE was answered.
   *
   * @param codes one for each filter, from 0x80 a refusal
   */
  final void subscribed(Set<String> filters, int[] codes) {
    int worst = 0;
    for (int code : codes) {
      worst = Math.max(worst, code);
    }
    if (worst >= 0x80) {
      LOG.warn("A subscription is refused. filters={} code={}", filters, worst);
    }
    listener.suback(worst);
  }

  final void notSubscribed(Set<String> filters, Throwable exception) {
    LOG.warn("The subscription failed. filters={} reason={}", filters, fault(exception).text());
  }
}
