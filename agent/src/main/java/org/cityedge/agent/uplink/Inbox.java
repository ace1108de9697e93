package org.cityedge.agent.uplink;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.cityedge.agent.care.Turn;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes from the centre, handed to its handlers one at a time on the thread {@code
 * uplink-inbox}; each message is confirmed when its handler returns. Outlives the publishers that
 * orders put in each other's place, one at a time of which connects. Any thread.
 *
 * <p>What a connection has left here when it ends waits for the next CONNACK, and what that one
 * brings waits behind it. A broker that still has the session sends it again, so that the first
 * copy is let go, for what comes twice would be handled twice. From any other broker or session it
 * never comes again, and is handled. With QoS 0 nothing comes again, and nothing waits.
 *
 * <p>A confirmation can be lost with its connection, and what is being handled when that breaks is
 * confirmed on none: the broker sends it again, on the next connection or when the gateway comes
 * back from another broker. It is then confirmed and not handled again ({@link Handled}).
 *
 * <p>Holds at most {@value #MOST} messages: as many as a broker may have in flight with MQTT 5, and
 * as many left by earlier connections, of which the oldest gives way to what comes now. A message
 * with QoS 0, or over MQTT 3.1.1, where nothing says how many may be in flight, is dropped when
 * there is no room even so.
 */
public final class Inbox implements AutoCloseable {
  public static final String THREAD = "uplink-inbox";
  static final int MOST = 2 * PahoPackets.RECEIVE_MAXIMUM;

  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  /**
   * @param connection tells it from those before and after it
   */
  private record Arrival(Incoming message, MqttLink link, URI broker, int connection) {}

  private final Map<String, Consumer<Incoming>> handlers;
  private final Turn turn = new Turn();

  // Guarded by this.
  private final Deque<Arrival> arrivals = new ArrayDeque<>();

  /** Of connections that are over; whether it comes again is not known yet. */
  private final Deque<Arrival> left = new ArrayDeque<>();

  private final Handled handled = new Handled();

  /** Connections so far. */
  private int connections;

  /** The connection that stands or is being made. */
  private @Nullable MqttLink standing;

  /** Whether its CONNACK has come. */
  private boolean answered;

  private boolean closed;

  /**
   * @param handlers by topic filter ({@link Topics#commands} and its like); called on the inbox's
   *     thread. Nothing is subscribed to when empty
   */
  public Inbox(Map<String, Consumer<Incoming>> handlers) {
    this.handlers = Map.copyOf(handlers);
  }

  Set<String> filters() {
    return handlers.keySet();
  }

  /** At work while a message is being handled. */
  public Turn turn() {
    return turn;
  }

  /** Begins; once. */
  public void start() {
    if (!handlers.isEmpty()) {
      Thread.ofVirtual().name(THREAD).start(this::run);
    }
  }

  /** A connection is made, before anything comes of it. */
  synchronized void begins(MqttLink link) {
    standing = link;
    connections++;
    answered = false;
  }

  /** A broker has no session, so nothing of the one before comes again. */
  synchronized void sessionBegins(URI broker) {
    handled.forget(broker);
  }

  /**
   * CONNACK has come.
   *
   * @param sendsAgain whether it is of the broker and the session of the connection before, so that
   *     what was not confirmed there comes again
   */
  synchronized void connected(MqttLink link, boolean sendsAgain) {
    List<Arrival> earlier = takeIf(left, arrival -> arrival.link() != link);
    if (!sendsAgain) {
      List<Arrival> brought = takeIf(arrivals, arrival -> arrival.link() == link);
      arrivals.addAll(earlier);
      arrivals.addAll(brought);
    }
    answered |= link == standing;
    notifyAll();
  }

  /** It is over: what it brought and waits here is left. Any thread. */
  synchronized void over(MqttLink link) {
    if (link == standing) {
      standing = null;
      left.addAll(takeIf(arrivals, arrival -> arrival.link() == link && comesAgain(arrival)));
      notifyAll();
    }
  }

  private static List<Arrival> takeIf(Deque<Arrival> from, Predicate<Arrival> wanted) {
    List<Arrival> taken = from.stream().filter(wanted).toList();
    from.removeIf(wanted);
    return taken;
  }

  /** MQTT 5 §4.4: from a broker that has the session, until it is confirmed. */
  private static boolean comesAgain(Arrival arrival) {
    return arrival.message().qos() > 0;
  }

  /**
   * Any thread; never waits for a handler.
   *
   * @param broker at the other end of the link
   */
  synchronized void arrived(Incoming message, MqttLink link, URI broker) {
    if (closed) {
      return;
    }
    if (arrivals.size() + left.size() >= MOST && !giveWay(link)) {
      LOG.warn("A message is dropped, too many wait. topic={}", message.topic());
      return;
    }
    // The client's threads may bring something after the end.
    int connection = link == standing ? connections : connections - 1;
    Arrival arrival = new Arrival(message, link, broker, connection);
    boolean late = link != standing && comesAgain(arrival);
    (late ? left : arrivals).add(arrival);
    notifyAll();
  }

  /** Whether something older than the connection gives way. */
  private boolean giveWay(MqttLink link) {
    for (Deque<Arrival> waiting : List.of(arrivals, left)) {
      for (Arrival arrival : waiting) {
        if (arrival.link() != link) {
          waiting.remove(arrival);
          LOG.warn(
              "A message of an earlier connection is dropped, too many wait. topic={}",
              arrival.message().topic());
          return true;
        }
      }
    }
    return false;
  }

  private void run() {
    try {
      for (Arrival next = take(); next != null; next = take()) {
        turn.begin();
        if (wasHandled(next)) {
          LOG.info("A message was handled before. topic={}", next.message().topic());
        } else {
          handle(next.message());
          handled(next);
        }
        next.link().confirm(next.message());
        turn.end();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next one, waiting for it; null once closed. */
  private synchronized @Nullable Arrival take() throws InterruptedException {
    while (!closed && !isFree(arrivals.peek())) {
      wait();
    }
    return closed ? null : arrivals.poll();
  }

  /** Whether nothing that came before it may still have to be handled. */
  private boolean isFree(@Nullable Arrival next) {
    return next != null
        && (answered || left.isEmpty() || next.link() != standing || !comesAgain(next));
  }

  private synchronized boolean wasHandled(Arrival arrival) {
    return handled.knows(arrival.broker(), arrival.message(), arrival.connection());
  }

  private synchronized void handled(Arrival arrival) {
    handled.add(arrival.broker(), arrival.message(), arrival.connection());
  }

  private void handle(Incoming message) {
    for (Map.Entry<String, Consumer<Incoming>> entry : handlers.entrySet()) {
      if (matches(entry.getKey(), message.topic())) {
        try {
          entry.getValue().accept(message);
        } catch (RuntimeException e) {
          // Confirmed all the same: what fails once would fail at every delivery.
          LOG.error("A handler failed. topic={}", message.topic(), e);
        }
      }
    }
  }

  /** MQTT 5 §4.7, without {@code #}, which no filter here uses. */
  static boolean matches(String filter, String topic) {
    String[] levels = filter.split("/", -1);
    String[] names = topic.split("/", -1);
    if (levels.length != names.length) {
      return false;
    }
    for (int i = 0; i < levels.length; i++) {
      if (!levels[i].equals("+") && !levels[i].equals(names[i])) {
        return false;
      }
    }
    return true;
  }

  /** The message being handled is finished; what waits is left to a broker that has the session. */
  @Override
  public synchronized void close() {
    closed = true;
    arrivals.clear();
    left.clear();
    notifyAll();
  }
}
