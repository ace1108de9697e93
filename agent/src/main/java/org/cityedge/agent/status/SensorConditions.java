package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cityedge.config.Section;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;

/** How each sensor is, by its last samples. Any thread. */
final class SensorConditions {
  /** The worse, the further down. */
  enum Condition {
    OK,
    /** Not heard from yet, or warming up. */
    INIT,
    /** Silent for longer than expected. */
    STALE,
    /** Answers, but not with a reading that can be trusted. */
    BAD
  }

  /**
   * @param nanos when the last reading was taken, or the sensor was made known
   * @param beforeNanos when the one before was
   * @param fault why there is none now; empty while there are readings
   */
  private record Heard(long nanos, long beforeNanos, Optional<Fault> fault) {
    Heard reading(long at, Optional<Fault> still) {
      return new Heard(at, at == nanos ? beforeNanos : nanos, still);
    }

    /** With a miss the last values are told once more, as of its time. */
    Heard missing(Sample.Missed missed) {
      return new Heard(
          nanos == missed.nanos() ? beforeNanos : nanos, beforeNanos, Optional.of(missed.fault()));
    }
  }

  /**
   * By sensor and quantity, how the last sample was; before the first the quantity is empty.
   * Bounded by the configured sensors and channels.
   */
  private final Map<String, Map<String, Condition>> sensors = new ConcurrentHashMap<>();

  /** By sensor, what came last; bounded by the configured sensors. */
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();

  private final LongSupplier nanos;
  private final long started;

  /**
   * @param nanos monotonic clock
   */
  SensorConditions(LongSupplier nanos) {
    this.nanos = nanos;
    this.started = nanos.getAsLong();
  }

  /** Makes sensors known; what is known of one already stays. */
  void expect(Collection<String> ids) {
    for (String id : ids) {
      Map<String, Condition> channels = new ConcurrentHashMap<>();
      channels.put("", Condition.INIT);
      sensors.putIfAbsent(id, channels);
    }
  }

  void forget(Collection<String> ids) {
    ids.forEach(sensors::remove);
    ids.forEach(heard::remove);
  }

  /** Ignored where the sensor is not known. */
  void accept(Sample sample) {
    Map<String, Condition> channels = sensors.get(sample.sensor());
    if (channels == null) {
      return;
    }
    switch (sample) {
      case Sample.Measured(Reading reading) -> {
        channels.put(reading.quantity(), condition(reading.quality()));
        channels.remove("");
        boolean bad = worst(channels) == Condition.BAD;
        heard.compute(
            sample.sensor(),
            (_, before) ->
                before == null
                    ? new Heard(reading.nanos(), reading.nanos(), Optional.empty())
                    : before.reading(
                        reading.nanos(), before.fault().filter(fault -> bad && ofChannel(fault))));
      }
      case Sample.Missed missed -> {
        channels.replaceAll((_, before) -> condition(missed.fault().kind(), before));
        heard.compute(
            sample.sensor(),
            (_, before) ->
                (before == null ? new Heard(started, started, Optional.empty()) : before)
                    .missing(missed));
      }
    }
  }

  /** Whether it may be of one channel only, and stand beside good readings of the others. */
  private static boolean ofChannel(Fault fault) {
    return fault.kind() == Fault.Kind.MALFORMED;
  }

  private static Condition condition(Fault.Kind fault, Condition before) {
    return switch (fault) {
      case LOST -> Condition.STALE;
      // Why it is silent, which it stays.
      case UNREACHABLE -> before == Condition.STALE ? before : Condition.BAD;
      case REFUSED, MALFORMED, HARDWARE -> Condition.BAD;
    };
  }

  private static Condition condition(Quality quality) {
    return switch (quality) {
      case GOOD, SIM -> Condition.OK;
      case INIT -> Condition.INIT;
      case STALE -> Condition.STALE;
      case RANGE, STUCK, COMM -> Condition.BAD;
    };
  }

  /** How many sensors are so, each by the worst of its channels. */
  int count(Condition condition) {
    return (int)
        sensors.values().stream().map(SensorConditions::worst).filter(condition::equals).count();
  }

  private static Condition worst(Map<String, Condition> channels) {
    return Collections.max(channels.values());
  }

  /** Writes each sensor as {@link Bulletin} shows it. */
  void write(ObjectNode list) {
    sensors.forEach(
        (id, channels) -> {
          ObjectNode entry = list.putObject(id);
          entry.put("state", Section.wordFor(worst(channels)));
          Heard last = heard.get(id);
          if (last != null) {
            long age = nanos.getAsLong() - last.nanos();
            entry.put("ageS", Health.tenths(Math.max(0, age) / 1e9));
            last.fault()
                .ifPresent(
                    fault ->
                        entry
                            .put("fault", Section.wordFor(fault.kind()))
                            .put("detail", fault.detail()));
          }
        });
  }
}
