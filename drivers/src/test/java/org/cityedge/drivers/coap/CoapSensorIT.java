package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a Californium server of our own; {@link CoapForeignPeerIT} takes another's. */
@Timeout(120)
class CoapSensorIT {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private final TestServer server = new TestServer(0);
  private final CoapLink link = new CoapLink();
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();

  @AfterEach
  void closeAll() {
    link.close();
    server.close();
  }

  private CoapSensor sensor(String id, Mode mode, Format format, Duration period) {
    return sensor(id, "/s", mode, format, period);
  }

  private CoapSensor sensor(String id, String path, Mode mode, Format format, Duration period) {
    Channel channel = new Channel("temperature", "Cel", -40, 85);
    return new CoapSensor(
        new CoapSensorConfig(
            id,
            URI.create("coap://127.0.0.1:" + server.port() + path),
            mode,
            period,
            format,
            List.of(new Field(channel, "/temperature", "", false)),
            false),
        link,
        clocks);
  }

  private CoapSensor start(Mode mode, Duration period) {
    CoapSensor sensor = sensor("air-1", mode, Format.AUTO, period);
    sensor.start(samples::add);
    return sensor;
  }

  private Sample next(Predicate<Sample> wanted) throws InterruptedException {
    while (true) {
      Sample sample = samples.poll(60, TimeUnit.SECONDS);
      assertThat(sample).as("the sample in time").isNotNull();
      if (wanted.test(sample)) {
        return sample;
      }
    }
  }

  private double nextValue() throws InterruptedException {
    Measured measured = (Measured) next(Measured.class::isInstance);
    return ((Reading.Quantity) measured.reading().value()).value();
  }

  private Reading readingOf(double value) throws InterruptedException {
    Sample sample =
        next(
            s -> s instanceof Measured(Reading r) && r.value().equals(new Reading.Quantity(value)));
    return ((Measured) sample).reading();
  }

