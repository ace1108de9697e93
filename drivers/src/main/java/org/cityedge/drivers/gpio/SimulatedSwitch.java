package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** An output's line that is a file with 0 or 1, its level, for trials where there is no chip. */
record SimulatedSwitch(Path file, boolean activeLow) implements Output.Switch {
  @Override
  public void set(boolean active) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(next, active != activeLow ? "1\n" : "0\n", StandardCharsets.US_ASCII);
      // Whoever reads sees the old level or the new one.
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IOException(
          "simulated line " + file + " cannot be written; its folder must be there and writable",
          e);
    }
  }

  @Override
  public void close() {
    // a file that is opened for each change
  }
}
