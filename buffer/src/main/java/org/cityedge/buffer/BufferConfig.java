package org.cityedge.buffer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.cityedge.config.Section;

/**
 * The section {@code buffer}.
 *
 * @param file the database; it lies with its WAL in one folder that must exist and be writable
 * @param maxBytes cap of database, WAL and clips together on disk, 8 MiB..64 GiB
 * @param ttl how long an event of a lane may wait, 1 min..3650 d; lanes that are missing wait for
 *     ever. It counts on the store's own clock, which stands still while the gateway has no power
 */
public record BufferConfig(Path file, long maxBytes, Map<Lane, Duration> ttl) {
  private static final long MIB = 1 << 20;
  private static final long LEAST = 8 * MIB;
  private static final long MOST = 64L << 30;
  private static final long USUAL = 512 * MIB;
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(3650);

  /**
   * Alerts are of use to a report even a month later, readings to a week's charts; a picture that
   * nobody has fetched in three days is not missed. Reports (receipts, audit) wait for ever.
   */
  private static final Map<Lane, Duration> USUAL_TTL =
      Map.of(
          Lane.ALERT, Duration.ofDays(30),
          Lane.TELEMETRY, Duration.ofDays(7),
          Lane.EVIDENCE, Duration.ofDays(3));

  public BufferConfig {
    if (maxBytes < LEAST || maxBytes > MOST) {
      throw new IllegalArgumentException("maxBytes must be 8 MiB..64 GiB, was " + maxBytes);
    }
    ttl = Map.copyOf(ttl);
    ttl.forEach(
        (lane, time) -> {
          if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                "ttl of %s must be 1 min..3650 d, was %s".formatted(Section.wordFor(lane), time));
          }
        });
  }

  /** With the usual times to live: alert 30 d, telemetry 7 d, evidence 3 d, report for ever. */
  public BufferConfig(Path file, long maxBytes) {
    this(file, maxBytes, USUAL_TTL);
  }

  /** What keeps every event that either keeps: of each value the larger. */
  public BufferConfig sparing(BufferConfig other) {
    Map<Lane, Duration> longest = new EnumMap<>(Lane.class);
    ttl.forEach(
        (lane, time) -> {
          Duration its = other.ttl.get(lane);
          if (its != null) {
            longest.put(lane, its.compareTo(time) > 0 ? its : time);
          }
        });
    return new BufferConfig(file, Math.max(maxBytes, other.maxBytes), longest);
  }

  /**
   * Reads {@code maxBytes} and {@code ttl: {alert, report, telemetry, evidence}}; the file's folder
   * is the data folder, which is no configuration.
   */
  public static BufferConfig read(Section section, Path dataFolder) {
    Map<Lane, Duration> ttl = new EnumMap<>(USUAL_TTL);
    section
        .section("ttl")
        .ifPresent(
            times -> {
              for (Lane lane : Lane.values()) {
                times
                    .optionalDuration(Section.wordFor(lane), SHORTEST, LONGEST)
                    .ifPresent(time -> ttl.put(lane, time));
              }
            });
    return new BufferConfig(
        dataFolder.resolve("events.db"), section.bytes("maxBytes", LEAST, MOST, USUAL), ttl);
  }

  public static BufferConfig defaults(Path dataFolder) {
    return new BufferConfig(dataFolder.resolve("events.db"), USUAL);
  }
}
