package org.cityedge.drivers.coap;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.Sample;

/**
 * CoAP sensors, each asked once through the very parts that the agent uses: one link, so that
 * hundreds can be asked at once. Any thread.
 */
public final class CoapTrial implements AutoCloseable {
  private final CoapLink link;

  /**
   * The first that came.
   *
   * @param observing whether the server took the registration, where one was asked for
   */
  public record Result(Sample sample, boolean observing) {}

  /** Does no I/O. */
  public CoapTrial(KeyFiles files) {
    link = new CoapLink(files);
  }

  /**
   * Waits for the first sample, at most {@code limit}; empty when there was none.
   *
   * @param config of mode observe or poll
   */
  public Optional<Result> ask(CoapSensorConfig config, Duration limit) throws InterruptedException {
    BlockingQueue<Result> first = new LinkedBlockingQueue<>();
    CoapSensor sensor =
        new CoapSensor(config, link, new Clocks(InstantSource.system(), System::nanoTime));
    try (sensor) {
      sensor.start(sample -> first.add(new Result(sample, sensor.isObserving())));
      return Optional.ofNullable(first.poll(limit.toNanos(), TimeUnit.NANOSECONDS));
    }
  }

  /** Waits up to 2 s for peers to hear the farewell. */
  @Override
  public void close() {
    link.close();
  }
}
