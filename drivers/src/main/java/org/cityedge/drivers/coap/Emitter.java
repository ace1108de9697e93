package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Sample;
import org.jspecify.annotations.Nullable;

/**
 * Emits a sensor's samples, each fault once until something else is heard, and nothing after
 * closing. Confined to the sensor's thread.
 */
final class Emitter {
  private final String sensor;
  private final Clocks clocks;
  private final Duration expected;
  private final BooleanSupplier closed;
  private final Sample.Sink sink;

  private long heardNanos;
  private boolean lost;
  private @Nullable Fault down;

  Emitter(
      String sensor, Clocks clocks, Duration expected, BooleanSupplier closed, Sample.Sink sink) {
    this.sensor = sensor;
    this.clocks = clocks;
    this.expected = expected;
    this.closed = closed;
    this.sink = sink;
    this.heardNanos = clocks.nanos();
  }

  /** The samples of a payload that arrived then. */
  void heard(List<Sample> samples, long arrivalNanos) {
    heardNanos = arrivalNanos;
    lost = false;
    down = null;
    samples.forEach(this::pass);
  }

  /** A request came to nothing; said once until another fault takes its place. */
  void failed(Fault fault) {
    if (!fault.equals(down)) {
      down = fault;
      miss(fault);
    }
  }

  /**
   * Says that nothing was heard for one and a half intervals; once. Why it was not is said again,
   * so that a wrong path has the last word and not the silence that it makes.
   */
  void checkLost() {
    if (!lost && clocks.nanos() - lostNanos() >= 0) {
      lost = true;
      miss(
          new Fault(
              Fault.Kind.LOST, "nothing heard for longer than " + expected.toMillis() + " ms"));
      if (down != null) {
        miss(down);
      }
    }
  }

  /** The earlier of the given time and the one at which {@link #checkLost} has something to say. */
  long earlier(long nanos) {
    return lost || nanos - lostNanos() < 0 ? nanos : lostNanos();
  }

  private long lostNanos() {
    return heardNanos + expected.toNanos() + expected.toNanos() / 2;
  }

  private void miss(Fault fault) {
    long now = clocks.nanos();
    pass(new Sample.Missed(sensor, clocks.at(now), now, fault));
  }

  private void pass(Sample sample) {
    if (!closed.getAsBoolean()) {
      sink.accept(sample);
    }
  }
}
