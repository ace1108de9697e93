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

/** One CoAP sensor, asked once through the very parts that the agent uses. */
public final class CoapTrial {
  /**
   * The first that came.
   *
   * @param observing whether the server took the registration, where one was asked for
   */
  public record Result(Sample sample, boolean observing) {}

  private CoapTrial() {}

  /**
   * Waits for the first sample, at most {@code limit}; empty when there was none.
   *
   * @param config of mode observe or poll
   */
  public static Optional<Result> run(CoapSensorConfig config, KeyFiles files, Duration limit)
      throws InterruptedException {
    BlockingQueue<Result> first = new LinkedBlockingQueue<>();
    CoapLink link = new CoapLink(files);
    CoapSensor sensor =
        new CoapSensor(config, link, new Clocks(InstantSource.system(), System::nanoTime));
    try {
      sensor.start(sample -> first.add(new Result(sample, sensor.isObserving())));
      return Optional.ofNullable(first.poll(limit.toNanos(), TimeUnit.NANOSECONDS));
    } finally {
      sensor.close();
      link.close();
    }
  }
}
