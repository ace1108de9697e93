package org.cityedge.agent;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sets up java.util.logging behind SLF4J: one line an event on standard error, where journald takes
 * it.
 */
public final class Logging {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  static {
    // Before the first logger is made.
    System.setProperty("java.util.logging.manager", Manager.class.getName());
  }

  /**
   * All of them report through exceptions and callbacks, which the agent logs where it handles
   * them; what they log besides are stack traces of broken sockets, and Pi4J's guesses at which
   * Raspberry Pi this is. Held here, since java.util.logging keeps loggers by weak reference and
   * forgets their levels.
   */
  private static final Map<Logger, Level> QUIET =
      Map.of(
          Logger.getLogger("org.eclipse.paho"), Level.OFF,
          Logger.getLogger("org.eclipse.californium"), Level.SEVERE,
          Logger.getLogger("com.pi4j"), Level.OFF);

  private Logging() {}

  /**
   * The log manager without its shutdown hook's work: it would take the handlers away while the
   * gateway is still closing, and the end of the story would be missing from the log.
   */
  public static final class Manager extends LogManager {
    @Override
    public void reset() {
      // Kept until the process ends.
    }
  }

  static void setUp() {
    Logger root = Logger.getLogger("");
    for (var handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    ConsoleHandler console = new ConsoleHandler();
    console.setLevel(Level.ALL);
    try {
      // Headlines are Chinese; a service's locale is often none.
      console.setEncoding(StandardCharsets.UTF_8.name());
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException("every Java platform has UTF-8", e);
    }
    // journald stamps and ranks lines by itself; a terminal and a file do not.
    console.setFormatter(
        System.getenv("JOURNAL_STREAM") != null ? new Line(true) : new Line(false));
    root.addHandler(console);
    root.setLevel(Level.INFO);
    QUIET.forEach(Logger::setLevel);
  }

  /** For a verb whose report tells what its parts would log. */
  public static void silence() {
    Logger.getLogger("").setLevel(Level.OFF);
  }

  private static final class Line extends Formatter {
    private final boolean journal;

    Line(boolean journal) {
      this.journal = journal;
    }

    @Override
    public String format(LogRecord entry) {
      String text = formatMessage(entry) + trace(entry.getThrown()) + "\n";
      return journal
          ? priority(entry.getLevel()) + text
          : TIME.format(Instant.ofEpochMilli(entry.getMillis()))
              + " "
              + word(entry.getLevel())
              + " "
              + text;
    }

    /** sd-daemon(3): a line may begin with its syslog priority. */
    private static String priority(Level level) {
      return level.intValue() >= Level.SEVERE.intValue()
          ? "<3>"
          : level.intValue() >= Level.WARNING.intValue() ? "<4>" : "<6>";
    }

    private static String word(Level level) {
      return level.intValue() >= Level.SEVERE.intValue()
          ? "ERROR"
          : level.intValue() >= Level.WARNING.intValue() ? "WARN " : "INFO ";
    }

    private static String trace(@Nullable Throwable thrown) {
      if (thrown == null) {
        return "";
      }
      StringWriter text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text));
      return "\n" + text.toString().stripTrailing();
    }
  }
}
