package org.cityedge.drivers.gpio;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalInputConfig;
import java.io.IOException;
import org.cityedge.drivers.ContactConfig;
import org.jspecify.annotations.Nullable;

/**
 * The one Pi4J context that all inputs share, made by the first line that opens: a gateway without
 * GPIO never loads Pi4J. Safe for use by several threads.
 */
public final class Board implements AutoCloseable {
  /** Where lines come from. */
  @FunctionalInterface
  interface Lines {
    /**
     * @throws IOException when the line cannot be had; says why and what to do
     */
    Line open(ContactConfig config) throws IOException;
  }

  /** Pi4J with our provider in it. */
  private record Pi(Context context, LineProvider lines) {}

  private final Lines lines;

  // guarded by this
  private @Nullable Pi pi;
  private int opened;
  private boolean closed;

  /** Does no I/O. */
  public Board() {
    this(Board::openLine);
  }

  Board(Lines lines) {
    this.lines = lines;
  }

  /**
   * Opens the contact's line.
   *
   * @throws IOException when chip or line cannot be had; says why and what to do
   */
  synchronized DigitalInput open(ContactConfig config) throws IOException {
    if (closed) {
      throw new IOException("the board is closed");
    }
    Line line = lines.open(config);
    try {
      return create(config.id(), line);
    } catch (RuntimeException e) {
      line.close();
      throw new IOException("Pi4J does not take input " + config.id() + ": " + e.getMessage(), e);
    }
  }

  private synchronized DigitalInput create(String id, Line line) {
    Pi open = pi();
    open.lines().offer(id, line);
    // Pi4J tells inputs apart by this number alone, and two chips may both have a line 17; which
    // line is meant is settled above, so it gets numbers of our own.
    DigitalInputConfig input =
        DigitalInput.newConfigBuilder(open.context())
            .id(id)
            .bcm(opened++)
            .provider(LineProvider.ID)
            .build();
    return open.context().create(input);
  }

  private static Line openLine(ContactConfig config) throws IOException {
    return switch (config.line()) {
      case ContactConfig.Line.Chip(var device, int offset) -> {
        try (GpioChip chip = GpioChip.open(device)) {
          yield chip.request(offset, flags(config), config.debounce());
        }
      }
      case ContactConfig.Line.Simulated(var file) ->
          new SimulatedLine(file, config.activeLow(), config.debounce());
    };
  }

  /** An input with events on both edges. */
  static long flags(ContactConfig config) {
    long bias =
        switch (config.bias()) {
          case AS_IS -> 0;
          case NONE -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_DISABLED;
          case PULL_UP -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
          case PULL_DOWN -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
        };
    return GpioUapi.GPIO_V2_LINE_FLAG_INPUT
        | GpioUapi.GPIO_V2_LINE_FLAG_EDGE_RISING
        | GpioUapi.GPIO_V2_LINE_FLAG_EDGE_FALLING
        | (config.activeLow() ? GpioUapi.GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0)
        | bias;
  }

  private synchronized Pi pi() {
    if (pi == null) {
      LineProvider provider = new LineProvider();
      pi = new Pi(Pi4J.newContextBuilder().add(provider).disableShutdownHook().build(), provider);
    }
    return pi;
  }

  /** Gives the line back; waits up to 500 ms for its thread. */
  synchronized void release(DigitalInput input) {
    if (pi != null) {
      pi.context().shutdown(input);
    }
  }

  /** Gives all lines back. */
  @Override
  public synchronized void close() {
    closed = true;
    if (pi != null) {
      pi.context().shutdown();
      pi = null;
    }
  }
}
