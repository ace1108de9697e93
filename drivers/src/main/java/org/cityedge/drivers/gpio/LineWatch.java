package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;

/**
 * One line by itself, without a sensor: {@code cityedge gpio watch}, the box's button. One thread
 * at a time.
 */
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
      ContactConfig.Line line, boolean activeLow, Bias bias, Duration debounce) throws IOException {
    return new LineWatch(
        Board.openLine(new Board.Wanted("watch", line, activeLow, bias, debounce, 0)));
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
