package org.cityedge.drivers;

import java.time.Duration;
import org.cityedge.config.Section;

/**
 * A siren, a beacon or another thing that a line switches.
 *
 * @param kind what it is, for the catalogue; default {@code output}
 * @param activeLow whether the line is at low level while it is on
 * @param maxOn how long it may be on for one alert, 1 s..1 h, default 3 m; counted on the monotonic
 *     clock
 */
public record OutputConfig(
    String id, Kind kind, ContactConfig.Line line, boolean activeLow, Duration maxOn) {
  /** What a line switches, with its object id in the OMA LwM2M registry (IPSO Smart Objects). */
  public enum Kind {
    /** Buzzer. */
    SIREN(3338),
    /** Light control. */
    BEACON(3311),
    /** Digital output. */
    OUTPUT(3201);

    private final int ipso;

    Kind(int ipso) {
      this.ipso = ipso;
    }

    public int ipso() {
      return ipso;
    }
  }

  /** Reads this module's keys of an output; problems are recorded in the section. */
  public static OutputConfig read(Section section) {
    return new OutputConfig(
        section.id("id"),
        section.word("kind", Kind.class, Kind.OUTPUT),
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
