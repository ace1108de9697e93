package org.cityedge.drivers.gpio;

import java.io.IOException;

/** A light on a GPIO line. */
record LineLamp(Output.Switch line) implements Lamp {
  @Override
  public void set(boolean on) throws IOException {
    line.set(on);
  }

  @Override
  public void close() {
    try {
      line.set(false);
    } catch (IOException e) {
      // Whatever it shows now, nobody drives it any more.
    }
    line.close();
  }
}
