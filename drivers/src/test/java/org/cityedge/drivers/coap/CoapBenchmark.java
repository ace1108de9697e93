package org.cityedge.drivers.coap;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Sample;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;

/**
 * Observe notifications from a field of sensors on loopback to the sink, beside Californium's bare
 * client that only counts them: first at a fixed rate, then as many as get through with 128 under
 * way. One port sends them all, so the deduplicator has one peer.
 *
 * <pre>./cityedge bench coap</pre>
 */
final class CoapBenchmark {
  private static final int SENSORS = Integer.getInteger("sensors", 4_000);
  private static final int RATE = Integer.getInteger("rate", 20_000);
  private static final int ROUNDS = Integer.getInteger("rounds", 5);
  private static final double SECONDS = Integer.getInteger("seconds", 5);

  /** A sensor may send 64 at once and then 20 a second: 208,000 a second for so long, of 4,000. */
  private static final double MOST_SECONDS = 2;

  private static final int WINDOW = 128;
  private static final double GOAL_RATIO = 0.8;
  private static final double WARM_UP_SECONDS = 3;

  /** Kept, since the logging would forget a level whose logger nobody holds. */
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("org.cityedge"), Logger.getLogger("org.eclipse.californium"));

  /** A client with its observations; {@code received} counts notifications. */
  private interface Client extends AutoCloseable {
    long received();

    @Override
    void close();
  }

  private record Figures(double perSecond, long lost, double cpuMicros) {}

  private CoapBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    try (SensorField field = new SensorField()) {
      double[] bare = new double[ROUNDS];
      double[] ours = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      Figures paced = new Figures(0, 0, 0);
      Figures pacedBare = new Figures(0, 0, 0);
      long lost = 0;
      for (int round = 0; round < ROUNDS; round++) {
        try (Client client = new Bare(field)) {
          send(field, client, 0, WARM_UP_SECONDS);
          pacedBare = send(field, client, RATE, SECONDS);
          bare[round] = send(field, client, 0, MOST_SECONDS).perSecond();
        }
        field.forget();
        try (Client client = new Ours(field)) {
          send(field, client, 0, WARM_UP_SECONDS);
          paced = send(field, client, RATE, SECONDS);
          Figures most = send(field, client, 0, MOST_SECONDS);
          ours[round] = most.perSecond();
          lost += paced.lost() + most.lost();
        }
        field.forget();
        ratios[round] = ours[round] / bare[round];
        System.out.printf(
            Locale.ROOT,
            "round %d: at %,.0f/s lost %d, CPU %.1f ms for 1000 readings (bare %.1f); most: %,.0f/s, bare %,.0f/s, ratio %.2f%n",
            round + 1,
            paced.perSecond(),
            paced.lost(),
            paced.cpuMicros(),
            pacedBare.cpuMicros(),
            ours[round],
            bare[round],
            ratios[round]);
      }
      System.out.printf(
          Locale.ROOT,
          "median: %,.0f/s of bare %,.0f/s, ratio %.2f (%.2f..%.2f), goal %.1f: %s; %d lost at %d/s and above: %s%n",
          median(ours),
          median(bare),
          median(ratios),
          Arrays.stream(ratios).min().orElse(0),
          Arrays.stream(ratios).max().orElse(0),
          GOAL_RATIO,
          verdict(median(ratios) >= GOAL_RATIO),
          lost,
          RATE,
          verdict(lost == 0));
    }
  }

  private static String verdict(boolean met) {
    return met ? "met" : "MISSED";
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().skip((values.length - 1) / 2).findFirst().orElse(0);
  }

  /**
   * Sends for that long and waits for the last to arrive.
   *
   * @param rate a second, 0 for as many as get through
   */
  private static Figures send(SensorField field, Client client, int rate, double seconds)
      throws IOException {
    long before = client.received();
    long cpu = cpuNanos(field);
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    long sent = 0;
    long now = start;
    while (now - end < 0) {
      long due = rate == 0 ? Long.MAX_VALUE : (long) ((now - start) * 1e-9 * rate);
      // At a rate nothing holds the field back, as in the street; at most, the window does.
      while (sent < due && (rate > 0 || sent - (client.received() - before) < WINDOW)) {
        field.notifyNext();
        sent++;
      }
      LockSupport.parkNanos(rate == 0 ? 20_000 : 500_000);
      now = System.nanoTime();
    }
    long deadline = System.nanoTime() + 2_000_000_000L;
    while (client.received() - before < sent && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(100_000);
    }
    long received = client.received() - before;
    return new Figures(
        received / seconds, sent - received, (cpuNanos(field) - cpu) / 1e3 / Math.max(1, received));
  }

  /** Of the process without the field. */
  private static long cpuNanos(SensorField field) {
    com.sun.management.OperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    var threads = ManagementFactory.getThreadMXBean();
    return system.getProcessCpuTime()
        - threads.getCurrentThreadCpuTime()
        - threads.getThreadCpuTime(field.answeringId());
  }

  private static void await(LongAdder count, long wanted) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (count.sum() < wanted) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "only " + count.sum() + " of " + wanted + " sensors are registered after 60 s");
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Californium with the same settings; a listener counts. */
  private static final class Bare implements Client {
    private final CoapEndpoint endpoint;
    private final LongAdder notified = new LongAdder();

    Bare(SensorField field) throws IOException {
      Configuration configuration =
          new Configuration(CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS, SystemConfig.DEFINITIONS)
              .set(CoapConfig.DEDUPLICATOR, CoapConfig.DEDUPLICATOR_PEERS_MARK_AND_SWEEP)
              .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, PayloadReader.LARGEST)
              .set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 1)
              .set(UdpConfig.UDP_RECEIVE_BUFFER_SIZE, CoapLink.RECEIVE_BUFFER)
              .set(UdpConfig.UDP_RECEIVER_THREAD_COUNT, 1)
              .set(UdpConfig.UDP_SENDER_THREAD_COUNT, 1);
      endpoint =
          new CoapEndpoint.Builder()
              .setConfiguration(configuration)
              .setInetSocketAddress(new InetSocketAddress(0))
              .build();
      LongAdder registered = new LongAdder();
      endpoint.addNotificationListener((_, _) -> notified.increment());
      endpoint.start();
      for (int i = 0; i < SENSORS; i++) {
        Request get = Request.newGet();
        get.setDestinationContext(
            new AddressEndpointContext(InetAddress.getLoopbackAddress(), field.port()));
        get.setOptions(
            field.resource()); // matching an answer costs less where no path is asked for
        get.setObserve();
        get.addMessageObserver(
            new org.eclipse.californium.core.coap.MessageObserverAdapter() {
              @Override
              public void onResponse(org.eclipse.californium.core.coap.Response response) {
                registered.increment();
              }
            });
        endpoint.sendRequest(get);
        await(registered, i - WINDOW / 2);
      }
      await(registered, SENSORS);
    }

    @Override
    public long received() {
      return notified.sum();
    }

    @Override
    public void close() {
      endpoint.destroy();
    }
  }

  /** The sensors of the agent, to the sink. */
  private static final class Ours implements Client {
    private final CoapLink link = new CoapLink();
    private final List<CoapSensor> sensors = new ArrayList<>();
    private final LongAdder measured = new LongAdder();

    Ours(SensorField field) {
      Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
      Channel channel = new Channel("temperature", "Cel", -40, 85);
      for (int i = 0; i < SENSORS; i++) {
        CoapSensor sensor =
            new CoapSensor(
                new CoapSensorConfig(
                    "sensor-" + i,
                    field.resource(),
                    Mode.OBSERVE,
                    Duration.ofHours(1),
                    Format.AUTO,
                    List.of(new Field(channel, "/temperature", "", false)),
                    false),
                link,
                clocks);
        sensors.add(sensor);
        sensor.start(this::count);
        await(measured, i - WINDOW / 2);
      }
      await(measured, SENSORS);
    }

    private void count(Sample sample) {
      switch (sample) {
        case Sample.Measured _ -> measured.increment();
        case Sample.Missed miss -> System.err.println(miss.fault());
      }
    }

    @Override
    public long received() {
      return measured.sum();
    }

    @Override
    public void close() {
      sensors.forEach(CoapSensor::close);
      link.close();
    }
  }
}
