package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.cityedge.agent.care.Turn;
import org.cityedge.buffer.EventStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what waits in the store. Once started it connects to the first broker that answers,
 * keeps the window full with the most urgent events, settles what is confirmed, and begins anew
 * whenever the connection fails or stops delivering. It never gives up and never needs a broker to
 * start.
 *
 * <p>Owns the threads {@code publisher} (everything about the connection) and {@code
 * publisher-watch} (waits for the store). All methods may be called from any thread.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  private static final String THREAD = "publisher";
  private static final String WATCH_THREAD = "publisher-watch";

  /** How often the watch looks up although nothing was appended. */
  private static final Duration WATCH = Duration.ofSeconds(1);

  /** Longest wait for our own threads: more than the window's grace plus a commit on a bad disk. */
  private static final Duration STOP = Duration.ofSeconds(20);

  /**
   * What the publisher asks of the gateway.
   *
   * @param state what {@code G/state} says, asked at every connection; must not block
   * @param retained by topic, each appends again a document that a broker retains: the catalogue,
   *     the open alerts, the report of the configuration. Called on the publisher thread, where a
   *     broker may have none or an old one ({@link Retained}), so on the first connection in any
   *     case; false when the store refuses, then it is called again. Not while the drain is held
   * @param inbox takes what the centre says, and says what is subscribed to; neither started nor
   *     closed here
   * @param onAlertDelivered gets the event id of each alert that the broker has confirmed; called
   *     on the publisher thread, must not wait
   * @param restart asks for a restart of the process, the last thing that helps when every broker
   *     connects and none confirms; called on the publisher thread, must not wait. Whether it
   *     comes: it begins with {@link #stop}
   */
  public record Hooks(
      Supplier<StateDocument> state,
      Map<String, BooleanSupplier> retained,
      Inbox inbox,
      Consumer<String> onAlertDelivered,
      BooleanSupplier restart) {
    public Hooks {
      retained = Map.copyOf(retained);
    }
  }

  /**
   * How the uplink is doing; counters since the start.
   *
   * @param broker the one connected to or tried last
   * @param since how long the connection has stood, or has been missing
   * @param reconnects connections after the first one
   * @param stalls connections discarded because PUBACKs were missing
   * @param published PUBLISH packets of stored events
   * @param acknowledged events confirmed by the broker
   * @param rejected events that no broker will take, each covered by a loss receipt
   * @param nobodyListening confirmed with 0x10, no matching subscribers
   * @param certificate the one that ends first of those of the last connection: the gateway's, the
   *     broker's, the CA's; empty without TLS
   * @param heldSince since when the drain is held because the host at the centre is away; empty
   *     when it is not
   * @param deaf why nothing of the centre can arrive on this connection; empty when it can, and
   *     without a connection
   * @param lastFault one sentence for a person, free of secrets
   */
  public record Status(
      boolean connected,
      Optional<URI> broker,
      Duration since,
      long reconnects,
      long stalls,
      long published,
      long acknowledged,
      long rejected,
      long nobodyListening,
      Optional<Expiry> certificate,
      Optional<Instant> heldSince,
      Optional<String> deaf,
      Optional<String> lastFault) {}

  private final EventStore store;
  private final UplinkConfig config;
  private final MqttLink.Factory factory;
  private final Backoff reconnect;
  private final Probe probe;
  private final Connection.Shared shared;

  /** The watch never waits for long, so it beats. */
  private final Turn watchTurn = new Turn();

  // Guarded by this.
  private @Nullable Thread thread;
  private @Nullable Thread watch;

  // Confined to the publisher thread.
  private int connections;
  private int failures;
  private String lastReason = "";

  // Written by the publisher thread.
  private volatile boolean attempting;

  /**
   * @param credentials where password, key and certificates are read from at each connection
   * @param nanos monotonic clock, {@link System#nanoTime}
   * @param random draws the reconnect delays
   */
  public Publisher(
      EventStore store,
      UplinkConfig config,
      Credentials credentials,
      CloudEvents events,
      Hooks hooks,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random) {
    this(
        store,
        config,
        events,
        hooks,
        new PahoLinks(config, credentials, events.topics(), Timing.DEFAULT, clock, nanos),
        clock,
        nanos,
        random);
  }

  private Publisher(
      EventStore store,
      UplinkConfig config,
      CloudEvents events,
      Hooks hooks,
      PahoLinks links,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random) {
    this(store, config, events, hooks, Timing.DEFAULT, links, links::answers, clock, nanos, random);
  }

  Publisher(
      EventStore store,
      UplinkConfig config,
      CloudEvents events,
      Hooks hooks,
      Timing timing,
      MqttLink.Factory factory,
      Probe probe,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random) {
    this.store = store;
    this.config = config;
    this.factory = factory;
    this.probe = probe;
    Topics topics = events.topics();
    this.reconnect = timing.backoff(topics.gateway(), random);
    Inbox inbox = hooks.inbox();
    HostState host = new HostState(config.host());
    Tally tally = new Tally(nanos);
    this.shared =
        new Connection.Shared(
            store,
            topics,
            new Statements(events, hooks.state(), store.boot(), clock),
            new Retained(hooks.retained(), nanos),
            hooks.onAlertDelivered(),
            inbox,
            new Signals(),
            tally,
            timing,
            config.window(),
            new Suspects(),
            timing.backoff(topics.gateway(), random),
            new TokenBucket(config.bytesPerSecond(), Connection.MAX_PACKET_BYTES, nanos),
            new Subscription(
                inbox, host, () -> timing.backoff(topics.gateway(), random), tally, nanos),
            new Ladder(timing.stall(), config.brokers().size(), hooks.restart()),
            host,
            new AtomicReference<>(Optional.empty()),
            new AtomicReference<>(Optional.empty()),
            new Restatement(timing.backoff(topics.gateway(), random), nanos),
            clock,
            nanos);
  }

  /** Begins; once. Returns at once. */
  public synchronized void start() {
    if (thread != null || stopping()) {
      return;
    }
    // Platform threads: both wait inside the store's native code.
    thread = Thread.ofPlatform().name(THREAD).start(this::run);
    watch = Thread.ofPlatform().name(WATCH_THREAD).daemon().start(this::watch);
  }

  /**
   * Sends a health document, if a connection is up and has room before the next one comes; never
   * stored, never waits.
   *
   * @param document JSON, at most 4 KiB
   */
  public void publishHealth(byte[] document) {
    if (status().connected()) {
      shared.health().set(Optional.of(document));
      shared.signals().nudge();
    }
  }

  /**
   * Says {@code G/state} again, for what it says has changed; never waits. The next connection says
   * it anyway.
   */
  public void publishState() {
    shared.restatement().ask();
    shared.signals().nudge();
  }

  /**
   * Has a document that a broker retains appended again, once connected; never waits.
   *
   * @param topic one of {@link Hooks#retained}
   */
  public void publishRetained(String topic) {
    shared.retained().ask(topic);
    shared.signals().nudge();
  }

  /** Where the loops of its two threads are, by their names. */
  public Map<String, Turn> turns() {
    return Map.of(THREAD, shared.signals().turn(), WATCH_THREAD, watchTurn);
  }

  /** Whether a connection is being made right now. */
  public boolean connecting() {
    return attempting && !status().connected();
  }

  public Status status() {
    return shared.tally().status(factory.certificates().flatMap(CertificateWatch::earliest));
  }

  /** Whether no broker would take an event that is no longer in the store; of the newest 256. */
  public boolean isRejected(long sequence) {
    return shared.tally().isRejected(sequence);
  }

  /** Any thread. */
  public Reached reached() {
    return shared.tally().reached(factory.reached());
  }

  /** As {@link #stop}, with the reason {@code stopped}. */
  @Override
  public void close() {
    stop("stopped");
  }

  /**
   * Stops sending, gives what is in flight up to 5 s, tells the centre, disconnects. Any number of
   * times; afterwards nothing more is sent or settled.
   *
   * @param reason for {@code G/state}: 1..64 of a-z, 0-9 and -
   */
  public void stop(String reason) {
    if (!reason.matches("[a-z0-9-]{1,64}")) {
      throw new IllegalArgumentException("reason must be 1..64 of a-z, 0-9 and -, was " + reason);
    }
    shared.stopping().compareAndSet(Optional.empty(), Optional.of(reason));
    shared.signals().nudge();
    Thread running;
    Thread watching;
    synchronized (this) {
      running = thread;
      watching = watch;
    }
    try {
      if (watching != null) {
        watching.interrupt();
        watching.join(STOP);
      }
      if (running != null && !running.join(STOP)) {
        LOG.warn(
            "The publisher does not end; it is left behind. waitedSeconds={}", STOP.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopping() {
    return shared.stopping().get().isPresent();
  }

  private void watch() {
    try {
      long seen = store.account().appended();
      while (!stopping()) {
        watchTurn.beat();
        long now = store.await(seen, WATCH);
        if (now > seen) {
          seen = now;
          shared.signals().appended();
        }
        factory.certificates().ifPresent(CertificateWatch::remind);
      }
    } catch (InterruptedException e) {
      // Only stop() interrupts, and then the thread is done.
      Thread.currentThread().interrupt();
    } finally {
      watchTurn.end();
    }
  }

  private void run() {
    try {
      pause(reconnect.first());
      int index = 0;
      while (!stopping()) {
        ConnectionEnd end = attempt(index);
        if (stopping()) {
          return;
        }
        shared.ladder().ended(end.cause());
        boolean stable = reconnect.lasted(end.lasted());
        shared.subscription().ended(end.cause(), stable);
        int following = (index + 1) % config.brokers().size();
        switch (end.next()) {
          case ConnectionEnd.Next.Home(int better) -> index = better;
          case ConnectionEnd.Next.Same _ -> pauseAfter(index, end);
          case ConnectionEnd.Next.Following _ -> {
            pauseAfter(index, end);
            index = following;
          }
          case ConnectionEnd.Next.Listed _ -> {
            pauseAfter(index, end);
            index = stable ? 0 : following;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      shared.signals().turn().end();
    }
  }

  private void pauseAfter(int index, ConnectionEnd end) throws InterruptedException {
    Duration delay = reconnect.next();
    failed(config.brokers().get(index), end, delay);
    pause(delay);
  }

  private ConnectionEnd attempt(int index) throws InterruptedException {
    URI broker = config.brokers().get(index);
    attempting = true;
    try {
      return new Connection(++connections, broker, shared, homeward(index), factory).run();
    } catch (IOException e) {
      return new ConnectionEnd(
          MqttLink.Loss.CONFIGURATION, String.valueOf(e.getMessage()), Duration.ZERO);
    } catch (RuntimeException e) {
      LOG.error(
          "The connection failed by a fault of our own; it is made anew. broker={}", broker, e);
      return new ConnectionEnd(MqttLink.Loss.NETWORK, e.toString(), Duration.ZERO);
    } finally {
      attempting = false;
    }
  }

  private Homeward homeward(int index) {
    return new Homeward(
        config.brokers().subList(0, index),
        Homeward.every(config.returnAfter(), shared.topics().gateway()),
        shared.timing().connect(),
        probe,
        shared.signals()::nudge,
        shared.nanos());
  }

  /** The first failure and each new reason are told; repeats are counted. */
  private void failed(URI broker, ConnectionEnd end, Duration delay) {
    failures = end.lasted().isZero() ? failures + 1 : 1;
    shared.tally().fault(end.reason());
    if (failures == 1 || !end.reason().equals(lastReason)) {
      LOG.warn(
          "No connection to the broker. broker={} reason=\"{}\" attempts={} retryMillis={}",
          broker,
          end.reason(),
          failures,
          delay.toMillis());
    }
    lastReason = end.reason();
  }

  private void pause(Duration delay) throws InterruptedException {
    long end = shared.nanos().getAsLong() + delay.toNanos();
    long left = delay.toNanos();
    while (left > 0 && !stopping()) {
      // Nothing to act on without a connection; only a stop ends the pause.
      shared.signals().take(left);
      left = end - shared.nanos().getAsLong();
    }
  }
}
