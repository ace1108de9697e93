package org.cityedge.drivers.gpio;

import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalState;
import com.pi4j.io.gpio.digital.DigitalStateChangeEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CounterConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.cityedge.drivers.OwnThread;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sensor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running total of pulses, given when the line is opened and every period. It is written to the
 * data folder at a clean stop and otherwise with a reading, at most once a minute. So a power cut
 * or a crash may lose the pulses of one minute, or of one period where that is longer; the first
 * reading after it says so ({@code QUANTITY_cut}). Pulses while the agent does not run are not seen
 * by anybody.
 *
 * <p>A total's quality is {@code RANGE} when pulses came faster than {@code maxRate} in its period,
 * else {@code COMM} when the kernel's queue of 1024 edges ran over. What is to be known besides is
 * told when the line is opened and when it changes: {@code _lost} the pulses known to be lost,
 * {@code _wrap} that the total has begun anew, {@code _cut}.
 */
public final class PulseCounter implements Sensor {
  private static final Logger log = LoggerFactory.getLogger(PulseCounter.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);

  /** Between two writes at least: 0.5 million in a year. */
  private static final long WRITE_NANOS = Duration.ofMinutes(1).toNanos();

  /** The most that the kernel keeps for one line. */
  private static final int EVENTS = 1024;

  private final CounterConfig config;
  private final Board board;
  private final Clocks clocks;
  private final CountFile file;
  private final Handover<IOException> losses;

  private final OwnThread thread;

  // confined to the sensor's thread, set at its start
  private Sample.Sink sink = _ -> {};

  // set on the sensor's thread before the line is opened, read on the line's
  private final AtomicReference<@Nullable PulseTally> tally = new AtomicReference<>();

