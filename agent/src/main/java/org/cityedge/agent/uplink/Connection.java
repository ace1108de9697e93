package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.cityedge.buffer.EventStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection from the attempt to its end: CONNECT, the gateway's state, then the drain until
 * the connection fails, stops delivering, or the publisher stops. Confined to the publisher thread,
 * but for the listener's methods, which only hand over.
 */
final class Connection implements MqttLink.Listener {
  /** AWS IoT's limit, the smallest of the usual brokers'. */
  static final int MAX_PACKET_BYTES = 128 * 1024;

  private static final long STATE_TAG = -1;
  private static final long HEALTH_TAG = -2;
  private static final long FAREWELL_TAG = -3;

  /** The reason in {@code G/state} at a broker that is left for a better one. */
  private static final String MOVED = "moved";

  /** Longest sleep without a signal. */
  private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /**
   * What all connections of a publisher share.
   *
   * @param stopping the reason, once the publisher is to stop
   * @param health the newest health message, taken when it is sent
   */
  record Shared(
      EventStore store,
      Topics topics,
      Statements statements,
      Retained retained,
      Consumer<String> onAlertDelivered,
      Inbox inbox,
      Signals signals,
      Tally tally,
      Timing timing,
      int window,
      Suspects suspects,
      Backoff quota,
      TokenBucket bucket,
      Subscription subscription,
      Ladder ladder,
      HostState host,
      AtomicReference<Optional<String>> stopping,
      AtomicReference<Optional<byte[]>> health,
      Restatement restatement,
      InstantSource clock,
      LongSupplier nanos) {}

  private final int number;
  private final URI broker;
  private final Shared shared;
  private final Homeward homeward;
  private final MqttLink link;
  private ConnectionEnd.Next next = new ConnectionEnd.Next.Listed();
  private OptionalLong greetedAt = OptionalLong.empty();
  private boolean farewellConfirmed;
  private @Nullable String lost;
  private MqttLink.Loss cause = MqttLink.Loss.NETWORK;
  private MqttLink.@Nullable Connack connack;

  /**
   * @param number tells this connection's signals from an older one's
   * @param homeward looks for a better broker; closed with the connection
   * @throws IOException when it cannot even be tried
   */
  Connection(int number, URI broker, Shared shared, Homeward homeward, MqttLink.Factory factory)
      throws IOException {
    this.number = number;
    this.broker = broker;
    this.shared = shared;
    this.homeward = homeward;
    Outgoing will = shared.statements().will();
    this.link =
        shared.subscription().renewsSession()
            ? factory.renew(broker, will, this)
            : factory.open(broker, will, this);
  }

  /** Returns when the connection is over; its link is discarded then. */
  ConnectionEnd run() throws InterruptedException {
    long connectedAt = shared.nanos().getAsLong();
    // What was meant for an earlier connection is old by now.
    shared.health().set(Optional.empty());
    shared.restatement().begin();
    shared.host().forget();
    try {
      if (stopping().isPresent()) {
        // Made too late: by now another publisher may have the inbox, and the client's id.
        return new ConnectionEnd(cause, "stopped", Duration.ZERO);
      }
      shared.inbox().begins(link);
      link.connect();
      MqttLink.Connack answer = awaitConnack();
      if (answer == null) {
        String none = "no CONNACK within " + shared.timing().connect().toSeconds() + " s";
        return new ConnectionEnd(cause, lost == null ? none : lost, Duration.ZERO);
      }
      connectedAt = shared.nanos().getAsLong();
      shared.tally().connected(broker);
      boolean goesOn = shared.retained().connected(broker, answer.sessionPresent());
      if (!answer.sessionPresent()) {
        shared.inbox().sessionBegins(broker);
      }
      shared.inbox().connected(link, goesOn);
      String reason = serve(answer);
      return new ConnectionEnd(cause, reason, since(connectedAt), next);
    } catch (IOException e) {
      String reason = lost == null ? String.valueOf(e.getMessage()) : lost;
      return new ConnectionEnd(cause, reason, since(connectedAt));
    } finally {
      shared.inbox().over(link);
      link.discard();
      homeward.close();
      shared.tally().disconnected(broker);
    }
  }

  private Duration since(long start) {
    return Duration.ofNanos(shared.nanos().getAsLong() - start);
  }

