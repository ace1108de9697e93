package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A line whose level is a file that holds 0 or 1, looked at every 50 ms, for trials where there is
 * no chip. Write a new file and rename it over the old one, or an empty file may be seen; that is
 * taken as no change.
 */
final class SimulatedLine implements Line {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final int LARGEST = 16;

  private final Path file;
  private final boolean activeLow;
  private final Debounce debounce;

  // shared: written by the waiting thread, read by the sensor's
  private volatile boolean active;

  SimulatedLine(Path file, boolean activeLow, Duration debounce) throws IOException {
    this.file = file;
    this.activeLow = activeLow;
    this.active = level(activeLow);
    this.debounce = new Debounce(debounce.toNanos(), active, System.nanoTime());
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public Optional<Edge> await(Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    do {
      Optional<Edge> edge = debounce.level(level(active), System.nanoTime());
      if (edge.isPresent()) {
        active = debounce.isActive();
        return edge;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    } while (System.nanoTime() - end < 0);
    return Optional.empty();
  }

  private boolean level(boolean whenEmpty) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no simulated line " + file + "; write 0 or 1 to it");
    }
    if (Files.size(file) > LARGEST) {
      throw new IOException("simulated line " + file + " must hold 0 or 1, is too long");
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    return switch (text) {
      case "0" -> activeLow;
      case "1" -> !activeLow;
      case "" -> whenEmpty;
      default -> throw new IOException("simulated line " + file + " must hold 0 or 1");
    };
  }

  @Override
  public void close() {
    // a file that is opened for each look
  }
}
