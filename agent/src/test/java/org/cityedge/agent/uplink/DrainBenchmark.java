package org.cityedge.agent.uplink;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.agent.testing.MqttListener;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.buffer.StoredEvent;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;

/**
 * How fast a backlog leaves, and how long an alert takes past it; against a real Mosquitto on
 * loopback.
 *
 * <ul>
 *   <li>store → PUBACK, deletes included, against the same messages sent by Paho alone from memory
 *       with the same window (goal: at least 0.8 of it, at most 45 µs CPU a message), and against
 *       {@code mosquitto_pub} sending as many lines;
 *   <li>the time from {@code append} to the subscriber of alerts appended while 1,000,000 events
 *       drain (goal: p99 at most 1 s).
 * </ul>
 *
 * <pre>./cityedge bench drain [folder on the disk to measure]</pre>
 */
final class DrainBenchmark {
  private static final int ROUNDS = 5;
  private static final int EVENTS = 60_000;
  private static final int BACKLOG = Integer.getInteger("backlog", 1_000_000);
  private static final int PAYLOAD = 300;
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final Path folder;
  private final Mosquitto broker;
  private final Uplink uplink = new Uplink();
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private DrainBenchmark(Path folder, Mosquitto broker) {
    this.folder = folder;
    this.broker = broker;
  }

  public static void main(String[] arguments) throws Exception {
    Path parent = Path.of(arguments.length > 0 ? arguments[0] : ".");
    Path folder = Files.createTempDirectory(parent, "drain-benchmark");
    try (Mosquitto broker =
        Mosquitto.start(
            Files.createDirectory(folder.resolve("broker")), "max_inflight_messages 2000")) {
      DrainBenchmark benchmark = new DrainBenchmark(folder, broker);
      benchmark.drain(64);
      benchmark.drain(1000);
      benchmark.alerts();
    }
  }

