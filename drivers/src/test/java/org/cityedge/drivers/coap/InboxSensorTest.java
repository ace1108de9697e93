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

  private CoapInbox inbox(int port) {
    return new CoapInbox(
        new InboxConfig(URI.create("coap://127.0.0.1:" + port), 60, 1024, 100),
        new Secrets(secrets),
        () -> nanos);
  }

  private InboxSensor sensor(CoapInbox inbox) {
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
            new CoapSecurity.None(true)),
        inbox,
        clocks);
  }
}
