package org.cityedge.agent.uplink;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.cityedge.agent.care.Turn;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes from the centre, handed to its handlers one at a time on the thread {@code
 * uplink-inbox}. Holds as many messages as the broker may have in flight; each is confirmed when
 * its handler returns, and what an earlier connection has left here gives way, since the broker
 * sends it again, and what would come twice is handled once: so with QoS 1 over MQTT 5 the queue
 * cannot overflow. A message with QoS 0, or over MQTT 3.1.1, where nothing says how many may be in
 * flight, is dropped when it finds the queue full.
 */
final class Inbox implements AutoCloseable {
  static final String THREAD = "uplink-inbox";

  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private sealed interface Signal {}

  private record Arrival(Incoming message, MqttLink link) implements Signal {}

  private record Stop() implements Signal {}

  private final Map<String, Consumer<Incoming>> handlers;
  private final BlockingQueue<Signal> arrivals =
      new ArrayBlockingQueue<>(PahoPackets.RECEIVE_MAXIMUM);
  private final Turn turn = new Turn();
  private volatile boolean closed;

  /** The connection that stands; what it brings can be confirmed. */
  private final AtomicReference<@Nullable MqttLink> standing = new AtomicReference<>();

  /**
   * @param handlers by topic filter; called on the inbox's thread
   */
  Inbox(Map<String, Consumer<Incoming>> handlers) {
    this.handlers = Map.copyOf(handlers);
  }

  Set<String> filters() {
    return handlers.keySet();
  }

  /** At work while a message is being handled. */
  Turn turn() {
    return turn;
  }

  void start() {
    if (!handlers.isEmpty()) {
      Thread.ofVirtual().name(THREAD).start(this::run);
    }
  }

  /** A connection is made, before anything comes of it. */
  void begins(MqttLink link) {
    standing.set(link);
  }

  /** It is over: what it brought and waits here comes again. Any thread. */
  void over(MqttLink link) {
    standing.compareAndSet(link, null);
  }

  /** Any thread; never waits. */
  void arrived(Incoming message, MqttLink link) {
    Arrival arrival = new Arrival(message, link);
    if (closed || arrivals.offer(arrival)) {
      return;
    }
    arrivals.removeIf(waiting -> waiting instanceof Arrival earlier && earlier.link() != link);
    if (!arrivals.offer(arrival)) {
      LOG.warn("A message is dropped, too many wait. topic={}", message.topic());
    }
  }

  private void run() {
    try {
      while (arrivals.take() instanceof Arrival(Incoming message, MqttLink link)) {
        if (message.qos() > 0 && link != standing.get()) {
          continue;
        }
        turn.begin();
        handle(message);
        link.confirm(message);
        turn.end();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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

  /** The message being handled is finished; what waits comes again with the session. */
  @Override
  public void close() {
    closed = true;
    do {
      arrivals.clear();
    } while (!arrivals.offer(new Stop()));
  }
}
