package org.cityedge.drivers.gpio;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalInputConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Losses;
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
    Line open(Wanted wanted) throws IOException;
  }

  /**
   * An input as it is wanted.
   *
   * @param id the sensor's, for Pi4J
   * @param events how many edges the kernel is to keep, 0 for its own choice of 16
   */
  record Wanted(
      String id,
      ContactConfig.Line line,
      boolean activeLow,
      Bias bias,
      Duration debounce,
      int events) {}

  /** Pi4J with our provider in it. */
  private record Pi(Context context, LineProvider lines) {}

  private final Lines lines;
  private final Losses losses = new Losses();

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

  /** What its sensors lost. */
  Losses losses() {
    return losses;
  }

  /** What its sensors lost since it was made. */
  public List<Loss> lost() {
    return losses.list();
  }

  /**
   * Opens the sensor's line.
   *
   * @throws IOException when chip or line cannot be had; says why and what to do
   */
  synchronized DigitalInput open(Wanted wanted) throws IOException {
    if (closed) {
      throw new IOException("the board is closed");
    }
    Line line = lines.open(wanted);
    try {
      return create(wanted.id(), line);
    } catch (RuntimeException e) {
      line.close();
      throw new IOException("Pi4J does not take input " + wanted.id() + ": " + e.getMessage(), e);
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

  static Line openLine(Wanted wanted) throws IOException {
    return switch (wanted.line()) {
      case ContactConfig.Line.Chip(var device, int offset) -> {
        try (GpioChip chip = GpioChip.open(device)) {
          long flags = inputFlags(wanted.activeLow(), wanted.bias());
          yield chip.requestDebounced(offset, flags, wanted.debounce(), wanted.events());
        }
      }
      case ContactConfig.Line.Simulated(var file) ->
          new SimulatedLine(file, wanted.activeLow(), wanted.debounce());
    };
  }

  /** An input with events on both edges. */
  static long inputFlags(boolean activeLow, Bias wanted) {
    long bias =
        switch (wanted) {
          case AS_IS -> 0;
          case NONE -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_DISABLED;
          case PULL_UP -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
          case PULL_DOWN -> GpioUapi.GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
        };
    return GpioUapi.GPIO_V2_LINE_FLAG_INPUT
        | GpioUapi.GPIO_V2_LINE_FLAG_EDGE_RISING
        | GpioUapi.GPIO_V2_LINE_FLAG_EDGE_FALLING
        | (activeLow ? GpioUapi.GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0)
        | bias;
  }

  private synchronized Pi pi() {
    if (pi == null) {
      LineProvider provider = new LineProvider();
      pi = new Pi(Pi4J.newContextBuilder().add(provider).disableShutdownHook().build(), provider);
    }
    return pi;
  }

  /** Gives the line back; waits up to 500 ms for its thread, and holds up nobody else. */
  void release(DigitalInput input) {
    if (input instanceof LineInput line) {
      line.end();
    }
    shutDown(input);
  }

  private synchronized void shutDown(DigitalInput input) {
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
