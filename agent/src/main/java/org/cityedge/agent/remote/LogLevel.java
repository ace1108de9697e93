package org.cityedge.agent.remote;

import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.cityedge.config.Section;

/**
 * {@code log-level}: {@code {"level":"debug","minutes":10}}. The agent's own loggers say more or
 * less for a while, at most half an hour, and then as before; also when the gateway is closed. Any
 * thread.
 */
public final class LogLevel implements AutoCloseable {
  /** The words of a log line. */
  public enum Word {
    DEBUG,
    INFO,
    WARN
  }

  private static final int MOST_MINUTES = 30;

  private final Logger logger = Logger.getLogger("org.cityedge");
  private final LongSupplier nanos;
  private boolean changed; // guarded by this
  private long until; // guarded by this

  /**
   * @param nanos monotonic clock
   */
  public LogLevel(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Reads the arguments. */
  public Action read(Section args) {
    Word word = args.word("level", Word.class);
    int minutes = args.integer("minutes", 1, MOST_MINUTES);
    return new Action(
        Section.wordFor(word) + " for " + minutes + " min",
        _ -> {
          set(word, Duration.ofMinutes(minutes));
          return new Answer.Done(Map.of("level", Section.wordFor(word), "minutes", minutes));
        });
  }

  private synchronized void set(Word word, Duration time) {
    changed = true;
    until = nanos.getAsLong() + time.toNanos();
    logger.setLevel(
        switch (word) {
          case DEBUG -> Level.FINE;
          case INFO -> Level.INFO;
          case WARN -> Level.WARNING;
        });
  }

  /** Once a second or so. */
  public synchronized void tick() {
    if (changed && nanos.getAsLong() - until >= 0) {
      close();
    }
  }

  @Override
  public synchronized void close() {
    if (changed) {
      changed = false;
      logger.setLevel(null);
    }
  }
}
