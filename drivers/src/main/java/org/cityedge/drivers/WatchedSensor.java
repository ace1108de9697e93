package org.cityedge.drivers;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a sensor's readings their quality, logs its changes of state, not each repeat, and keeps it
 * alive when the sink fails. The sink's side is confined to the sensor's thread.
 */
final class WatchedSensor implements Sensor {
  private static final Logger log = LoggerFactory.getLogger(Sensor.class);

  /** A sensor of which every other value is out of range must not log "back" every time. */
  private static final long SETTLED_NANOS = Duration.ofMinutes(1).toNanos();

  private final Sensor sensor;
  private final Grader grader;
  private final LongSupplier nanos;
  private Fault.@Nullable Kind fault;
  private boolean heard;
  private long missed;
  private long lastMissNanos;

  WatchedSensor(Sensor sensor, Grader grader, LongSupplier nanos) {
    this.sensor = sensor;
    this.grader = grader;
    this.nanos = nanos;
  }

  @Override
  public String id() {
    return sensor.id();
  }

  @Override
  public void start(Sample.Sink sink) {
    sensor.start(sample -> pass(sample, sink));
  }

  @Override
  public void stop() {
    sensor.stop();
  }

  @Override
  public void close() {
    sensor.close();
  }

  private void pass(Sample sample, Sample.Sink sink) {
    switch (sample) {
      case Sample.Measured _ -> measured();
      case Sample.Missed miss -> missed(miss.fault());
    }
    for (Sample graded : grader.grade(sample)) {
      try {
        sink.accept(graded);
      } catch (RuntimeException e) {
        log.error("A sample could not be taken over and is lost sensor={}", id(), e);
      }
    }
  }

  private void measured() {
    if (fault != null) {
      if (nanos.getAsLong() - lastMissNanos < SETTLED_NANOS) {
        return;
      }
      log.info("Sensor is back sensor={} after={} misses={}", id(), fault, missed);
    } else if (!heard) {
      log.info("Sensor gives its first reading sensor={}", id());
    }
    heard = true;
    fault = null;
    missed = 0;
  }

  private void missed(Fault miss) {
    missed++;
    lastMissNanos = nanos.getAsLong();
    if (miss.kind() != fault) {
      fault = miss.kind();
      log.warn("Sensor gives no reading sensor={} fault={}: {}", id(), miss.kind(), miss.detail());
    }
  }
}
