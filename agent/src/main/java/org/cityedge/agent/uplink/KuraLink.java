package org.cityedge.agent.uplink;

import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that speaks Kura's format over one of either protocol: what leaves is put into that
 * format, what comes is read from it, and all else is the other connection's. BIRTH is the first
 * that leaves; requests are subscribed to straight after it (wire.md §7).
 */
final class KuraLink implements MqttLink, MqttLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(KuraLink.class);

  /** Of a reply that nobody waits for to be confirmed. */
  private static final long UNASKED = Long.MIN_VALUE;

  private final KuraFormat format;
  private final Topics topics;
  private final Listener listener;

  /** Set once, before anything is sent. */
  private volatile @Nullable MqttLink link;

  /** Whether an order has a taker; what comes before that is known is taken. */
  private volatile boolean followsOrders = true;

  // Confined to the publisher thread.
  private boolean born;
  private boolean subscribing;

  KuraLink(KuraFormat format, Topics topics, Listener listener) {
    this.format = format;
    this.topics = topics;
    this.listener = listener;
  }

  /** Once: the connection that carries it, whose listener this is. */
  KuraLink over(MqttLink carrier) {
    link = carrier;
    return this;
  }

  private MqttLink link() {
    MqttLink carrier = link;
    if (carrier == null) {
      throw new IllegalStateException("over() comes first");
    }
    return carrier;
  }

  @Override
  public void connect() {
    link().connect();
  }

  @Override
  public Outgoing form(Outgoing message) {
    return link().form(format.form(message));
  }

  @Override
  public void publish(Outgoing message, long tag) throws IOException {
    link().publish(message, tag);
    if (message.topic().equals(format.topics().lifecycle("BIRTH"))) {
      born = true;
      if (subscribing) {
        link().subscribe(Set.of(format.topics().requests()));
      }
    }
  }

  /** One filter for whatever is asked for, and never before BIRTH. */
  @Override
  public void subscribe(Set<String> filters) throws IOException {
    subscribing = true;
    followsOrders = filters.contains(topics.configDesired());
    if (born) {
      link().subscribe(Set.of(format.topics().requests()));
    }
  }

  @Override
  public void confirm(Incoming message) {
    link().confirm(message);
  }

  @Override
  public void disconnect() {
    link().disconnect();
  }

  @Override
  public void discard() {
    link().discard();
  }

  @Override
  public void connected(Connack connack) {
    listener.connected(connack);
  }

  @Override
  public void puback(long tag, int reasonCode) {
    if (tag != UNASKED) {
      listener.puback(tag, reasonCode);
    }
  }

  @Override
  public void arrived(Incoming message) {
    String below = format.topics().below(message.topic());
    switch (KuraRequest.read(message, below, topics)) {
      case KuraRequest.Command(Incoming command) -> listener.arrived(command);
      case KuraRequest.Order(KuraRequest.Asker asker, Incoming document) -> {
        if (followsOrders) {
          tell(format.received(asker));
          listener.arrived(document);
        } else {
          tell(format.noOrders(asker));
          confirm(message);
        }
      }
      case KuraRequest.Nothing _ -> confirm(message);
      case KuraRequest.Unanswerable(String reason) -> {
        LOG.warn("A request cannot be answered. topic={} reason=\"{}\"", message.topic(), reason);
        confirm(message);
      }
      case KuraRequest.Malformed(KuraRequest.Asker asker, String reason) -> {
        tell(format.badRequest(asker, reason));
        confirm(message);
      }
    }
  }

  private void tell(Outgoing reply) {
    try {
      link().publish(reply, UNASKED);
    } catch (IOException e) {
      // The connection is over, and the asker with it.
      LOG.debug("A request is not answered: {}", e.getMessage());
    }
  }

  @Override
  public void suback(int code) {
    listener.suback(code);
  }

  @Override
  public void lost(Loss cause, String reason) {
    listener.lost(cause, reason);
  }
}
