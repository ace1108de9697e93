package org.cityedge.drivers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives each reading of one sensor its quality (wire.md §5). Of several reasons the first one
 * counts: made up, warming up, out of range, stuck, and then what the driver says (good or stale).
 * Whoever shows the last value is told when it no longer holds: once as {@link Quality#COMM} when
 * the sensor cannot be asked, once as {@link Quality#STALE} when it is lost. Confined to the
 * sensor's thread.
 */
final class Grader {
  private final SensorConfig config;
  private final Plausibility plausibility;
  private final Clocks clocks;
  private final Map<String, Known> known = new LinkedHashMap<>(); // by quantity, as configured
  private boolean warming;
  private long warmingSince;
  private boolean heard;

  /** The last of a channel. */
  private static final class Known {
    private final Channel channel;
    private Reading.@Nullable Value value;
    private long sinceNanos;
    private long measuredNanos;
    private @Nullable Quality told;

    Known(Channel channel) {
      this.channel = channel;
    }
  }

  Grader(SensorConfig config, Plausibility plausibility, Clocks clocks) {
    this.config = config;
    this.plausibility = plausibility;
    this.clocks = clocks;
    config.channels().forEach(channel -> known.put(channel.quantity(), new Known(channel)));
  }

  /** What is passed on in the sample's place, at least the sample itself. */
  List<Sample> grade(Sample sample) {
    if (config.simulated()) {
      return List.of(sample); // made up stays made up, whatever the value
    }
    return switch (sample) {
      case Sample.Measured(Reading reading) -> List.of(new Sample.Measured(graded(reading)));
      case Sample.Missed missed -> missed(missed);
    };
  }

  private Reading graded(Reading reading) {
    warm();
    Known channel = known.get(reading.quantity());
    Quality quality = channel == null ? reading.quality() : quality(channel, reading);
    if (channel != null) {
      channel.told = quality;
    }
    return with(reading, quality);
  }

  private Quality quality(Known channel, Reading reading) {
    boolean stuck = remembered(channel, reading);
    // What is told once stays as it was told: nothing would take it out of its warm-up.
    if (warming && config.regular(reading.quantity()).equals(reading.quantity())) {
      return Quality.INIT;
    }
    if (reading.value() instanceof Reading.Quantity(double value)
        && (value < channel.channel.min() || value > channel.channel.max())) {
      return Quality.RANGE;
    }
    return stuck ? Quality.STUCK : reading.quality();
  }

  private void warm() {
    long now = clocks.nanos();
    if (!heard) {
      heard = true;
      warming = true;
      warmingSince = now;
    }
    warming = warming && now - warmingSince < plausibility.warmUp().toNanos();
  }

  /** Takes the value over; whether it has been the same for too long. */
  private boolean remembered(Known channel, Reading reading) {
    if (channel.value != null && reading.nanos() - channel.measuredNanos < 0) {
      return false; // a late one of a pack; the newest tells
    }
    if (!reading.value().equals(channel.value)) {
      channel.value = reading.value();
      channel.sinceNanos = reading.nanos();
    }
    channel.measuredNanos = reading.nanos();
    var limit = plausibility.stuckAfter().get(reading.quantity());
    return limit != null && reading.nanos() - channel.sinceNanos >= limit.toNanos();
  }

  /** The last values first, so that the miss has the last word. */
  private List<Sample> missed(Sample.Missed missed) {
    Quality quality =
        switch (missed.fault().kind()) {
          case LOST -> Quality.STALE;
          case UNREACHABLE, REFUSED, HARDWARE -> Quality.COMM;
          // The sensor answers: its other channels are as good as they were.
          case MALFORMED -> null;
        };
    if (quality == null) {
      return List.of(missed);
    }
    List<Sample> out = new ArrayList<>();
    for (Known channel : known.values()) {
      Reading.Value value = channel.value;
      if (value != null && !Objects.equals(channel.told, quality)) {
        channel.told = quality;
        out.add(
            new Sample.Measured(
                new Reading(
                    config.id(),
                    channel.channel.quantity(),
                    value,
                    channel.channel.unit(),
                    missed.at(),
                    missed.nanos(),
                    quality)));
      }
    }
    out.add(missed);
    if (missed.fault().kind() == Fault.Kind.LOST || missed.fault().kind() == Fault.Kind.HARDWARE) {
      returned();
    }
    return out;
  }

  /** What comes next comes from a sensor that was away: without power, perhaps. */
  private void returned() {
    heard = false;
    known.values().forEach(channel -> channel.value = null);
  }

  private static Reading with(Reading r, Quality quality) {
    return r.quality() == quality
        ? r
        : new Reading(r.sensor(), r.quantity(), r.value(), r.unit(), r.at(), r.nanos(), quality);
  }
}
