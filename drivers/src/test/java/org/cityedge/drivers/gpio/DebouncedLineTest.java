package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DebouncedLineTest {
  private static final Duration PERIOD = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofSeconds(20);

  /** A line that gives what the test put there, and then waits as a quiet line does. */
  private static final class Raw implements Line {
    private final Deque<Edge> edges = new ArrayDeque<>();
    private final List<Duration> waits = new ArrayList<>();
    private boolean gone;
    private boolean closed;

    @Override
    public boolean isActive() throws IOException {
      if (gone) {
        throw new IOException("the chip is gone");
      }
      return false;
    }

    @Override
    public Optional<Edge> await(Duration timeout) throws IOException {
      if (gone && edges.isEmpty()) {
        waits.add(timeout);
        throw new IOException("the chip is gone");
      }
      return Optional.ofNullable(edges.poll());
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final Raw raw = new Raw();

  @Test
  void passesLevelThatHeldAndNotTheChatter() throws IOException {
    long start = System.nanoTime();
    long ms = 1_000_000;
    DebouncedLine line = new DebouncedLine(raw, PERIOD);
    long base = start + Duration.ofSeconds(1).toNanos();
    raw.edges.add(new Edge(true, base));
    raw.edges.add(new Edge(false, base + ms));
    raw.edges.add(new Edge(true, base + 2 * ms));
    raw.edges.add(new Edge(false, base + 40 * ms));
    raw.edges.add(new Edge(true, base + 41 * ms));
    raw.edges.add(new Edge(false, base + 80 * ms));
    raw.edges.add(new Edge(true, base + 200 * ms));
    assertThat(line.await(LONG)).contains(new Edge(true, base + 40 * ms));
    assertThat(line.isActive()).isTrue();
    assertThat(line.await(LONG)).contains(new Edge(false, base + 200 * ms));
    assertThat(line.isActive()).isFalse();
  }

  @Test
  void waitsForNoMoreThanTheRestOfThePeriod() throws IOException {
    DebouncedLine line = new DebouncedLine(raw, LONG);
    raw.edges.add(new Edge(true, System.nanoTime() - Duration.ofSeconds(15).toNanos()));
    raw.gone = true;
    assertThatThrownBy(() -> line.await(LONG)).hasMessage("the chip is gone");
    assertThat(raw.waits)
        .singleElement()
        .satisfies(wait -> assertThat(wait).isLessThanOrEqualTo(Duration.ofSeconds(5)));
  }

  @Test
  void givesALineBackThatCannotBeRead() {
    raw.gone = true;
    assertThatThrownBy(() -> new DebouncedLine(raw, PERIOD)).hasMessage("the chip is gone");
    assertThat(raw.closed).isTrue();
  }
}