  private MqttLink.@Nullable Connack awaitConnack() throws InterruptedException {
    long deadline = shared.nanos().getAsLong() + shared.timing().connect().toNanos();
    while (connack == null && lost == null && stopping().isEmpty()) {
      long left = deadline - shared.nanos().getAsLong();
      if (left <= 0) {
        break;
      }
      handle(shared.signals().take(left), null);
    }
    return lost == null ? connack : null;
  }

  private String serve(MqttLink.Connack answer) throws IOException, InterruptedException {
    Drain drain =
        new Drain(
            shared,
            link,
            answer.window(shared.window()),
            Math.min(MAX_PACKET_BYTES, answer.maximumPacketSize()));
    try {
      greet(answer, drain);
      while (lost == null && stopping().isEmpty()) {
        Duration patience = shared.ladder().patience();
        if (drain.stalledFor(patience)) {
          String end = stalled(drain, patience);
          if (!end.isEmpty()) {
            return end;
          }
        }
        OptionalInt better = homeward.found();
        if (better.isPresent()) {
          return move(drain, better.getAsInt());
        }
        turn(drain, untilDue(drain, patience), true);
      }
      if (lost == null) {
        leave(drain);
      }
      return lost == null ? "stopped" : lost;
    } catch (IOException e) {
      // Why the link takes nothing any more waits behind what it has confirmed.
      act(shared.signals().poll(), drain);
      throw e;
    } finally {
      // What follows is chosen here only where the end was; and a dead reader reads no PUBACK.
      drain.end(next instanceof ConnectionEnd.Next.Listed && cause != MqttLink.Loss.UNREADABLE);
    }
  }

  private long untilDue(Drain drain, Duration patience) {
    long due = homeward.untilDue(drain.untilDue(IDLE_NANOS, patience));
    due = shared.subscription().untilDue(due);
    if (!drain.isHeld()) {
      due = shared.retained().untilDue(due);
    }
    if (drain.hasRoom()) {
      due = shared.restatement().untilDue(due);
    }
    long word = untilHostKnown();
    return word == 0 ? due : Math.min(due, word);
  }

  /** The next step of the ladder; the reason when it ends this connection, else empty. */
  private String stalled(Drain drain, Duration patience) throws IOException {
    Ladder.Step step = shared.ladder().stalled(!shared.subscription().isEmpty());
    LOG.warn(
        "Connected, and yet nothing is confirmed. broker={} seconds={} step={}",
        broker,
        patience.toSeconds(),
        step);
    if (step == Ladder.Step.RESUBSCRIBE) {
      drain.grantTime();
      shared.subscription().ask(link);
      return "";
    }
    shared.tally().stalls.increment();
    next =
        switch (step) {
          case RESUBSCRIBE, NEW_CLIENT, RESTART -> new ConnectionEnd.Next.Same();
          case NEXT_BROKER -> new ConnectionEnd.Next.Following();
        };
    return "no PUBACK for " + patience.toSeconds() + " s";
  }

  private void greet(MqttLink.Connack answer, Drain drain) throws IOException {
    LOG.info(
        "Connected to the broker. broker={} sessionPresent={} receiveMaximum={}",
        broker,
        answer.sessionPresent(),
        answer.receiveMaximum());
    shared.subscription().begin(link);
    drain.statement(shared.statements().online(), STATE_TAG);
    // The first turn need not wait for an answer.
    shared.signals().nudge();
  }

  /** Waits for a signal, acts on all that wait, then sends and settles what is due. */
  private void turn(Drain drain, long nanos, boolean refill)
      throws IOException, InterruptedException {
    act(shared.signals().take(nanos), drain);
    if (refill && lost == null) {
      shared.subscription().askDue(link);
      sendStatements(drain);
      holdForHost(drain);
      if (!drain.isHeld()) {
        // Else it would wait behind the hold, and be old by its end.
        shared.retained().tellDue();
      }
      drain.refill();
    }
    drain.settleDue();
  }

  /** Acts on the signal and on all that wait behind it. */
  private void act(Signals.@Nullable Signal first, Drain drain) {
    for (Signals.Signal signal = first; signal != null; signal = shared.signals().poll()) {
      handle(signal, drain);
    }
  }

  /** Until the consumer's word is here, or none has come in its time, nobody knows. */
  private void holdForHost(Drain drain) {
    // In this order: the word is there before it is known to be.
    boolean known = untilHostKnown() == 0;
    boolean away = shared.host().away();
    if (known) {
      shared.tally().held(away, shared.clock().instant());
    }
    drain.hold(away || !known);
  }

