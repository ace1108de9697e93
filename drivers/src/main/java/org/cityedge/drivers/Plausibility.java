package org.cityedge.drivers;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.config.Section;

/**
 * What makes a sensor's reading doubtful beside the limits of its {@link Channel}.
 *
 * @param warmUp how long readings are {@link Quality#INIT} after the first one, and after the first
 *     one that follows a loss; 0..24 h, default 0
 * @param stuckAfter by quantity, how long a value may stay the same before it is {@link
 *     Quality#STUCK}; at least the expected interval, at most 365 d. No limit where it is absent
 */
public record Plausibility(Duration warmUp, Map<String, Duration> stuckAfter) {
  public static final Plausibility NONE = new Plausibility(Duration.ZERO, Map.of());

  private static final Duration LONGEST_WARM_UP = Duration.ofDays(1);
  private static final Duration LONGEST_STUCK = Duration.ofDays(365);

  public Plausibility {
    stuckAfter = Map.copyOf(stuckAfter);
  }

  /**
   * Reads the keys {@code warmUp} and {@code stuckAfter} of a sensor's section, and {@code
   * stuckAfter} of its channels, which overrules that of the sensor.
   */
  public static Plausibility read(Section section, SensorConfig config) {
    Optional<Duration> common = stuckAfter(section, config);
    Map<String, Duration> stuckAfter = new HashMap<>();
    List<Channel> channels = config.channels();
    // Only some sensors list their channels; the key must stay unknown to the others.
    List<Section> entries =
        config instanceof CoapSensorConfig ? section.sections("channels") : List.of();
    for (int i = 0; i < channels.size(); i++) {
      Optional<Duration> own =
          i < entries.size() ? stuckAfter(entries.get(i), config) : Optional.empty();
      String quantity = channels.get(i).quantity();
      own.or(() -> common).ifPresent(duration -> stuckAfter.put(quantity, duration));
    }
    return new Plausibility(
        section.duration("warmUp", Duration.ZERO, LONGEST_WARM_UP, Duration.ZERO), stuckAfter);
  }

  private static Optional<Duration> stuckAfter(Section section, SensorConfig config) {
    return section.optionalDuration("stuckAfter", config.expected(), LONGEST_STUCK);
  }
}
