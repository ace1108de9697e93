package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
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

    /** With a miss of the sensor the last values are told once more, as of its time. */
    Heard missing(Sample.Missed missed) {
      boolean toldAgain = !isUnread(missed.fault()) && nanos == missed.nanos();
      return new Heard(toldAgain ? beforeNanos : nanos, beforeNanos, Optional.of(missed.fault()));
    }
  }

  /**
   * @param unread why its last value could not be read; empty when it could, or none came
   */
  private record Channel(Condition condition, Optional<Fault> unread) {
    Channel(Condition condition) {
      this(condition, Optional.empty());
    }

    Channel missing(Fault fault) {
      return new Channel(
          SensorConditions.condition(fault.kind(), condition),
          Optional.of(fault).filter(SensorConditions::isUnread));
    }
  }

  /**
   * By sensor and quantity, how the last sample was; before the first the quantity is empty.
   * Bounded by the configured sensors and channels.
   */
  private final Map<String, Map<String, Channel>> sensors = new ConcurrentHashMap<>();

  /**
   * By sensor, of which channels no reading came since the start. It does not count as a condition:
   * one that comes when it changes may be silent for months.
   */
  private final Map<String, Set<String>> unheard = new ConcurrentHashMap<>();

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

  /**
   * Makes sensors known; what is known of one already stays.
   *
   * @param quantities of each sensor, by its id
   */
  void expect(Map<String, List<String>> quantities) {
    quantities.forEach(
        (id, ofIt) ->
            sensors.computeIfAbsent(
                id,
                _ -> {
                  Map<String, Channel> channels = new ConcurrentHashMap<>();
                  channels.put("", new Channel(Condition.INIT));
                  unheard.put(id, new ConcurrentSkipListSet<>(ofIt));
                  return channels;
                }));
  }

  void forget(Collection<String> ids) {
    ids.forEach(sensors::remove);
    ids.forEach(unheard::remove);
    ids.forEach(heard::remove);
  }

  /** Ignored where the sensor is not known. */
  void accept(Sample sample) {
    Map<String, Channel> channels = sensors.get(sample.sensor());
    if (channels == null) {
      return;
    }
    switch (sample) {
      case Sample.Measured(Reading reading) -> {
        channels.put(reading.quantity(), new Channel(condition(reading.quality())));
        channels.remove("");
        unheard.computeIfPresent(
            sample.sensor(),
            (_, left) -> {
              left.remove(reading.quantity());
              return left.isEmpty() ? null : left;
            });
        heard.compute(
            sample.sensor(),
            (_, before) ->
                before == null
                    ? new Heard(
                        reading.nanos(), reading.nanos(), unread(channels, Optional.empty()))
                    : before.reading(reading.nanos(), unread(channels, before.fault())));
      }
      case Sample.Missed missed -> {
        Fault fault = missed.fault();
        fault
            .quantity()
            .ifPresentOrElse(
                one ->
                    channels.merge(
                        one,
                        new Channel(Condition.BAD, Optional.of(fault)),
                        (before, _) -> before.missing(fault)),
                () -> channels.replaceAll((_, before) -> before.missing(fault)));
        heard.compute(
            sample.sensor(),
            (_, before) ->
                (before == null ? new Heard(started, started, Optional.empty()) : before)
                    .missing(missed));
      }
    }
  }

  /** Whether the sensor answers all the same; its channels must show themselves one by one. */
  private static boolean isUnread(Fault fault) {
    return fault.kind() == Fault.Kind.MALFORMED;
  }

  /** Of what could not be read and has not been since, the last where it is among it. */
  private static Optional<Fault> unread(Map<String, Channel> channels, Optional<Fault> last) {
    List<Fault> left = channels.values().stream().flatMap(one -> one.unread().stream()).toList();
    return last.filter(left::contains).or(() -> left.stream().findFirst());
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

  private static Condition worst(Map<String, Channel> channels) {
    return channels.values().stream()
        .map(Channel::condition)
        .max(Comparator.naturalOrder())
        .orElse(Condition.INIT);
  }

  /** Writes each sensor as {@link Bulletin} shows it. */
  void write(ObjectNode list) {
    sensors.forEach(
        (id, channels) -> {
          ObjectNode entry = list.putObject(id);
          entry.put("state", Section.wordFor(worst(channels)));
          Set<String> silent = unheard.get(id);
          // Where nothing came at all, its state says so.
          if (silent != null && !channels.containsKey("")) {
            silent.forEach(entry.putArray("unheard")::add);
          }
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
