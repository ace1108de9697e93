package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.cityedge.drivers.Backoff;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.OutputConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches one line: on from the first cause, off when the last is gone, and after {@code maxOn} in
 * any case; a further cause begins the time anew, and is then the only one. Off is its safe state.
 *
 * <ul>
 *   <li>At the start the line is taken as off from its first instant, before anything else runs.
 *   <li>At a clean stop it is switched off, then given back.
 *   <li>When the process dies the kernel takes the line back, and nothing promises which level it
 *       then has: many chips leave it as it was. The next start switches it off; where seconds
 *       count, a relay with a time of its own belongs behind the line.
 *   <li>A line that cannot be had or set is tried again, from 1 s to 1 min apart; {@link #fault}
 *       says why. A cause that came meanwhile counts, for what is left of its time.
 * </ul>
 *
 * <p>All methods may be called from any thread and never wait for the line, but {@link #close}. The
 * time runs on a thread of its own, so that whoever hangs elsewhere cannot keep a siren going.
 */
public final class Output implements AutoCloseable {
  /** A line that can be set. */
  interface Switch extends AutoCloseable {
    void set(boolean active) throws IOException;

    @Override
    void close();
  }

  /** Where the line comes from. */
  @FunctionalInterface
  interface Source {
    /**
     * Takes the line, with that value from its first instant.
     *
     * @throws IOException when it cannot be had; says why and what to do
     */
    Switch open(OutputConfig config, boolean active) throws IOException;
  }

  private static final Logger log = LoggerFactory.getLogger(Output.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);

  private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();

  /** More causes than there can be open alerts are a fault elsewhere. */
  private static final int MOST_CAUSES = 1024;

  private final OutputConfig config;
  private final Source source;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by lock
  private final Set<String> causes = new HashSet<>();

  /** Causes that are still there and whose time is over: they keep nothing on. */
  private final Set<String> spent = new HashSet<>();

  private long untilNanos;
  private boolean timeLeft;
  private boolean closed;
  private @Nullable String fault;
  private @Nullable Thread thread;

  // confined to the output's thread
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new SplittableRandom());
  private @Nullable Switch line;
  private boolean shown;

  /** The line was lost while it was switched, so that nobody knows what it shows. */
  private boolean unsure;

  private long retryNanos;

  /**
   * Does no I/O.
   *
   * @param nanos monotonic clock, {@link System#nanoTime}
   */
  public Output(OutputConfig config, LongSupplier nanos) {
    this(config, Output::open, nanos);
  }

  Output(OutputConfig config, Source source, LongSupplier nanos) {
    this.config = config;
    this.source = source;
    this.nanos = nanos;
    this.retryNanos = nanos.getAsLong();
  }

  public String id() {
    return config.id();
  }

  /** Once; returns at once. */
  public void start() {
    lock.lock();
    try {
      if (thread != null || closed) {
        throw new IllegalStateException("output " + id() + " is started or closed already");
      }
      thread = Thread.ofPlatform().name("output-" + id()).daemon().start(this::run);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A reason to be on. One that is known already changes nothing, so it does not lengthen the time.
   */
  public void on(String cause) {
    lock.lock();
    try {
      if (causes.size() + spent.size() < MOST_CAUSES
          && !spent.contains(cause)
          && causes.add(cause)) {
        untilNanos = nanos.getAsLong() + config.maxOn().toNanos();
        timeLeft = true;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The reason is gone; ignored when it was none. */
  public void off(String cause) {
    lock.lock();
    try {
      spent.remove(cause);
      if (causes.remove(cause) && causes.isEmpty()) {
        timeLeft = false;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Off, whatever reasons there are; the next new one switches it on again. */
  public void off() {
    lock.lock();
    try {
      causes.clear();
      spent.clear();
      timeLeft = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is to be on right now. */
  public boolean isOn() {
    return wanted();
  }

  /** Why the line cannot be switched right now, with the cure; empty while it can. */
  public Optional<String> fault() {
    lock.lock();
    try {
      return Optional.ofNullable(fault);
    } finally {
      lock.unlock();
    }
  }

  /** Switches off and gives the line back; waits for that. Any number of times. */
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      closed = true;
      timeLeft = false;
      running = thread;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (running != null && running != Thread.currentThread()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    try {
      while (true) {
        boolean wanted = wanted();
        show(wanted);
        lock.lock();
        try {
          long left = leftNanos();
          while (!closed && wantedNow() == wanted && left > 0) {
            long _ = changed.awaitNanos(left);
            left = leftNanos();
          }
          if (closed) {
            return;
          }
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      giveBack();
    }
  }

  private boolean wanted() {
    lock.lock();
    try {
      return wantedNow();
    } finally {
      lock.unlock();
    }
  }

  private boolean wantedNow() {
    if (timeLeft && nanos.getAsLong() - untilNanos >= 0) {
      timeLeft = false;
      spent.addAll(causes);
      causes.clear();
      log.info(
          "Output has been on as long as it may output={} seconds={}",
          id(),
          config.maxOn().toSeconds());
    }
    return timeLeft;
  }

  /** Until the time is over or a line is to be tried again; an hour when neither is to come. */
  private long leftNanos() {
    long now = nanos.getAsLong();
    long left = IDLE_NANOS;
    if (timeLeft) {
      left = Math.min(left, untilNanos - now);
    }
    if (line == null) {
      left = Math.min(left, retryNanos - now);
    }
    return left;
  }

  private void show(boolean active) {
    try {
      Switch open = line;
      if (open == null) {
        if (nanos.getAsLong() - retryNanos < 0) {
          return;
        }
        line = source.open(config, active);
        unsure = false;
        backoff.reset();
        told(null);
      } else if (active != shown) {
        open.set(active);
      } else {
        return;
      }
      if (active != shown) {
        log.info("Output is switched output={} on={}", id(), active);
      }
      shown = active;
    } catch (IOException e) {
      Switch broken = line;
      line = null;
      shown = false;
      if (broken != null) {
        unsure = true;
        broken.close();
      }
      retryNanos = nanos.getAsLong() + backoff.nextNanos();
      told(String.valueOf(e.getMessage()));
    }
  }

  private void told(@Nullable String now) {
    lock.lock();
    try {
      if (now != null && !now.equals(fault)) {
        log.warn("Output cannot be switched output={}: {}", id(), now);
      } else if (now == null && fault != null) {
        log.info("Output can be switched again output={}", id());
      }
      fault = now;
    } finally {
      lock.unlock();
    }
  }

  private void giveBack() {
    Switch open = line;
    line = null;
    try {
      if (open != null) {
        open.set(false);
      } else if (unsure) {
        open = source.open(config, false);
      }
    } catch (IOException e) {
      log.error("Output could not be switched off at the stop output={}", id(), e);
    } finally {
      if (open != null) {
        open.close();
      }
    }
  }

  static Switch open(OutputConfig config, boolean active) throws IOException {
    return switch (config.line()) {
      case ContactConfig.Line.Chip(var device, int offset) -> {
        long flags =
            GpioUapi.GPIO_V2_LINE_FLAG_OUTPUT
                | (config.activeLow() ? GpioUapi.GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0);
        try (GpioChip chip = GpioChip.open(device)) {
          GpioLine line = chip.requestOutput(offset, flags, active);
          yield new Switch() {
            @Override
            public void set(boolean value) throws IOException {
              line.set(value);
            }

            @Override
            public void close() {
              line.close();
            }
          };
        }
      }
      case ContactConfig.Line.Simulated(var file) -> {
        Switch simulated = new SimulatedSwitch(file, config.activeLow());
        simulated.set(active);
        yield simulated;
      }
    };
  }
}
