package org.cityedge.agent.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs while it is open; any thread. */
public final class LogLines implements AutoCloseable {
  // Held here, since the JDK forgets a logger that nobody holds, with its handlers.
  private final Logger logger;
  private final Level least;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler = new Keeper();

  private LogLines(Class<?> logging, Level least) {
    this.least = least;
    this.logger = Logger.getLogger(logging.getName());
    logger.addHandler(handler);
  }

  /** From warnings on. */
  public static LogLines of(Class<?> logging) {
    return of(logging, Level.WARNING);
  }

  /** From that level on, as far as the logger lets it pass. */
  public static LogLines of(Class<?> logging, Level least) {
    return new LogLines(logging, least);
  }

  /** So far. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }

  private final class Keeper extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord line) {
      if (line.getLevel().intValue() >= least.intValue()) {
        lines.add(formatter.formatMessage(line));
      }
    }

    @Override
    public void flush() {
      // keeps them
    }

    @Override
    public void close() {
      // holds nothing
    }
  }
}
