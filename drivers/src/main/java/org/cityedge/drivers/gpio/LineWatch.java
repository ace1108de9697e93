package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.ContactConfig.Bias;

/** One line looked at by hand, as {@code cityedge gpio watch} does. One thread at a time. */
public final class LineWatch implements AutoCloseable {
  private final Line line;
  private final LostEdges lostEdges = new LostEdges();

  private LineWatch(Line line) {
    this.line = line;
  }

  /**
   * A change of the line.
   *
   * @param nanos the kernel's monotonic stamp, on the clock of {@link System#nanoTime}
   * @param lost edges missing before this one
   */
  public record Change(boolean active, long nanos, long lost) {}

  /**
   * Takes the line; nobody else may hold it.
   *
   * @param debounce 0..10 s
   * @throws IOException when the line cannot be had; names chip, line, owner and cure
   */
  public static LineWatch open(
      Path device, int offset, boolean activeLow, Bias bias, Duration debounce) throws IOException {
    try (GpioChip chip = GpioChip.open(device)) {
      return new LineWatch(
          chip.requestDebounced(offset, Board.inputFlags(activeLow, bias), debounce, 0));
    }
  }

  public boolean isActive() throws IOException {
    return line.isActive();
  }

  /** The next change; empty when none comes within the time. */
  public Optional<Change> await(Duration timeout) throws IOException {
    return line.await(timeout)
        .map(edge -> new Change(edge.active(), edge.nanos(), lostEdges.before(edge)));
  }

  @Override
  public void close() {
    line.close();
  }
}
