package org.cityedge.agent.care;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cityedge.drivers.ButtonConfig;
import org.cityedge.drivers.gpio.LineWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The button on the gateway's box, for people without keyboard and screen (requirements.md §3.2).
 *
 * <pre>
 *   let go within 5 s                         {@link Wish#IDENTIFY}
 *   held for 5 s                              {@link Wish#PRINT}
 *   held from the agent's start for 15 s      {@link Wish#LET_GO}, and when it is let go within
 *                                             the next 45 s {@link Wish#FACTORY}
 * </pre>
 *
 * A line that is stuck is never let go, so that it cannot send a gateway back to its factory
 * document at each start. Waits on a platform thread of its own; a line that cannot be had is tried
 * again every minute.
 */
public final class Button implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Button.class);

  static final Duration LONG = Duration.ofSeconds(5);
  static final Duration FROM_START = Duration.ofSeconds(15);
  static final Duration STUCK = Duration.ofSeconds(60);

  private static final Duration DEBOUNCE = Duration.ofMillis(50);
  private static final Duration RETRY = Duration.ofMinutes(1);

  /** Also how long closing may take, and how late a long press is noticed. */
  private static final Duration WAIT = Duration.ofMillis(500);

  /** What somebody wants who presses it. */
  public enum Wish {
    /** Which of these boxes is it? */
    IDENTIFY,
    /** What the gateway knows of itself, onto a stick. */
    PRINT,
    /** Held long enough; going back begins when it is let go. */
    LET_GO,
    /** Back to the factory document. */
    FACTORY
  }

  /** What holding and letting go mean. Times are monotonic nanoseconds. Confined to one thread. */
  static final class Press {
    private boolean held;
    private boolean fromStart;
    private boolean said;
    private long since;

    /**
     * @param fromStart whether the agent has just started: what is held now may be held for that
     */
    Press(boolean held, boolean fromStart, long nanos) {
      this.held = held;
      this.fromStart = held && fromStart;
      this.said = held && !fromStart;
      this.since = nanos;
    }

    /** Looks at a change, or at the time that has passed without one. */
    Optional<Wish> look(boolean active, long nanos) {
      Duration length = Duration.ofNanos(nanos - since);
      if (active && !held) {
        held = true;
        fromStart = false;
        said = false;
        since = nanos;
        return Optional.empty();
      }
      if (!active && held) {
        held = false;
        if (fromStart) {
          boolean meant = length.compareTo(FROM_START) >= 0 && length.compareTo(STUCK) < 0;
          return meant ? Optional.of(Wish.FACTORY) : Optional.empty();
        }
        return said ? Optional.empty() : Optional.of(Wish.IDENTIFY);
      }
      if (!held || said || length.compareTo(fromStart ? FROM_START : LONG) < 0) {
        return Optional.empty();
      }
      said = true;
      return Optional.of(fromStart ? Wish.LET_GO : Wish.PRINT);
    }
  }

  private final ButtonConfig config;
  private final Consumer<Wish> wishes;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private Button(ButtonConfig config, boolean fromStart, Consumer<Wish> wishes) {
    this.config = config;
    this.wishes = wishes;
    this.thread = Thread.ofPlatform().name("button").daemon().unstarted(() -> run(fromStart));
  }

  /**
   * Begins to watch it.
   *
   * @param fromStart whether the agent has just started
   * @param wishes told on the button's thread; must not wait
   */
  public static Button start(ButtonConfig config, boolean fromStart, Consumer<Wish> wishes) {
    Button button = new Button(config, fromStart, wishes);
    button.thread.start();
    return button;
  }

  private void run(boolean fromStart) {
    String told = "";
    boolean first = fromStart;
    try {
      do {
        try (LineWatch line =
            LineWatch.open(config.line(), config.activeLow(), config.bias(), DEBOUNCE)) {
          told = "";
          watch(line, first);
          return;
        } catch (IOException e) {
          String why = String.valueOf(e.getMessage());
          if (!why.equals(told)) {
            LOG.warn("The button cannot be watched: {}", why);
          }
          told = why;
          first = false;
        }
      } while (!closed.await(RETRY.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until it is closed. */
  private void watch(LineWatch line, boolean fromStart) throws IOException {
    Press press = new Press(line.isActive(), fromStart, System.nanoTime());
    while (closed.getCount() > 0) {
      Optional<LineWatch.Change> change = line.await(WAIT);
      Optional<Wish> wish =
          change.isPresent()
              ? press.look(change.get().active(), change.get().nanos())
              : press.look(line.isActive(), System.nanoTime());
      if (wish.isPresent()) {
        LOG.info("The button was pressed. wish={}", wish.get());
        wishes.accept(wish.get());
      }
    }
  }

  /** Gives the line back; waits up to 500 ms. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