  private long untilHostKnown() {
    if (shared.host().known()) {
      return 0;
    }
    long since = greetedAt.isEmpty() ? 0 : shared.nanos().getAsLong() - greetedAt.getAsLong();
    return Math.max(0, HostState.WORD_WITHIN.toNanos() - since);
  }

  private String move(Drain drain, int index) throws IOException, InterruptedException {
    LOG.info(
        "A better broker answers; the connection moves there. from={} place={}", broker, index);
    leave(drain);
    if (lost == null) {
      next = new ConnectionEnd.Next.Home(index);
    }
    return lost == null ? "moved to a better broker" : lost;
  }

  /**
   * What is in flight gets its time, then the centre is told, then DISCONNECT. Where the broker
   * does not confirm the telling there is no DISCONNECT, so that the will is spoken: what a broker
   * retains must not say for ever that the gateway is online there.
   */
  private void leave(Drain drain) throws IOException, InterruptedException {
    long settle = shared.timing().settle().toNanos();
    long deadline = shared.nanos().getAsLong() + settle;
    // The last word has time of its own, however long the others wait.
    await(drain, deadline - settle / 4, drain::isQuiet);
    drain.settleNow();
    if (lost == null) {
      drain.statement(shared.statements().offline(stopping().orElse(MOVED)), FAREWELL_TAG);
      await(drain, deadline, () -> farewellConfirmed);
    }
    if (lost == null && farewellConfirmed) {
      link.disconnect();
    }
  }

  private void await(Drain drain, long deadline, BooleanSupplier done)
      throws IOException, InterruptedException {
    long left = deadline - shared.nanos().getAsLong();
    while (lost == null && !done.getAsBoolean() && left > 0) {
      turn(drain, Math.min(left, IDLE_NANOS), false);
      left = deadline - shared.nanos().getAsLong();
    }
  }

  private void sendStatements(Drain drain) throws IOException {
    if (drain.hasRoom() && shared.restatement().take()) {
      drain.statement(shared.statements().online(), STATE_TAG);
    }
    if (drain.hasRoom()) {
      Optional<byte[]> waiting = shared.health().getAndSet(Optional.empty());
      if (waiting.isPresent()) {
        drain.statement(shared.statements().health(waiting.get()), HEALTH_TAG);
      }
    }
  }

  private void handle(Signals.@Nullable Signal signal, @Nullable Drain drain) {
    switch (signal) {
      case Signals.Appended _ -> {
        if (drain != null) {
          drain.appended();
        }
      }
      case Signals.Connected(int from, MqttLink.Connack answer) -> {
        if (from == number) {
          connack = answer;
        }
      }
      case Signals.Puback(int from, long tag, int reasonCode) -> {
        if (from == number && drain != null) {
          if (tag == STATE_TAG && greetedAt.isEmpty()) {
            greetedAt = OptionalLong.of(shared.nanos().getAsLong());
          }
          farewellConfirmed |= tag == FAREWELL_TAG && reasonCode < 0x80;
          if (tag == STATE_TAG) {
            shared.restatement().answered(reasonCode);
          }
          drain.puback(tag, reasonCode);
        }
      }
      case Signals.Suback(int from, int reasonCode) -> {
        if (from == number) {
          shared.subscription().answered(reasonCode);
        }
      }
      case Signals.Lost(int from, MqttLink.Loss why, String reason) -> {
        if (from == number) {
          cause = why;
          lost = reason;
        }
      }
      case Signals.Nudge _ -> {}
      case null -> {}
    }
  }

  private Optional<String> stopping() {
    return shared.stopping().get();
  }

  @Override
  public void connected(MqttLink.Connack answer) {
    shared.signals().put(new Signals.Connected(number, answer));
  }

  @Override
  public void puback(long tag, int reasonCode) {
    shared.signals().put(new Signals.Puback(number, tag, reasonCode));
  }

  @Override
  public void suback(int code) {
    shared.signals().put(new Signals.Suback(number, code));
  }

  @Override
  public void arrived(Incoming message) {
    if (shared.host().heard(message)) {
      // Here and not in the inbox, where a slow handler would keep it from being heard.
      link.confirm(message);
      shared.signals().nudge();
    } else {
      shared.inbox().arrived(message, link, broker);
    }
  }

  @Override
  public void lost(MqttLink.Loss why, String reason) {
    shared.inbox().over(link);
    shared.signals().put(new Signals.Lost(number, why, reason));
  }
}