  private Fault nextFault(Fault.Kind kind) throws InterruptedException {
    return ((Missed) next(s -> s instanceof Missed m && m.fault().kind() == kind)).fault();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
      assertThat(never.await(50, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(condition.getAsBoolean()).as("the condition within 30 s").isTrue();
  }

  @Test
  void pollsEveryPeriod() throws InterruptedException {
    server.say("21.5", 0);
    try (CoapSensor _ = start(Mode.POLL, Duration.ofMillis(100))) {
      assertThat(nextValue()).isEqualTo(21.5);
      server.say("22.5", 0);
      assertThat(readingOf(22.5).quality()).isEqualTo(Quality.GOOD);
    }
    assertThat(server.observers()).isZero();
  }

  @Test
  void observesAndCancelsOnClose() throws InterruptedException {
    server.say("[{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":1}]", 110);
    try (CoapSensor _ = start(Mode.OBSERVE, Duration.ofMinutes(10))) {
      assertThat(nextValue()).isEqualTo(1);
      server.say("[{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":2,\"t\":-5}]", 110);
      Reading reading = readingOf(2);
      assertThat(System.nanoTime() - reading.nanos())
          .isGreaterThan(SECOND.multipliedBy(5).toNanos());
      server.say("{\"temperature\":3}", 50);
      assertThat(nextValue()).isEqualTo(3);
      assertThat(server.requests.get()).as("the rest were notifications").isLessThanOrEqualTo(4);
      assertThat(server.observers()).isEqualTo(1);
    }
    await(() -> server.observers() == 0);
  }

  @Test
  void pollsWhereTheServerDoesNotObserve() throws InterruptedException {
    server.say("1", 0);
    try (CoapSensor sensor =
        sensor("air-1", "/plain", Mode.OBSERVE, Format.TEXT, Duration.ofMillis(100))) {
      sensor.start(samples::add);
      assertThat(nextValue()).isEqualTo(1);
      server.say("2", 0);
      readingOf(2);
    }
  }

  @Test
  void namesGarbageAndGoesOn() throws InterruptedException {
    server.say("{\"temperature\":", 50);
    try (CoapSensor _ = start(Mode.OBSERVE, Duration.ofMinutes(10))) {
      assertThat(nextFault(Fault.Kind.MALFORMED).detail())
          .startsWith("coap://127.0.0.1:" + server.port() + "/s: payload is not one JSON document");
      server.say("{\"temperature\":86}", 50);
      readingOf(86);
      server.say("{\"temperature\":85}", 50);
      assertThat(nextValue()).isEqualTo(85);
    }
  }

  @Test
  void readsPayloadThatComesInBlocks() throws InterruptedException {
    server.say("{\"pad\":\"" + "x".repeat(4000) + "\",\"temperature\":7}", 50);
    try (CoapSensor _ = start(Mode.OBSERVE, Duration.ofMinutes(10))) {
      assertThat(nextValue()).isEqualTo(7);
      server.say("{\"pad\":\"" + "y".repeat(4000) + "\",\"temperature\":8}", 50);
      assertThat(nextValue()).isEqualTo(8);
    }
  }

  @Test
  void refusesPayloadAboveTheLimit() throws InterruptedException {
    server.say("{\"pad\":\"" + "x".repeat(9000) + "\",\"temperature\":7}", 50);
    try (CoapSensor _ = start(Mode.POLL, SECOND)) {
      assertThat(((Missed) next(Missed.class::isInstance)).fault().kind())
          .isEqualTo(Fault.Kind.MALFORMED);
      server.say("{\"temperature\":8}", 50);
      assertThat(nextValue()).isEqualTo(8);
    }
  }

  @Test
  void saysOnceThatItIsRefused() throws InterruptedException {
    server.refuse(ResponseCode.NOT_FOUND);
    try (CoapSensor _ = start(Mode.OBSERVE, Duration.ofMinutes(10))) {
      assertThat(nextFault(Fault.Kind.REFUSED).detail())
          .isEqualTo("coap://127.0.0.1:" + server.port() + "/s answered 4.04 NOT_FOUND");
      await(() -> server.requests.get() >= 3);
      assertThat(samples).isEmpty();
      server.say("5", 0);
      assertThat(nextValue()).isEqualTo(5);
    }
  }

  @Test
  void saysLostAndUnreachableOnceEachAndComesBack() throws InterruptedException {
    server.say("5", 0);
    server.mute(true);
    try (CoapSensor _ = start(Mode.POLL, SECOND)) {
      assertThat(nextFault(Fault.Kind.LOST).detail())
          .isEqualTo("nothing heard for longer than 1000 ms");
      assertThat(nextFault(Fault.Kind.UNREACHABLE).detail()).endsWith("does not answer in time");
      int seen = server.requests.get();
      await(() -> server.requests.get() >= seen + 2);
      assertThat(samples).isEmpty();
      server.mute(false);
      assertThat(nextValue()).isEqualTo(5);
    }
  }

  @Test
  void registersAnewAfterTheServerRestarted() throws InterruptedException {
    server.say("1", 0);
    int port = server.port();
    try (CoapSensor _ = start(Mode.OBSERVE, SECOND.multipliedBy(5))) {
      for (int i = 1; i <= 9; i++) { // Observe numbers that the restarted server is far below
        server.say(Integer.toString(i), 0);
        readingOf(i);
      }
      server.close();
      try (TestServer restarted = new TestServer(port)) {
        restarted.say("20", 0);
        readingOf(20);
        int received = restarted.received();
        restarted.say("21", 0);
        readingOf(21);
        assertThat(restarted.received()).as("21 came as a notification").isEqualTo(received);
      }
    }
  }

  @Test
  void keepsOtherSensorsGoingWhenOneSinkIsStuck() throws InterruptedException {
    server.say("1", 0);
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    CoapSensor slow = sensor("slow", Mode.OBSERVE, Format.TEXT, Duration.ofMinutes(10));
    BlockingQueue<Sample> slowSamples = new LinkedBlockingQueue<>();
    slow.start(
        sample -> {
          slowSamples.add(sample);
          stuck.countDown();
          await(free);
        });
    assertThat(stuck.await(30, TimeUnit.SECONDS)).isTrue();
    try (CoapSensor _ = start(Mode.OBSERVE, Duration.ofMinutes(10))) {
      int last = Handover.MOST_WAITING + 50;
      assertThat(nextValue()).isEqualTo(1);
      for (int i = 2; i <= last; i++) {
        server.say(Integer.toString(i % 80), 0);
        readingOf(i % 80);
      }
      free.countDown();
      for (int i = 0; i < Handover.MOST_WAITING; i++) {
        assertThat(slowSamples.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
      await(() -> link.lost().size() == 1);
      Loss loss = link.lost().getFirst();
      assertThat(loss.from()).isEqualTo("slow");
      assertThat(loss.cause()).isEqualTo(Loss.Cause.PACE);
      assertThat(loss.count()).isBetween(1L, 49L);
    } finally {
      slow.close();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void emitsNothingAfterClose() throws InterruptedException {
    server.say("1", 0);
    CoapSensor sensor = start(Mode.OBSERVE, Duration.ofMillis(100));
    nextValue();
    sensor.close();
    sensor.close();
    samples.clear();
    server.say("2", 0);
    await(() -> server.observers() == 0);
    assertThat(samples).isEmpty();
  }
}
