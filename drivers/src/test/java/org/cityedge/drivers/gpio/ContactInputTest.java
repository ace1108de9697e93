package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.pi4j.io.gpio.digital.DigitalInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ContactInputTest {
  private static final Duration NO_HEARTBEAT = Duration.ofHours(1);
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
  private final Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
  private final ScriptedLine line = new ScriptedLine();
  private Board board = new Board(_ -> line);

  @AfterEach
  void closeBoard() {
    board.close();
  }

  /** A line whose edges the test gives; an exception among them is a line that is lost. */
  private static final class ScriptedLine implements Line {
    private final BlockingQueue<Object> script = new LinkedBlockingQueue<>();
    private volatile boolean active;
    private volatile boolean closed;

    void edge(boolean level, long nanos) {
      active = level;
      script.add(new Edge(level, nanos));
    }

    @Override
    public boolean isActive() {
      return active;
    }

    @Override
    public Optional<Edge> await(Duration timeout) throws IOException {
      try {
        return switch (script.poll(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          case Edge edge -> Optional.of(edge);
          case IOException loss -> throw loss;
          case null, default -> Optional.empty();
        };
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static ContactConfig config(ContactConfig.Line line, Duration period) {
    return config(line, period, Duration.ZERO, Duration.ZERO);
  }

  private static ContactConfig config(
      ContactConfig.Line line, Duration period, Duration hold, Duration latch) {
    return new ContactConfig(
        "door-1", line, "open", false, Bias.AS_IS, Duration.ofMillis(50), period, hold, latch);
  }

  private static ContactConfig onChip(String device, Duration period) {
    return config(new ContactConfig.Line.Chip(Path.of(device), 17), period);
  }

  private ContactInput start(ContactConfig config) {
    ContactInput input = new ContactInput(config, board, clocks);
    input.start(samples::add);
    return input;
  }

  private Sample next() throws InterruptedException {
    Sample sample = samples.poll(20, TimeUnit.SECONDS);
    assertThat(sample).as("a sample within 20 s").isNotNull();
    return sample;
  }

  private Reading nextReading() throws InterruptedException {
    return ((Measured) next()).reading();
  }

  @Test
  void givesStateAtStartAndEachEdgeWithItsOwnTime() throws InterruptedException {
    try (ContactInput _ = start(onChip("/dev/gpiochip0", NO_HEARTBEAT))) {
      Reading first = nextReading();
      assertThat(first.value()).isEqualTo(new Reading.Flag(false));
      assertThat(first.quality()).isEqualTo(Quality.GOOD);
      long opened = first.nanos() + 1_000_000;
      line.edge(true, opened);
      line.edge(false, opened + 70);
      Reading second = nextReading();
      assertThat(second.value()).isEqualTo(new Reading.Flag(true));
      assertThat(second.nanos()).isEqualTo(opened);
      assertThat(nextReading().value()).isEqualTo(new Reading.Flag(false));
    }
    assertThat(line.closed).isTrue();
  }

  @Test
  void leavesOutEdgeThatTheFirstReadingHasSeen() throws InterruptedException {
    try (ContactInput _ = start(onChip("/dev/gpiochip0", NO_HEARTBEAT))) {
      long read = nextReading().nanos();
      line.edge(true, read - 1);
      line.edge(true, read + 1);
      assertThat(nextReading().nanos()).isEqualTo(read + 1);
    }
  }

  @Test
  void countsTheChangesOfAContactThatChatters() throws InterruptedException {
    try (ContactInput _ = start(onChip("/dev/gpiochip0", NO_HEARTBEAT))) {
      long opened = nextReading().nanos();
      CountDownLatch never = new CountDownLatch(1);
      for (int i = 1; board.lost().isEmpty() && i < 20_000; i++) {
        line.edge(i % 2 == 1, opened + i);
        assertThat(never.await(1, TimeUnit.MILLISECONDS)).isFalse();
      }
      assertThat(board.lost()).hasSize(1);
      Loss loss = board.lost().getFirst();
      assertThat(loss.from()).isEqualTo("door-1");
      assertThat(loss.cause()).isEqualTo(Loss.Cause.PACE);
      assertThat(loss.count()).isPositive();
    }
  }

  @Test
  @Timeout(60)
  void givesALineBackWhileAnotherIsWaitedFor() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Line deaf =
        new Line() {
          @Override
          public boolean isActive() {
            return false;
          }

          @Override
          public Optional<Edge> await(Duration timeout) throws IOException {
            try {
              gate.await();
              return Optional.empty();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }

          @Override
          public void close() {}
        };
    board = new Board(wanted -> wanted.id().equals("deaf") ? deaf : line);
    DigitalInput held = board.open(wanted("deaf"));
    DigitalInput other = board.open(wanted("door-1"));
    Thread waits = Thread.ofPlatform().start(() -> board.release(held));
    try {
      while (waits.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      Thread goesOn = Thread.ofPlatform().start(() -> board.release(other));
      assertThat(goesOn.join(Duration.ofSeconds(20))).as("not held up").isTrue();
      assertThat(line.closed).isTrue();
    } finally {
      gate.countDown();
      waits.join();
    }
  }

  private static Board.Wanted wanted(String id) {
    return new Board.Wanted(
        id,
        new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 17),
        false,
        Bias.AS_IS,
        Duration.ZERO,
        0);
  }

  @Test
  void holdsShortPulseAndTellsTheMomentOfItsEnd() throws InterruptedException {
    Duration hold = Duration.ofMillis(200);
    ContactConfig.Line.Chip chip = new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 17);
    try (ContactInput _ = start(config(chip, NO_HEARTBEAT, hold, Duration.ZERO))) {
      long pulse = nextReading().nanos() + 1_000_000;
      line.edge(true, pulse);
      line.edge(false, pulse + 70);
      Reading active = nextReading();
      assertThat(active.value()).isEqualTo(new Reading.Flag(true));
      assertThat(active.nanos()).isEqualTo(pulse);
      Reading over = nextReading();
      assertThat(over.value()).isEqualTo(new Reading.Flag(false));
      assertThat(over.nanos()).isEqualTo(pulse + hold.toNanos());
    }
  }

  @Test
  void takesFlickerWithinTheLatchForOneAlarm() throws InterruptedException {
    Duration latch = Duration.ofMillis(300);
    ContactConfig.Line.Chip chip = new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 17);
    try (ContactInput _ = start(config(chip, NO_HEARTBEAT, Duration.ZERO, latch))) {
      long first = nextReading().nanos() + 1_000_000;
      for (int i = 0; i < 5; i++) {
        line.edge(true, first + 2L * i);
        line.edge(false, first + 2L * i + 1);
      }
      assertThat(nextReading().value()).isEqualTo(new Reading.Flag(true));
      Reading over = nextReading();
      assertThat(over.value()).isEqualTo(new Reading.Flag(false));
      assertThat(over.nanos()).isEqualTo(first + 9 + latch.toNanos());
    }
  }

  @Test
  void repeatsStateEveryPeriod() throws InterruptedException {
    try (ContactInput _ = start(onChip("/dev/gpiochip0", Duration.ofMillis(100)))) {
      for (int i = 0; i < 3; i++) {
        assertThat(nextReading().value()).isEqualTo(new Reading.Flag(false));
      }
    }
  }

  @Test
  void namesLossAndOpensTheLineAgain() throws InterruptedException {
    try (ContactInput _ = start(onChip("/dev/gpiochip0", NO_HEARTBEAT))) {
      nextReading();
      line.script.add(new IOException("line 17 is gone"));
      assertThat(((Missed) next()).fault())
          .isEqualTo(new Fault(Fault.Kind.HARDWARE, "line 17 is gone"));
      assertThat(nextReading().value()).isEqualTo(new Reading.Flag(false));
    }
  }

  @Test
  void emitsNothingAfterClosing() throws InterruptedException {
    ContactInput input = start(onChip("/dev/gpiochip0", Duration.ofMillis(100)));
    nextReading();
    input.close();
    input.close();
    samples.clear();
    line.edge(true, System.nanoTime());
    assertThat(samples).isEmpty();
    assertThat(line.closed).isTrue();
  }

  @Test
  void closesBeforeStart() {
    new ContactInput(onChip("/dev/gpiochip0", NO_HEARTBEAT), board, clocks).close();
  }

  @Test
  void saysWhichChipIsMissing() throws InterruptedException {
    assumeFalse(Files.exists(Path.of("/dev/gpiochip0")), "this machine has GPIO chips");
    board = new Board();
    try (ContactInput _ = start(onChip("/dev/gpiochip9", NO_HEARTBEAT))) {
      assertThat(((Missed) next()).fault())
          .isEqualTo(
              new Fault(
                  Fault.Kind.HARDWARE,
                  "there is no /dev/gpiochip9; chips here: none; "
                      + "correct chip: or load the board's GPIO driver"));
    }
  }

  @Test
  void saysWhenTheDeviceIsNoGpioChip() throws InterruptedException {
    board = new Board();
    try (ContactInput _ = start(onChip("/dev/null", NO_HEARTBEAT))) {
      assertThat(((Missed) next()).fault())
          .isEqualTo(
              new Fault(
                  Fault.Kind.HARDWARE, "/dev/null is no GPIO character device; correct chip:"));
    }
  }

  @Test
  void followsSimulatedLine(@TempDir Path dir) throws Exception {
    board = new Board();
    Path file = dir.resolve("level");
    write(file, "0");
    ContactConfig config = config(new ContactConfig.Line.Simulated(file), NO_HEARTBEAT);
    try (ContactInput _ = start(config)) {
      Reading first = nextReading();
      assertThat(first.value()).isEqualTo(new Reading.Flag(false));
      assertThat(first.quality()).isEqualTo(Quality.SIM);
      write(file, "1\n");
      assertThat(nextReading().value()).isEqualTo(new Reading.Flag(true));
      write(file, "x");
      assertThat(((Missed) next()).fault().detail())
          .isEqualTo("simulated line " + file + " must hold 0 or 1");
      write(file, "0");
      assertThat(nextReading().value()).isEqualTo(new Reading.Flag(false));
    }
  }

  private static void write(Path file, String level) throws IOException {
    Path next = file.resolveSibling("next");
    Files.writeString(next, level);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