  // confined to the sensor's thread
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new SplittableRandom());
  private @Nullable DigitalInput input;
  private long dueNanos;
  private long writtenNanos;
  private CountFile.Count written = new CountFile.Count(0, 0, false);
  private boolean writeFails;
  private boolean tellsAll;
  private boolean toldWrap;
  private boolean toldCut;
  private boolean cut;
  private long toldLost;
  private @Nullable String fault;

  /**
   * Does no I/O.
   *
   * @param folder where the totals are kept, one file by sensor; made when it is missing
   */
  public PulseCounter(CounterConfig config, Board board, Path folder, Clocks clocks) {
    this.config = config;
    this.thread =
        new OwnThread("sensor " + config.id(), Thread.ofVirtual().name("counter-" + config.id()));
    this.board = board;
    this.clocks = clocks;
    this.file = new CountFile(folder.resolve(config.id()));
    this.losses = new Handover<>(clocks.monotonic());
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public void start(Sample.Sink sink) {
    thread.start(
        () -> {
          this.sink = sink;
          run();
        });
  }

  @Override
  public void stop() {
    losses.close();
  }

  @Override
  public void close() {
    stop();
    thread.join();
  }

  private void run() {
    dueNanos = clocks.nanos();
    try {
      while (!losses.isClosed()) {
        IOException loss = losses.take(dueNanos);
        if (loss != null) {
          failed(loss);
        } else if (clocks.nanos() - dueNanos >= 0) {
          due();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      giveBack();
      PulseTally counted = tally.get();
      if (counted != null) {
        PulseTally.Total total = counted.take();
        write(total.pulses(), total.lost(), false);
      }
    }
  }

  private void due() {
    try {
      PulseTally counted = tally.get();
      if (counted == null) {
        counted = resume();
      }
      if (input == null) {
        open(counted);
      }
      dueNanos = clocks.nanos() + config.period().toNanos();
      tell(counted.take());
    } catch (IOException e) {
      failed(e);
    }
  }

  private PulseTally resume() throws IOException {
    CountFile.Count before = file.read();
    cut = before.cut();
    if (cut) {
      log.warn(
          "The last stop was not clean or the total was unreadable; pulses of the minute or period"
              + " before it may be missing. sensor={} pulses={}",
          id(),
          before.pulses());
    }
    written = before;
    write(before.pulses(), before.lost(), true);
    PulseTally counted = new PulseTally(config, before.pulses(), before.lost());
    tally.set(counted);
    return counted;
  }

  private void open(PulseTally counted) throws IOException {
    counted.opened();
    DigitalInput opened =
        board.open(
            new Board.Wanted(
                id(), config.line(), config.activeLow(), config.bias(), config.debounce(), EVENTS));
    opened.addListener(this::onChange);
    input = opened;
    // Nobody has heard of it yet, or it was told as not to be trusted when the line was lost.
    tellsAll = true;
    backoff.reset();
  }

  /** On the line's thread. */
  private void onChange(DigitalStateChangeEvent<?> event) {
    PulseTally counted = tally.get();
    if (!(event instanceof LineEvent line) || counted == null) {
      return;
    }
    if (line.loss() != null) {
      losses.offer(line.loss());
    } else {
      counted.edge(new Edge(line.state() == DigitalState.HIGH, line.nanos(), line.number()));
    }
  }

  private void tell(PulseTally.Total total) {
    fault = null;
    long nanos = clocks.nanos();
    Quality quality =
        config.simulated()
            ? Quality.SIM
            : total.tooFast() ? Quality.RANGE : total.gap() ? Quality.COMM : Quality.GOOD;
    number(config.quantity(), total.pulses() * config.perPulse(), config.unit(), nanos, quality);
    if (tellsAll || total.lost() != toldLost) {
      toldLost = total.lost();
      number(config.lost(), (double) total.lost(), "count", nanos, known());
    }
    if (tellsAll || total.wrapped() != toldWrap) {
      toldWrap = total.wrapped();
      pass(config.wrapped(), new Reading.Flag(toldWrap), "", nanos, known());
    }
    if (tellsAll || cut != toldCut) {
      toldCut = cut;
      pass(config.cut(), new Reading.Flag(cut), "", nanos, known());
    }
    tellsAll = false;
    cut = false;
    if (nanos - writtenNanos >= WRITE_NANOS
        && (total.pulses() != written.pulses() || total.lost() != written.lost())) {
      write(total.pulses(), total.lost(), true);
    }
  }

  private Quality known() {
    return config.simulated() ? Quality.SIM : Quality.GOOD;
  }

  private void number(String quantity, double value, String unit, long nanos, Quality quality) {
    pass(quantity, new Reading.Quantity(value), unit, nanos, quality);
  }

  private void pass(
      String quantity, Reading.Value value, String unit, long nanos, Quality quality) {
    if (!losses.isClosed()) {
      sink.accept(
          new Sample.Measured(
              new Reading(id(), quantity, value, unit, clocks.at(nanos), nanos, quality)));
    }
  }

  /** A disk that refuses costs what is counted from now on until a stop, and not the counting. */
  private void write(long pulses, long lost, boolean running) {
    writtenNanos = clocks.nanos();
    try {
      file.write(pulses, lost, running);
      written = new CountFile.Count(pulses, lost, false);
      writeFails = false;
    } catch (IOException e) {
      if (!writeFails) {
        log.error(
            "A total cannot be written; a stop now loses what was counted since. sensor={}",
            id(),
            e);
      }
      writeFails = true;
    }
  }

  private void failed(IOException e) {
    giveBack();
    long now = clocks.nanos();
    dueNanos = now + backoff.nextNanos();
    String detail = String.valueOf(e.getMessage());
    if (!detail.equals(fault)) {
      fault = detail;
      if (!losses.isClosed()) {
        Fault hardware = new Fault(Fault.Kind.HARDWARE, detail);
        sink.accept(new Sample.Missed(id(), clocks.at(now), now, hardware));
      }
    }
  }

  private void giveBack() {
    DigitalInput open = input;
    input = null;
    if (open != null) {
      board.release(open);
    }
  }
}
