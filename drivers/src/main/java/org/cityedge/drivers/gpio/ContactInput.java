package org.cityedge.drivers.gpio;

import com.pi4j.io.gpio.digital.DigitalInput;
import com.pi4j.io.gpio.digital.DigitalState;
import com.pi4j.io.gpio.digital.DigitalStateChangeEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Handover;
import org.cityedge.drivers.Overflow;
import org.cityedge.drivers.OwnThread;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sensor;
import org.jspecify.annotations.Nullable;

/**
 * A contact: gives its state when the line is opened, on each edge, and every period. A line that
 * cannot be had, or is lost, is {@code HARDWARE} once per reason and tried again with back-off, 1 s
 * to 60 s. An edge has the kernel's time: its CLOCK_MONOTONIC stamp is {@link Reading#nanos}, and
 * the wall clock as it stands now less the age is {@link Reading#at}. The periodic reading also
 * mends what the kernel's queue of 16 edges could not hold.
 */
public final class ContactInput implements Sensor {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);

  /** What the line says; a loss comes with the state unknown. */
  private record Change(DigitalState state, long nanos, @Nullable IOException loss) {}

  private final ContactConfig config;
  private final Board board;
  private final Clocks clocks;
  private final Handover<Change> changes;
  private final Overflow overflow;

  private final OwnThread thread;

  // confined to the sensor's thread, set at its start
  private Sample.Sink sink = _ -> {};

  // confined to the sensor's thread
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new SplittableRandom());
  private final Latch latch;
  private @Nullable DigitalInput input;
  private long dueNanos;
  private long readNanos;
  private @Nullable String fault;

  /** Does no I/O. */
  public ContactInput(ContactConfig config, Board board, Clocks clocks) {
    this.config = config;
    this.thread =
        new OwnThread("sensor " + config.id(), Thread.ofVirtual().name("contact-" + config.id()));
    this.board = board;
    this.clocks = clocks;
    this.latch = new Latch(config.hold(), config.latch());
    this.changes = new Handover<>(clocks.monotonic());
    this.overflow =
        new Overflow(
            changes,
            config.id(),
            board.losses(),
            clocks.monotonic(),
            "Contact changes more than "
                + Handover.PER_SECOND
                + " times a second, or is read too slowly; its oldest changes are dropped");
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
    changes.close();
  }

  @Override
  public void close() {
    stop();
    thread.join();
  }

  private void run() {
    dueNanos = clocks.nanos();
    try {
      while (!changes.isClosed()) {
        Change change = changes.take(nextNanos());
        release(change == null ? clocks.nanos() : change.nanos());
        if (change != null) {
          changed(change);
        } else if (clocks.nanos() - dueNanos >= 0) {
          due();
        }
        overflow.note();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      giveBack();
    }
  }

  private long nextNanos() {
    long end = latch.endNanos().orElse(dueNanos);
    return input != null && end - dueNanos < 0 ? end : dueNanos;
  }

  /** Tells that hold and latch are over, with the moment at which they were. */
  private void release(long now) {
    long end = latch.endNanos().orElse(now);
    if (input != null && latch.ends(now)) {
      measured(end);
    }
  }

  /** Heartbeat of an open line, next attempt at a lost one. */
  private void due() {
    DigitalInput open = input;
    if (open != null) {
      present(open);
      return;
    }
    try {
      DigitalInput opened = board.open(wanted());
      opened.addListener(this::onChange);
      input = opened;
      backoff.reset();
      present(opened);
    } catch (IOException e) {
      failed(e);
    }
  }

  private Board.Wanted wanted() {
    return new Board.Wanted(
        id(), config.line(), config.activeLow(), config.bias(), config.debounce(), 0);
  }

  /** On the line's thread. */
  private void onChange(DigitalStateChangeEvent<?> event) {
    changes.offer(
        event instanceof LineEvent line
            ? new Change(line.state(), line.nanos(), line.loss())
            : new Change(event.state(), clocks.nanos(), null));
  }

  private void changed(Change change) {
    if (change.loss() != null) {
      failed(change.loss());
    } else if (change.nanos() - readNanos >= 0) { // else the reading has seen this edge already
      boolean before = latch.isActive();
      latch.level(change.state().isHigh(), change.nanos());
      latch.ends(change.nanos());
      // Without hold and latch every edge is told; with them the flicker within is not.
      if (latch.isActive() != before || !latched()) {
        measured(change.nanos());
      }
    }
  }

  private void present(DigitalInput open) {
    long nanos = clocks.nanos(); // before the reading: a later edge is then news
    DigitalState state = open.state();
    if (state == DigitalState.UNKNOWN) {
      failed(new IOException("the line of " + id() + " does not tell its level"));
      return;
    }
    readNanos = nanos;
    dueNanos = nanos + config.period().toNanos();
    latch.level(state.isHigh(), nanos);
    latch.ends(nanos);
    measured(nanos);
  }

  private boolean latched() {
    return config.hold().isPositive() || config.latch().isPositive();
  }

  private void measured(long nanos) {
    fault = null;
    Quality quality = config.simulated() ? Quality.SIM : Quality.GOOD;
    Reading.Value value = new Reading.Flag(latch.isActive());
    pass(
        new Sample.Measured(
            new Reading(id(), config.quantity(), value, "", clocks.at(nanos), nanos, quality)));
  }

  private void failed(IOException e) {
    giveBack();
    long now = clocks.nanos();
    dueNanos = now + backoff.nextNanos();
    String detail = String.valueOf(e.getMessage());
    if (!detail.equals(fault)) {
      fault = detail;
      Fault hardware = new Fault(Fault.Kind.HARDWARE, detail);
      pass(new Sample.Missed(id(), clocks.at(now), now, hardware));
    }
  }

  private void giveBack() {
    DigitalInput open = input;
    input = null;
    if (open != null) {
      board.release(open);
    }
  }

  private void pass(Sample sample) {
    if (!changes.isClosed()) {
      sink.accept(sample);
    }
  }
}
