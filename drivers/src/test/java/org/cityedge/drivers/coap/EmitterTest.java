package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Fault.Kind;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Missed;
import org.junit.jupiter.api.Test;

class EmitterTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long START = Long.MAX_VALUE - 12 * SECOND; // wraps within the test

  private final AtomicLong now = new AtomicLong(START);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<Kind> faults = new ArrayList<>();
  private final Emitter emitter =
      new Emitter(
          "air-1",
          new Clocks(InstantSource.fixed(Instant.EPOCH), now::get),
          Duration.ofSeconds(10),
          closed::get,
          sample -> faults.add(((Missed) sample).fault().kind()));

  private void after(long seconds) {
    now.addAndGet(seconds * SECOND);
    emitter.checkLost();
  }

  @Test
  void saysLostOnceAfterOneAndAHalfIntervals() {
    after(14);
    assertThat(faults).isEmpty();
    assertThat(emitter.earlier(now.get() + 99 * SECOND)).isEqualTo(START + 15 * SECOND);
    after(1);
    after(100);
    assertThat(faults).containsExactly(Kind.LOST);
    assertThat(emitter.earlier(now.get() + 99)).isEqualTo(now.get() + 99);
  }

  @Test
  void saysLostAgainAfterItWasHeard() {
    after(15);
    emitter.heard(List.of(), now.get());
    after(14);
    assertThat(faults).containsExactly(Kind.LOST);
    after(1);
    assertThat(faults).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void saysAfterTheLossAgainWhyNothingIsHeard() {
    Fault refused = new Fault(Kind.REFUSED, "x answered 4.04 NOT_FOUND");
    emitter.failed(refused);
    after(15);
    emitter.failed(refused);
    assertThat(faults).containsExactly(Kind.REFUSED, Kind.LOST, Kind.REFUSED);
    emitter.heard(List.of(), now.get());
    after(15);
    assertThat(faults).endsWith(Kind.REFUSED, Kind.LOST);
  }

  @Test
  void saysWhenTheCauseOfTheSameKindIsAnother() {
    Fault network = new Fault(Kind.UNREACHABLE, "cannot be reached: Network is unreachable");
    emitter.failed(network);
    emitter.failed(network);
    emitter.failed(new Fault(Kind.UNREACHABLE, "does not answer"));
    assertThat(faults).containsExactly(Kind.UNREACHABLE, Kind.UNREACHABLE);
  }

  @Test
  void saysEachKindOfFailureOnceUntilHeard() {
    Fault unreachable = new Fault(Kind.UNREACHABLE, "x");
    emitter.failed(unreachable);
    emitter.failed(unreachable);
    emitter.failed(new Fault(Kind.REFUSED, "y"));
    emitter.heard(List.of(), now.get());
    emitter.failed(unreachable);
    assertThat(faults).containsExactly(Kind.UNREACHABLE, Kind.REFUSED, Kind.UNREACHABLE);
  }

  @Test
  void saysNothingAfterClosing() {
    closed.set(true);
    after(1000);
    Sample missed = new Missed("air-1", Instant.EPOCH, 0, new Fault(Kind.MALFORMED, "z"));
    emitter.heard(List.of(missed), now.get());
    assertThat(faults).isEmpty();
  }
}
