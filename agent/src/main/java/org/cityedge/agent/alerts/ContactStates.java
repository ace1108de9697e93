package org.cityedge.agent.alerts;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;

/**
 * How each contact was last, for a rule that comes later: a contact tells its edges, and else once
 * in minutes or hours. Bounded by the configured channels. Any thread.
 */
final class ContactStates {
  /** By sensor and quantity; nothing of a sensor that is missed. */
  private final Map<String, Map<String, Reading>> last = new ConcurrentHashMap<>();

  void accept(Sample sample) {
    switch (sample) {
      case Sample.Measured(Reading r) when r.value() instanceof Reading.Flag ->
          last.computeIfAbsent(r.sensor(), _ -> new ConcurrentHashMap<>()).put(r.quantity(), r);
      case Sample.Measured _ -> {}
      case Sample.Missed missed -> last.remove(missed.sensor());
    }
  }

  /** Sensors that have ended: the next of that id may be another line. */
  void forget(Collection<String> sensors) {
    sensors.forEach(last::remove);
  }

  /**
   * Lets a new rule that has heard nothing yet begin with what is known; called under its lock,
   * once it is told what comes.
   */
  void begin(Watch watch) {
    if (watch.rule instanceof Rule.Contact rule && !watch.heard) {
      Reading reading = last.getOrDefault(rule.source(), Map.of()).get(rule.quantity());
      if (reading != null && reading.value() instanceof Reading.Flag flag) {
        watch.standing = Looks.standing(rule, reading, flag);
      }
    }
  }
}
