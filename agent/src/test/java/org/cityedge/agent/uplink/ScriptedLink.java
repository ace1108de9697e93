package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A broker by script: it answers each PUBLISH as it is told, on the publisher's own thread. Whoever
 * looks at what was published has it held against the contract.
 */
final class ScriptedLink implements MqttLink.Factory {
  /** Answers that are no reason codes. */
  static final int WITHHELD = -1;

  static final int DROPPED = -2;

  /** What to answer to a message. */
  @FunctionalInterface
  interface Script {
    int answer(Outgoing message);
  }

  private record Owed(long tag, MqttLink.Listener listener) {}

  private final MqttLink.Connack connack;
  private final Script script;
  private final List<Outgoing> published = new CopyOnWriteArrayList<>();
  private final List<Owed> owed = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile MqttLink.@Nullable Listener newest;
  private volatile int mostOwed;
  private volatile boolean disconnected;
  private volatile IntSupplier suback = () -> 0;
  private final AtomicInteger subscribed = new AtomicInteger();

  ScriptedLink(MqttLink.Connack connack, Script script) {
    this.connack = connack;
    this.script = script;
  }

  /**
   * What was published so far.
   *
   * @throws AssertionError when a message did not keep the contract
   */
  List<Outgoing> published() {
    published.forEach(
        message ->
            assertThat(WireSchemas.problemsOfAny(WireSchemas.message(message)))
                .as(message.topic())
                .isEmpty());
    return published;
  }

  int connections() {
    return connections.get();
  }

  /** Most messages that were withheld at one time. */
  int mostOwed() {
    return mostOwed;
  }

  /** What each SUBSCRIBE is answered from here on; success unless told. */
  void answerSubscribe(IntSupplier codes) {
    suback = codes;
  }

  /** SUBSCRIBE packets so far. */
  int subscribed() {
    return subscribed.get();
  }

  boolean disconnected() {
    return disconnected;
  }

  /** Answers all that is withheld with success. */
  void release() {
    List<Owed> now = List.copyOf(owed);
    owed.removeAll(now);
    now.forEach(one -> one.listener().puback(one.tag(), 0));
  }

  /** A message to the gateway, on the newest connection. */
  void bring(Incoming message) {
    Objects.requireNonNull(newest).arrived(message);
  }

  /** Ends the newest connection. */
  void drop() {
    Objects.requireNonNull(newest).lost(MqttLink.Loss.NETWORK, "dropped");
  }

  @Override
  public MqttLink open(URI broker, Outgoing will, MqttLink.Listener listener) {
    newest = listener;
    return new Link(listener);
  }

  private final class Link implements MqttLink {
    private final Listener listener;
    private boolean broken;

    Link(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void connect() {
      connections.incrementAndGet();
      listener.connected(connack);
    }

    @Override
    public void publish(Outgoing message, long tag) throws IOException {
      if (broken) {
        return;
      }
      published.add(message);
      int answer = script.answer(message);
      if (answer == DROPPED) {
        broken = true;
        listener.lost(Loss.NETWORK, "dropped");
      } else if (answer == WITHHELD) {
        owed.add(new Owed(tag, listener));
        mostOwed = Math.max(mostOwed, owed.size());
      } else {
        listener.puback(tag, answer);
      }
    }

    @Override
    public void subscribe(Set<String> filters) {
      subscribed.incrementAndGet();
      listener.suback(suback.getAsInt());
    }

    @Override
    public void confirm(Incoming message) {}

    @Override
    public void disconnect() {
      disconnected = true;
    }

    @Override
    public void discard() {
      owed.clear();
    }
  }
}
