package org.cityedge.drivers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.cityedge.config.Section;

/**
 * A contact on a digital input: door, manhole, float switch, smoke detector relay.
 *
 * @param quantity the flag that is true while the line is active, such as {@code open}
 * @param activeLow whether the line is active at low level: a contact to ground with a pull-up that
 *     closes on alarm
 * @param bias pull resistor inside the chip, default as it is
 * @param debounce how long the level has to hold before it counts, 0..10 s, default 50 ms; also the
 *     delay of every change
 * @param period the present state is given again this often, so that silence is visible; 100 ms..7
 *     d, default 5 m
 * @param hold the contact stays active at least this long, 0..1 h, default 0: a push button, a
 *     detector's short pulse
 * @param latch the contact stays active until the line has been inactive for this long, 0..1 h,
 *     default 0: a detector that flickers
 */
public record ContactConfig(
    String id,
    Line line,
    String quantity,
    boolean activeLow,
    Bias bias,
    Duration debounce,
    Duration period,
    Duration hold,
    Duration latch)
    implements SensorConfig {
  static final Pattern QUANTITY = Pattern.compile("[a-z0-9_-]{1,32}");
  private static final Pattern CHIP = Pattern.compile("sim|/dev/[A-Za-z0-9._/-]{1,64}");
  private static final Pattern ABSOLUTE = Pattern.compile("/.{1,255}");

  /** Where the level comes from. */
  public sealed interface Line {
    /**
     * A line of a GPIO character device.
     *
     * @param device such as {@code /dev/gpiochip0}
     * @param offset of the line on that chip, 0..511; {@code gpioinfo} lists them
     */
    record Chip(Path device, int offset) implements Line {}

    /** A simulated line: a file that holds 0 or 1. A missing file is a missing chip. */
    record Simulated(Path file) implements Line {}
  }

  public enum Bias {
    /** As the board's device tree or firmware has set it. */
    AS_IS,
    NONE,
    PULL_UP,
    PULL_DOWN
  }

  @Override
  public List<Channel> channels() {
    return List.of(Channel.flag(quantity));
  }

  @Override
  public Duration expected() {
    return period;
  }

  @Override
  public boolean simulated() {
    return line instanceof Line.Simulated;
  }

  static ContactConfig read(Section section) {
    return new ContactConfig(
        section.id("id"),
        line(section),
        section.text("quantity", QUANTITY, "1 to 32 of a-z, 0-9, _ and -"),
        section.flag("activeLow", false),
        section.word("bias", Bias.class, Bias.AS_IS),
        section.duration("debounce", Duration.ZERO, Duration.ofSeconds(10), Duration.ofMillis(50)),
        section.duration(
            "period", Duration.ofMillis(100), Duration.ofDays(7), Duration.ofMinutes(5)),
        section.duration("hold", Duration.ZERO, Duration.ofHours(1), Duration.ZERO),
        section.duration("latch", Duration.ZERO, Duration.ofHours(1), Duration.ZERO));
  }

  /** {@code line} is read for a simulated chip as well, so that a trial changes one key only. */
  static Line line(Section section) {
    String chip = section.text("chip", CHIP, "/dev/gpiochip0 (or another) or sim");
    if (chip.equals("sim")) {
      section.integer("line", 0, 511, 0);
      return new Line.Simulated(
          Path.of(section.text("simFile", ABSOLUTE, "the absolute path of a file with 0 or 1")));
    }
    if (section.has("simFile")) {
      section.problem("simFile", "is for chip sim only, was with chip " + chip);
    }
    return new Line.Chip(Path.of(chip), section.integer("line", 0, 511));
  }
}
