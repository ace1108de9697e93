package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.CounterConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PulseCounterTest {
  @TempDir Path folder;
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private final PulseLine line = new PulseLine();
  private final Board board = new Board(_ -> line);

  @AfterEach
  void closeBoard() {
    board.close();
  }

  /** A line whose edges the test gives. */
  private static final class PulseLine implements Line {
    private final BlockingQueue<Edge> edges = new LinkedBlockingQueue<>();
    private volatile boolean broken;

    @Override
    public boolean isActive() {
      return false;
    }

    @Override
    public Optional<Edge> await(Duration timeout) throws IOException {
      if (broken && edges.isEmpty()) {
        broken = false;
        throw new IOException("line 3 is gone");
      }
      try {
        return Optional.ofNullable(
            edges.poll(Math.min(20, timeout.toMillis()), TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void close() {}
  }

  private static CounterConfig config(double perPulse) {
    return new CounterConfig(
        "rain-1",
        new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 3),
        "rain",
        "mm",
        perPulse,
        CounterConfig.Edge.RISING,
        false,
        Bias.AS_IS,
        Duration.ZERO,
        100,
        1000,
        Duration.ofMillis(100));
  }

  private PulseCounter start() {
    PulseCounter counter = new PulseCounter(config(0.5), board, folder, clocks);
    counter.start(samples::add);
    return counter;
  }

  private void pulses(int from, int to) {
    for (int i = from; i <= to; i++) {
      line.edges.add(new Edge(true, i * 1_000_000_000L, 2 * i - 1));
      line.edges.add(new Edge(false, i * 1_000_000_000L + 1, 2 * i));
    }
  }

  /** The first reading of the quantity that has the value; those before it are left out. */
  private Reading awaits(String quantity, Reading.Value value) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      Sample sample = samples.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      assertThat(sample).as(quantity + " " + value + " within 20 s").isNotNull();
      if (sample instanceof Sample.Measured(Reading reading)
          && reading.quantity().equals(quantity)
          && reading.value().equals(value)) {
        return reading;
      }
    }
  }

  private static Reading.Value number(double value) {
    return new Reading.Quantity(value);
  }

  @Test
  void countsPulsesInTheirUnit() throws InterruptedException {
    try (PulseCounter _ = start()) {
      awaits("rain", number(0));
      pulses(1, 7);
      Reading total = awaits("rain", number(3.5));
      assertThat(total.unit()).isEqualTo("mm");
      assertThat(total.quality()).isEqualTo(Quality.GOOD);
    }
  }

  @Test
  void goesOnAfterCleanStop() throws InterruptedException, IOException {
    try (PulseCounter _ = start()) {
      awaits("rain", number(0));
      pulses(1, 4);
      awaits("rain", number(2));
    }
    assertThat(folder.resolve("rain-1")).hasContent("4 0 stopped\n");
    samples.clear();
    try (PulseCounter _ = start()) {
      awaits("rain", number(2));
      pulses(1, 1);
      awaits("rain", number(2.5));
    }
    assertThat(folder.resolve("rain-1")).hasContent("5 0 stopped\n");
  }

  @Test
  void saysThatPowerCutMayHaveLostPulses() throws InterruptedException, IOException {
    Files.writeString(folder.resolve("rain-1"), "40 2 running\n");
    try (PulseCounter _ = start()) {
      awaits("rain", number(20));
      awaits("rain_lost", number(2));
      awaits("rain_cut", new Reading.Flag(true));
      awaits("rain_cut", new Reading.Flag(false));
    }
  }

  /** As a full or read-only disk refuses it: here a folder lies where the new total is written. */
  @Test
  void countsAlsoWhenTheTotalCannotBeWritten() throws InterruptedException, IOException {
    Files.writeString(folder.resolve("rain-1"), "40 0 stopped\n");
    Files.createDirectory(folder.resolve("rain-1.new"));
    try (PulseCounter _ = start()) {
      awaits("rain", number(20));
      pulses(1, 2);
      awaits("rain", number(21));
    }
    assertThat(samples).noneMatch(Sample.Missed.class::isInstance);
  }

  @Test
  void setsUnreadableTotalAside() throws InterruptedException, IOException {
    Files.writeString(folder.resolve("rain-1"), "4x");
    try (PulseCounter _ = start()) {
      awaits("rain", number(0));
      awaits("rain_cut", new Reading.Flag(true));
    }
    assertThat(folder.resolve("rain-1.bad")).hasContent("4x");
  }

  @Test
  void countsAndTellsLostEdges() throws InterruptedException {
    try (PulseCounter _ = start()) {
      awaits("rain", number(0));
      pulses(1, 2);
      pulses(12, 12);
      assertThat(awaits("rain", number(1.5)).quality()).isEqualTo(Quality.COMM);
      awaits("rain_lost", number(9));
    }
  }

  @Test
  void tellsAllOfItsChannelsAtEachOpeningOfTheLine() throws InterruptedException {
    try (PulseCounter _ = start()) {
      awaits("rain_lost", number(0));
      awaits("rain_wrap", new Reading.Flag(false));
      awaits("rain_cut", new Reading.Flag(false));
      line.broken = true;
      awaits("rain_lost", number(0));
      awaits("rain_wrap", new Reading.Flag(false));
      awaits("rain_cut", new Reading.Flag(false));
    }
  }

  @Test
  void tellsThatTheTotalBeganAnew() throws InterruptedException, IOException {
    Files.writeString(folder.resolve("rain-1"), "998 0 stopped\n");
    try (PulseCounter _ = start()) {
      awaits("rain", number(499));
      pulses(1, 3);
      awaits("rain", number(0.5));
      awaits("rain_wrap", new Reading.Flag(true));
      awaits("rain_wrap", new Reading.Flag(false));
    }
  }

  @Test
  void keepsTheTotalOverLossOfTheLine() throws InterruptedException {
    try (PulseCounter _ = start()) {
      awaits("rain", number(0));
      pulses(1, 4);
      awaits("rain", number(2));
      line.broken = true;
      Sample sample = samples.take();
      while (!(sample instanceof Sample.Missed)) {
        sample = samples.poll(20, TimeUnit.SECONDS);
        assertThat(sample).isNotNull();
      }
      assertThat(((Sample.Missed) sample).fault())
          .isEqualTo(new Fault(Fault.Kind.HARDWARE, "line 3 is gone"));
      samples.clear();
      awaits("rain", number(2));
      // The kernel numbers a line's edges anew when it is taken anew.
      line.edges.add(new Edge(true, 10_000_000_000L, 1));
      assertThat(awaits("rain", number(2.5)).quality()).isEqualTo(Quality.GOOD);
    }
  }
}
