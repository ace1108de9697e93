package org.cityedge.drivers;

import java.time.Duration;
import org.cityedge.config.Section;

/**
 * A siren, a beacon or another thing that a line switches.
 *
 * @param activeLow whether the line is at low level while it is on
 * @param maxOn how long it may be on for one alert, 1 s..1 h, default 3 m; counted on the monotonic
 *     clock
 */
public record OutputConfig(String id, ContactConfig.Line line, boolean activeLow, Duration maxOn) {
  /** Reads this module's keys of an output; problems are recorded in the section. */
  public static OutputConfig read(Section section) {
    return new OutputConfig(
        section.id("id"),
        ContactConfig.line(section),
        section.flag("activeLow", false),
        section.duration(
            "maxOn", Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofMinutes(3)));
  }

  /** Whether it switches a file; only then do alerts of simulated sources switch it. */
  public boolean simulated() {
    return line instanceof ContactConfig.Line.Simulated;
  }
}