  private void drain(int window) throws Exception {
    double[] drains = new double[ROUNDS];
    double[] cpu = new double[ROUNDS];
    double[] paho = new double[ROUNDS];
    double[] ratio = new double[ROUNDS];
    double[] pub = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
      Rate store = store(window);
      Rate alone = paho(window);
      double lines = mosquittoPub(window);
      if (round >= 0) {
        drains[round] = store.perSecond();
        cpu[round] = store.cpuMicros();
        paho[round] = alone.perSecond();
        ratio[round] = store.perSecond() / alone.perSecond();
        pub[round] = store.perSecond() / lines;
      }
    }
    System.out.printf(
        "window %4d: store -> PUBACK %6.0f msg/s, Paho alone %6.0f msg/s, ratio %.2f (%.2f..%.2f),"
            + " goal >= 0.8%n",
        window, median(drains), median(paho), median(ratio), ratio[0], ratio[ROUNDS - 1]);
    System.out.printf(
        "             CPU %.0f us a message, goal <= 45; of mosquitto_pub %.2f (medians of %d"
            + " rounds, %d messages of %d bytes)%n",
        median(cpu), median(pub), ROUNDS, EVENTS, PAYLOAD);
  }

  /** Messages a second, and what each cost this process. */
  private record Rate(double perSecond, double cpuMicros) {}

  private Rate measure(int count, Work work) throws Exception {
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Rate(count / seconds, (system.getProcessCpuTime() - cpu) / 1e3 / count);
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private Rate store(int window) throws Exception {
    Path file = Files.createTempDirectory(folder, "store").resolve("events.db");
    try (SqliteEventStore store = open(file)) {
      fill(store, EVENTS);
      try (Publisher publisher =
          uplink.publisher(store, Timing.DEFAULT, window, Map.of(), broker.uri())) {
        return measure(
            EVENTS,
            () -> {
              publisher.start();
              awaitEmpty(store);
            });
      }
    }
  }

  private static void awaitEmpty(SqliteEventStore store) {
    Eventually.await("the store is empty", LIMIT, () -> store.account().waiting() == 0);
  }

  /** The very same messages from memory, through the same client, in the same window. */
  private Rate paho(int window) throws Exception {
    List<MqttMessage> messages = new ArrayList<>(EVENTS);
    for (int i = 1; i <= EVENTS; i++) {
      messages.add(
          PahoPackets.publish(Envelope.of(new StoredEvent(i, 1, event(i)), false, uplink.topics)));
    }
    MqttAsyncClient client =
        new MqttAsyncClient(
            "tcp://127.0.0.1:" + broker.uri().getPort(), "alone", new MemoryPersistence());
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(true);
    options.setReceiveMaximum(64);
    client.connect(options).waitForCompletion();
    try {
      return measure(EVENTS, () -> send(client, messages, window));
    } finally {
      client.disconnect().waitForCompletion();
      client.close();
    }
  }

  private void send(MqttAsyncClient client, List<MqttMessage> messages, int window)
      throws Exception {
    Semaphore room = new Semaphore(window);
    MqttActionListener answered =
        new MqttActionListener() {
          @Override
          public void onSuccess(IMqttToken token) {
            room.release();
          }

          @Override
          public void onFailure(IMqttToken token, Throwable fault) {
            throw new AssertionError(fault);
          }
        };
    for (MqttMessage message : messages) {
      room.acquire();
      publish(client, message, answered);
    }
    room.acquire(window);
  }

  private void publish(MqttAsyncClient client, MqttMessage message, MqttActionListener answered)
      throws MqttException {
    client.publish(uplink.topics.telemetry("sensors"), message, null, answered);
  }

  /** Lines a second, the program's start included. */
  private double mosquittoPub(int window) throws Exception {
    Path lines = folder.resolve("lines");
    if (!Files.exists(lines)) {
      Files.writeString(lines, ("p".repeat(PAYLOAD) + "\n").repeat(EVENTS));
    }
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                "mosquitto_pub",
                "-V",
                "mqttv5",
                "-p",
                Integer.toString(broker.uri().getPort()),
                "-q",
                "1",
                "-M",
                Integer.toString(window),
                "-t",
                uplink.topics.telemetry("sensors"),
                "-l")
            .inheritIO()
            .redirectInput(lines.toFile())
            .start();
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("mosquitto_pub failed");
    }
    return EVENTS / ((System.nanoTime() - start) / 1e9);
  }

  private void alerts() throws Exception {
    Path file = Files.createTempDirectory(folder, "backlog").resolve("events.db");
    List<Long> appended = new ArrayList<>();
    try (SqliteEventStore store = open(file)) {
      fill(store, BACKLOG);
      try (MqttListener centre =
              new MqttListener(broker.uri(), "centre", uplink.topics.alert("smoke"));
          Arrivals arrivals = new Arrivals(centre);
          Publisher publisher =
              uplink.publisher(store, Timing.DEFAULT, 64, Map.of(), broker.uri())) {
        publisher.start();
        Eventually.await("it drains", LIMIT, () -> publisher.status().acknowledged() > 1000);
        long next = System.nanoTime();
        while (store.account().waiting(Lane.TELEMETRY).events() > 1000) {
          appended.add(System.nanoTime());
          store.append(uplink.alert(appended.size()));
          next += Duration.ofMillis(50).toNanos();
          long due = next;
          Eventually.await("the next alert is due", LIMIT, () -> System.nanoTime() - due >= 0);
        }
        report(appended, arrivals.await(appended.size()));
      }
    }
  }

  private static void report(List<Long> appended, List<Long> arrived) {
    double[] millis = new double[appended.size()];
    for (int i = 0; i < millis.length; i++) {
      millis[i] = (arrived.get(i) - appended.get(i)) / 1e6;
    }
    Arrays.sort(millis);
    System.out.printf(
        "%d alerts appended while %d events drain: p50 %.0f ms, p99 %.0f ms, longest %.0f ms,"
            + " goal p99 <= 1000%n",
        millis.length,
        BACKLOG,
        millis[millis.length / 2],
        millis[millis.length * 99 / 100],
        millis[millis.length - 1]);
  }

  /** When each message of a listener came, to half a millisecond. */
  private static final class Arrivals implements AutoCloseable {
    private final List<Long> times = new CopyOnWriteArrayList<>();
    private final MqttListener listener;
    private final Thread thread;

    Arrivals(MqttListener listener) {
      this.listener = listener;
      thread = Thread.ofPlatform().daemon().start(this::watch);
    }

    private void watch() {
      while (!Thread.currentThread().isInterrupted()) {
        int count = listener.messages().size();
        long now = System.nanoTime();
        while (times.size() < count) {
          times.add(now);
        }
        LockSupport.parkNanos(500_000);
      }
    }

    List<Long> await(int count) {
      Eventually.await(count + " alerts arrive", LIMIT, () -> times.size() >= count);
      return times;
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }

  private SqliteEventStore open(Path file) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(file, 4L << 30), uplink.events::loss, InstantSource.system());
  }

  private void fill(SqliteEventStore store, int count) {
    for (int from = 1; from <= count; from += 500) {
      List<Event> some = new ArrayList<>(500);
      for (int i = from; i < Math.min(from + 500, count + 1); i++) {
        some.add(event(i));
      }
      if (!(store.append(some, Map.of()) instanceof Append.Stored)) {
        throw new IllegalStateException("the backlog is not stored: " + store.trouble());
      }
    }
  }

  private Event event(int number) {
    byte[] payload = new byte[PAYLOAD];
    Arrays.fill(payload, (byte) 'p');
    return uplink.events.telemetry(
        "sensors",
        Instant.ofEpochMilli(1_748_737_800_000L + number),
        false,
        new SenMlPack.Packed(UplinkConfig.Telemetry.Format.JSON, false, payload));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
