package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.time.Duration;
import org.cityedge.drivers.LampConfig;
import org.cityedge.drivers.OutputConfig;

/** A light that is on or off. Confined to one thread. */
public interface Lamp extends AutoCloseable {
  /** Lights it, or not. */
  void set(boolean on) throws IOException;

  /** Dark, and given back. */
  @Override
  void close();

  /**
   * Takes the light, which is dark then.
   *
   * @throws IOException when it cannot be had; says why and what to do
   */
  static Lamp open(LampConfig config) throws IOException {
    return switch (config) {
      case LampConfig.OnLine(var line, boolean activeLow) ->
          new LineLamp(
              Output.open(
                  new OutputConfig(
                      "lamp", OutputConfig.Kind.OUTPUT, line, activeLow, Duration.ofHours(1)),
                  false));
      case LampConfig.OfKernel(String name) -> KernelLamp.take(LampConfig.LEDS.resolve(name));
    };
  }
}
