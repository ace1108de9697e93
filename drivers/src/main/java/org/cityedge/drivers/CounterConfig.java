package org.cityedge.drivers;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.cityedge.config.Section;
import org.cityedge.drivers.ContactConfig.Bias;

/**
 * Pulses on a digital input: vehicles over a loop, rain, electricity, water.
 *
 * @param quantity of the running total, such as {@code vehicles}; 1..24 characters, since {@code
 *     _lost} and the like are appended to it
 * @param unit SenML unit of the total, default {@code count}
 * @param perPulse what one pulse adds to the total, 1e-9..1e9, default 1
 * @param edge which change is a pulse, after {@code activeLow}; default rising, to active
 * @param debounce 0..10 s, default 2 ms
 * @param maxRate pulses a second that this sensor can give at most, 0.001..1000, default 100; more
 *     are counted and said to be implausible
 * @param wrapAt the total begins anew at this many pulses, 10..2^53, default 2^53, the last number
 *     that every JSON reader knows exactly
 * @param period how often the total is given, 1 s..7 d, default 1 m
 */
public record CounterConfig(
    String id,
    ContactConfig.Line line,
    String quantity,
    String unit,
    double perPulse,
    Edge edge,
    boolean activeLow,
    Bias bias,
    Duration debounce,
    double maxRate,
    long wrapAt,
    Duration period)
    implements SensorConfig {
  static final long LARGEST_TOTAL = 1L << 53;
  private static final Pattern QUANTITY = Pattern.compile("[a-z0-9_-]{1,24}");
  private static final Pattern UNIT = Pattern.compile("[!-~]{1,16}");

  /** Which change of the line is a pulse. */
  public enum Edge {
    RISING,
    FALLING,
    BOTH
  }

  /** The total, and what is to be known of it: see {@link org.cityedge.drivers.gpio}. */
  @Override
  public List<Channel> channels() {
    return List.of(
        new Channel(quantity, unit, 0, wrapAt * perPulse),
        new Channel(lost(), "count", 0, LARGEST_TOTAL),
        Channel.flag(wrapped()),
        Channel.flag(cut()));
  }

  /** The others come when the line is opened and when they change. */
  @Override
  public String regular(String other) {
    return quantity;
  }

  /** Pulses known to be lost since the counter was new. */
  public String lost() {
    return quantity + "_lost";
  }

  /** Whether the total has begun anew since the last reading. */
  public String wrapped() {
    return quantity + "_wrap";
  }

  /** Whether pulses may be missing because the power was cut or the count was unreadable. */
  public String cut() {
    return quantity + "_cut";
  }

  @Override
  public Duration expected() {
    return period;
  }

  @Override
  public boolean simulated() {
    return line instanceof ContactConfig.Line.Simulated;
  }

  static CounterConfig read(Section section) {
    return new CounterConfig(
        section.id("id"),
        ContactConfig.line(section),
        section.text("quantity", QUANTITY, "1 to 24 of a-z, 0-9, _ and -"),
        section.has("unit")
            ? section.text("unit", UNIT, "a SenML unit of 1 to 16 characters, such as count")
            : "count",
        section.number("perPulse", 1e-9, 1e9, 1),
        section.word("edge", Edge.class, Edge.RISING),
        section.flag("activeLow", false),
        section.word("bias", Bias.class, Bias.AS_IS),
        section.duration("debounce", Duration.ZERO, Duration.ofSeconds(10), Duration.ofMillis(2)),
        section.number("maxRate", 0.001, 1000, 100),
        (long) section.number("wrapAt", 10, LARGEST_TOTAL, LARGEST_TOTAL),
        section.duration(
            "period", Duration.ofSeconds(1), Duration.ofDays(7), Duration.ofMinutes(1)));
  }
}
