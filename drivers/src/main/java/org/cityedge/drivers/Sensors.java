package org.cityedge.drivers;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSensorConfig.Mode;
import org.cityedge.drivers.coap.CoapInbox;
import org.cityedge.drivers.coap.CoapLink;
import org.cityedge.drivers.coap.CoapSensor;
import org.cityedge.drivers.coap.InboxSensor;
import org.cityedge.drivers.gpio.Board;
import org.cityedge.drivers.gpio.ContactInput;
import org.cityedge.drivers.gpio.PulseCounter;
import org.jspecify.annotations.Nullable;

/**
 * Makes sensors and owns what they share: CoAP endpoints and one Pi4J context, each opened by the
 * first sensor that needs it. Safe for use by several threads.
 */
public final class Sensors implements AutoCloseable {
  /** Sensors of one gateway, of all kinds; what else is bounded by them follows from this. */
  public static final int MOST = 200;

  private final Clocks clocks;
  private final CoapLink coap;
  private final @Nullable CoapInbox inbox;
  private final Path counters;
  private final Board board = new Board();

  /**
   * @param clock wall clock for stamps
   * @param nanos monotonic clock, {@link System#nanoTime}
   * @param files keys and certificates
   * @param inbox where sensors of mode inbox post to
   * @param counters folder that lasts, for the totals of pulse counters
   */
  public Sensors(
      InstantSource clock,
      LongSupplier nanos,
      KeyFiles files,
      Optional<InboxConfig> inbox,
      Path counters) {
    this.counters = counters;
    this.clocks = new Clocks(clock, nanos);
    this.coap = new CoapLink(files);
    this.inbox = inbox.map(config -> new CoapInbox(config, files.secrets(), nanos)).orElse(null);
  }

  /** A sensor that is not started yet; the caller closes it, before this. Does no I/O. */
  public Sensor create(SensorConfig config, Plausibility plausibility) {
    Sensor sensor =
        switch (config) {
          case CoapSensorConfig c when c.mode() == Mode.INBOX ->
              new InboxSensor(
                  c, Objects.requireNonNull(inbox, "sensor " + c.id() + " needs an inbox"), clocks);
          case CoapSensorConfig c -> new CoapSensor(c, coap, clocks);
          case ContactConfig c -> new ContactInput(c, board, clocks);
          case CounterConfig c -> new PulseCounter(c, board, counters, clocks);
        };
    return new WatchedSensor(sensor, new Grader(config, plausibility, clocks), clocks.monotonic());
  }

  /** Messages that came, and changes of a contact, and were not read. */
  public List<Loss> lost() {
    List<Loss> all = new ArrayList<>(coap.lost());
    all.addAll(board.lost());
    if (inbox != null) {
      all.addAll(inbox.lost());
    }
    return all;
  }

  /** Closes what the sensors shared; waits up to 2 s for CoAP peers to hear the farewell. */
  @Override
  public void close() {
    if (inbox != null) {
      inbox.close();
    }
    coap.close();
    board.close();
  }
}
