package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.InboxConfig;
import org.cityedge.drivers.Sample;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.auth.PreSharedKeyIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxSensorTest {
  @TempDir Path secrets;

  private long nanos = Long.MIN_VALUE;
  private final Clocks clocks = new Clocks(InstantSource.fixed(Instant.EPOCH), () -> nanos);

  @Test
  void anAddressThatIsNotThereYetIsAFaultAfterAMinuteOnly() throws Exception {
    List<Fault.Kind> faults = new ArrayList<>();
    Emitter emitter =
        new Emitter(
            "door-1",
            clocks,
            Duration.ofHours(1),
            () -> false,
            sample -> faults.add(((Sample.Missed) sample).fault().kind()));
    Backoff backoff =
        new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), new SplittableRandom(1));
    DatagramSocket taken =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (CoapInbox inbox = inbox(taken.getLocalPort())) {
      InboxSensor sensor = sensor(inbox);
      sensor.listen(emitter, backoff);
      nanos += Duration.ofSeconds(59).toNanos();
      sensor.listen(emitter, backoff);
      assertThat(faults).isEmpty();
      nanos += Duration.ofSeconds(1).toNanos();
      sensor.listen(emitter, backoff);
      sensor.listen(emitter, backoff);
      assertThat(faults).containsExactly(Fault.Kind.HARDWARE);
      taken.close();
      sensor.listen(emitter, backoff);
      assertThat(inbox.has("door-1")).isTrue();
    } finally {
      taken.close();
    }
  }

  /** Whoever got 2.04 does not post it again. */
  @Test
  void emitsAllThatItAcknowledgedBeforeItIsClosed() throws Exception {
    List<Sample> emitted = new CopyOnWriteArrayList<>();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch slow = new CountDownLatch(1);
    try (CoapInbox inbox = inbox("coaps", 0)) {
      InboxSensor sensor = sensor(inbox, new CoapSecurity.Psk("door-1", "door-key"));
      inbox.add(sensor);
      sensor.start(
          sample -> {
            emitted.add(sample);
            first.countDown();
            try {
              slow.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      for (int i = 0; i < 3; i++) {
        assertThat(answer(inbox, "door-1")).isEqualTo("2.04");
      }
      assertThat(first.await(20, TimeUnit.SECONDS)).isTrue();
      sensor.stop();
      assertThat(answer(inbox, "door-1")).isEqualTo("5.03");
      slow.countDown();
      sensor.close();
      assertThat(emitted).hasSize(3).allMatch(Sample.Measured.class::isInstance);
    }
  }

  @Test
  void asksOnlyThePeerOfASensorThatHasLeftToComeAgainAndForAMinute() throws Exception {
    try (CoapInbox inbox = inbox("coaps", 0)) {
      InboxSensor sensor = sensor(inbox, new CoapSecurity.Psk("door-1", "door-key"));
      inbox.add(sensor);
      sensor.close();
      assertThat(answer(inbox, "door-1")).as("still known").isEqualTo("5.03");
      inbox.remove(sensor);
      assertThat(answer(inbox, "door-1")).isEqualTo("5.03");
      assertThat(answer(inbox, "door-2")).isEqualTo("4.04");
      nanos += Duration.ofSeconds(60).toNanos();
      assertThat(answer(inbox, "door-1")).isEqualTo("4.04");
    }
  }

  private static String answer(CoapInbox inbox, String identity) {
    Request post = Request.newPost();
    post.getOptions().setUriPath("/in/door-1");
    post.setPayload("21.5");
    post.setSourceContext(
        new AddressEndpointContext(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 5683),
            new PreSharedKeyIdentity(identity)));
    return inbox.answer(post).getCode().toString();
  }

  private CoapInbox inbox(int port) {
    return inbox("coap", port);
  }

  private CoapInbox inbox(String scheme, int port) {
    return new CoapInbox(
        new InboxConfig(URI.create(scheme + "://127.0.0.1:" + port), 60, 1024, 100),
        new Secrets(secrets),
        () -> nanos);
  }

  private InboxSensor sensor(CoapInbox inbox) {
    return sensor(inbox, new CoapSecurity.None(true));
  }

  private InboxSensor sensor(CoapInbox inbox, CoapSecurity security) {
    return new InboxSensor(
        new CoapSensorConfig(
            "door-1",
            URI.create("/in/door-1"),
            Mode.INBOX,
            Duration.ofHours(1),
            Format.AUTO,
            List.of(
                new Field(new Channel("temperature", "Cel", -40, 85), "/temperature", "", false)),
            false,
            security),
        inbox,
        clocks);
  }
}
