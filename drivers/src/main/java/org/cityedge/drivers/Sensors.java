package org.cityedge.drivers;

import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.cityedge.drivers.coap.CoapLink;
import org.cityedge.drivers.coap.CoapSensor;
import org.cityedge.drivers.gpio.Board;
import org.cityedge.drivers.gpio.ContactInput;

/**
 * Makes sensors and owns what they share: one CoAP client endpoint and one Pi4J context, each
 * opened by the first sensor that needs it. Safe for use by several threads.
 */
public final class Sensors implements AutoCloseable {
  private final Clocks clocks;
  private final CoapLink coap = new CoapLink();
  private final Board board = new Board();

  /**
   * @param clock wall clock for stamps
   * @param nanos monotonic clock, {@link System#nanoTime}
   */
  public Sensors(InstantSource clock, LongSupplier nanos) {
    this.clocks = new Clocks(clock, nanos);
  }

  /** A sensor that is not started yet; the caller closes it, before this. Does no I/O. */
  public Sensor create(SensorConfig config, Plausibility plausibility) {
    Sensor sensor =
        switch (config) {
          case CoapSensorConfig c -> new CoapSensor(c, coap, clocks);
          case ContactConfig c -> new ContactInput(c, board, clocks);
        };
    return new WatchedSensor(sensor, new Grader(config, plausibility, clocks), clocks.monotonic());
  }

  /** Closes what the sensors shared; waits up to 2 s for CoAP peers to hear the farewell. */
  @Override
  public void close() {
    coap.close();
    board.close();
  }
}
