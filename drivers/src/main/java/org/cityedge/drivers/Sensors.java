package org.cityedge.drivers;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.cityedge.drivers.coap.CoapLink;
import org.cityedge.drivers.coap.CoapSensor;
import org.cityedge.drivers.gpio.Board;
import org.cityedge.drivers.gpio.ContactInput;
import org.cityedge.drivers.gpio.PulseCounter;

/**
 * Makes sensors and owns what they share: one CoAP client endpoint and one Pi4J context, each
 * opened by the first sensor that needs it. Safe for use by several threads.
 */
public final class Sensors implements AutoCloseable {
  private final Clocks clocks;
  private final CoapLink coap = new CoapLink();
  private final Path counters;
  private final Board board = new Board();

  /**
   * @param clock wall clock for stamps
   * @param nanos monotonic clock, {@link System#nanoTime}
   * @param counters folder that lasts, for the totals of pulse counters
   */
  public Sensors(InstantSource clock, LongSupplier nanos, Path counters) {
    this.counters = counters;
    this.clocks = new Clocks(clock, nanos);
  }

  /** A sensor that is not started yet; the caller closes it, before this. Does no I/O. */
  public Sensor create(SensorConfig config) {
    Sensor sensor =
        switch (config) {
          case CoapSensorConfig c -> new CoapSensor(c, coap, clocks);
          case ContactConfig c -> new ContactInput(c, board, clocks);
          case CounterConfig c -> new PulseCounter(c, board, counters, clocks);
        };
    return new WatchedSensor(sensor, clocks.monotonic());
  }

  /** Closes what the sensors shared; waits up to 2 s for CoAP peers to hear the farewell. */
  @Override
  public void close() {
    coap.close();
    board.close();
  }
}
