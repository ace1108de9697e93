package org.cityedge.agent.care;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.cityedge.config.Section;
import org.cityedge.drivers.LampConfig;
import org.cityedge.drivers.gpio.Lamp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two lamps for people on the spot. One tells of the broker: dark without power or agent, slow
 * (300/300 ms) while it waits for a connection, fast (100/100 ms) while it connects, steady while
 * connected. The other tells of faults: dark when all is well, else for each fault as many short
 * flashes as its number, with 1.5 s between.
 *
 * <p>Each lamp has a thread of its own. A lamp that cannot be had is tried again every minute.
 */
public final class Lights implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lights.class);

  private static final Duration RETRY = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofMillis(500);

  /** What is asked of faults reads files; nobody waits for a code to begin. */
  private static final Duration DARK = Duration.ofSeconds(2);

  /**
   * The section {@code led}.
   *
   * @param cloud tells of the broker
   * @param fault tells of faults
   */
  public record Config(Optional<LampConfig> cloud, Optional<LampConfig> fault) {
    public static final Config NONE = new Config(Optional.empty(), Optional.empty());

    /** Reads the section; problems are recorded in it. */
    public static Config read(Section section) {
      Config config =
          new Config(
              section.section("cloud").map(LampConfig::read),
              section.section("fault").map(LampConfig::read));
      if (config.equals(NONE)) {
        section.problem("cloud", "or fault must be there; leave out led where there is no lamp");
      } else if (config.cloud().equals(config.fault())) {
        section.problem("fault", "is the same lamp as cloud; name another, or leave one out");
      }
      return config;
    }
  }

  /** How the way to the centre is. */
  public enum Cloud {
    WAITING,
    CONNECTING,
    CONNECTED
  }

  /**
   * A time of light or darkness.
   *
   * @param lasts after which the next one comes; a steady lamp looks for news so often
   */
  record Phase(boolean lit, Duration lasts) {}

  /** One round of the broker's lamp. */
  static List<Phase> round(Cloud cloud) {
    return switch (cloud) {
      case WAITING -> blink(300);
      case CONNECTING -> blink(100);
      case CONNECTED -> List.of(new Phase(true, LOOK));
    };
  }

  private static List<Phase> blink(long millis) {
    Duration half = Duration.ofMillis(millis);
    return List.of(new Phase(true, half), new Phase(false, half));
  }

  /**
   * One round of the lamp for faults.
   *
   * @param codes 1 sensor, 2 camera, 3 storage, 4 clock, 5 configuration rolled back, 6 power or
   *     heat
   */
  static List<Phase> round(SortedSet<Integer> codes) {
    if (codes.isEmpty()) {
      return List.of(new Phase(false, DARK));
    }
    List<Phase> round = new ArrayList<>();
    for (int code : codes) {
      for (int i = 1; i <= code; i++) {
        round.add(new Phase(true, Duration.ofMillis(250)));
        round.add(new Phase(false, i < code ? Duration.ofMillis(250) : Duration.ofMillis(1500)));
      }
    }
    return round;
  }

  /** What both lamps show for a while, whatever else there is to tell. */
  public enum Signal {
    /** Which box it is: 150-150-150-600 ms, for 15 s. */
    IDENTIFY(Duration.ofSeconds(15)),
    /** The button's wish is taken: lit for 3 s. */
    NOTED(Duration.ofSeconds(3)),
    /** The button may be let go: lit for 45 s. */
    LET_GO(Duration.ofSeconds(45));

    private final Duration lasts;

    Signal(Duration lasts) {
      this.lasts = lasts;
    }
  }

  /** One round of a signal, on both lamps. */
  static List<Phase> round(Signal signal) {
    return switch (signal) {
      case IDENTIFY ->
          List.of(
              new Phase(true, Duration.ofMillis(150)),
              new Phase(false, Duration.ofMillis(150)),
              new Phase(true, Duration.ofMillis(150)),
              new Phase(false, Duration.ofMillis(600)));
      case NOTED, LET_GO -> List.of(new Phase(true, LOOK));
    };
  }

  /** No lamps. */
  public static final Lights NONE = new Lights();

  // Guarded by this.
  private boolean closed;
  private Optional<Signal> signal = Optional.empty();
  private long signalEnds;
  private int signals;

  private final List<Thread> threads = new ArrayList<>();

  /** By lamp; written by its thread. */
  private final Map<String, String> faults = new ConcurrentHashMap<>();

  /**
   * Takes the lamps.
   *
   * @param cloud asked before each round; must not wait
   * @param faults asked before each round; may read a file
   */
  public static Lights start(
      Config config, Supplier<Cloud> cloud, Supplier<SortedSet<Integer>> faults) {
    Lights lights = new Lights();
    config.cloud().ifPresent(lamp -> lights.show("cloud", lamp, () -> round(cloud.get())));
    config.fault().ifPresent(lamp -> lights.show("fault", lamp, () -> round(faults.get())));
    return lights;
  }

  private void show(String name, LampConfig config, Supplier<List<Phase>> rounds) {
    threads.add(Thread.ofVirtual().name("lamp-" + name).start(() -> run(name, config, rounds)));
  }

  private void run(String name, LampConfig config, Supplier<List<Phase>> rounds) {
    String told = "";
    try {
      do {
        try (Lamp lamp = Lamp.open(config)) {
          told = "";
          faults.remove(name);
          play(lamp, rounds);
          return;
        } catch (IOException e) {
          String why = String.valueOf(e.getMessage());
          if (!why.equals(told)) {
            LOG.warn("A lamp cannot be switched. lamp={}: {}", name, why);
          }
          told = why;
          faults.put(name, why);
        }
      } while (!over(RETRY, signals()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until it is closed. */
  private void play(Lamp lamp, Supplier<List<Phase>> rounds)
      throws IOException, InterruptedException {
    boolean shown = false;
    int seen = signals();
    Iterator<Phase> phases = Collections.emptyIterator();
    while (true) {
      int now = signals();
      if (!phases.hasNext() || now != seen) {
        seen = now;
        phases = signal().map(Lights::round).orElseGet(rounds).iterator();
      }
      Phase phase = phases.next();
      if (phase.lit() != shown) {
        lamp.set(phase.lit());
        shown = phase.lit();
      }
      if (over(phase.lasts(), seen)) {
        return;
      }
    }
  }

  /** Why each lamp that cannot be switched right now cannot: {@code cloud}, {@code fault}. */
  public Map<String, String> faults() {
    return Map.copyOf(faults);
  }

  /** All lamps show it from now on; any thread, returns at once. */
  public synchronized void show(Signal next) {
    signal = Optional.of(next);
    signalEnds = System.nanoTime() + next.lasts.toNanos();
    signals++;
    notifyAll();
  }

  private synchronized int signals() {
    return signals;
  }

  private synchronized Optional<Signal> signal() {
    return signal.filter(_ -> System.nanoTime() - signalEnds < 0);
  }

  /**
   * Waits, but not longer than to the next signal.
   *
   * @return whether it is closed
   */
  private synchronized boolean over(Duration wait, int seen) throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    for (long left = wait.toNanos();
        !closed && signals == seen && left > 0;
        left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return closed;
  }

  /** All dark. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
