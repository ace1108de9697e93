package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * When the channels whose loss a rule tells of were good last. A good battery does not vouch for a
 * level that is stuck. Guarded by the lock of its {@link Incident}; times are monotonic
 * nanoseconds.
 */
final class LifeSigns {
  /** Leaves a reading that is on its way its time. */
  private static final long LATE = Duration.ofSeconds(10).toNanos();

  private final long silence;
  private final Map<String, Long> good = new HashMap<>();

  /** Whether the sensor will say by itself when nothing comes: it says so once. */
  private boolean heard;

  /** When its last message was from, whatever it said. */
  private long heardNanos;

  /** Channels that gave nothing but rubbish, or nothing, for too long. */
  private final Set<String> bad = new HashSet<>();

  /**
   * @param now counts as a good reading of each channel
   */
  LifeSigns(Rule.SensorLost rule, long now) {
    this.silence = rule.silence().toNanos();
    this.heardNanos = now;
    rule.quantities().forEach(quantity -> good.put(quantity, now));
  }

  /** The sensor is about to be started. */
  void hear() {
    heard = true;
  }

  /** The sensor has said something; it is from then. */
  void hear(long nanos) {
    hear();
    heardNanos = Math.max(heardNanos - nanos, 0) + nanos;
  }

  boolean matters(String quantity) {
    return good.containsKey(quantity);
  }

  /**
   * Whether all is well with this good reading.
   *
   * @param now when it came, since it may have been taken up to a period before
   */
  boolean isWellWith(String quantity, long now) {
    good.put(quantity, now);
    bad.remove(quantity);
    return bad.isEmpty();
  }

  /** Whether a channel has been rubbish for too long with this reading. */
  boolean isRubbishFor(String quantity, long now) {
    if (now - good.getOrDefault(quantity, now) < silence) {
      return false;
    }
    bad.add(quantity);
    return true;
  }

  /** Whether a channel has given nothing good for too long, with this message that is rubbish. */
  boolean isRubbish(long now) {
    boolean rubbish = false;
    for (String quantity : good.keySet()) {
      rubbish |= isRubbishFor(quantity, now);
    }
    return rubbish;
  }

  /** Whether a channel was left out for too long of what the sensor said, or only told late. */
  boolean isOneMissing() {
    boolean missing = false;
    for (Map.Entry<String, Long> channel : good.entrySet()) {
      if (heardNanos - channel.getValue() >= silence + LATE) {
        bad.add(channel.getKey());
        missing = true;
      }
    }
    return missing;
  }

  /** Whether no channel has given anything good for too long. */
  boolean isSilent(long now) {
    return good.values().stream().allMatch(last -> now - last >= silence);
  }

  /** The same of a sensor that had said so before anybody looked. */
  boolean isSilentUntold(long now) {
    return !heard && isSilent(now - LATE);
  }
}
