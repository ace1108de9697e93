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

  /** When it said something last, whatever it was. */
  private long heardNanos;

  /** Whether nothing came of the whole sensor: no channel is missed for that time. */
  private boolean silent;

  /** Of the channels that are numbers: a flag comes when it changes. */
  private final Map<String, Rhythm> rhythms = new HashMap<>();

  /** Channels that gave nothing but rubbish, or nothing, for too long. */
  private final Set<String> bad = new HashSet<>();

  /**
   * @param now counts as a good reading of each channel
   */
  LifeSigns(Rule.SensorLost rule, long now) {
    this.silence = rule.silence().toNanos();
    this.heardNanos = now;
    rule.flags().forEach(flag -> good.put(flag, now));
    for (String quantity : rule.quantities()) {
      good.put(quantity, now);
      rhythms.put(quantity, new Rhythm(silence));
    }
  }

  /** The sensor is about to be started, or its driver has told of it. */
  void start() {
    heard = true;
  }

  /** It is lost: only once each number was good again is it not. */
  void resume() {
    bad.addAll(rhythms.keySet());
  }

  /** The sensor has said something. */
  void hear(long now) {
    heardNanos = now;
    if (silent) {
      silent = false;
      rhythms.values().forEach(rhythm -> rhythm.goOn(now));
    }
  }

  /** Nothing comes of the whole sensor. */
  void fallSilent() {
    silent = true;
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
    Rhythm rhythm = rhythms.get(quantity);
    if (rhythm != null) {
      rhythm.hear(now);
    }
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

  /** Whether a channel was left out of what the sensor said, for longer than its rhythm allows. */
  boolean isOneMissing() {
    boolean missing = false;
    for (Map.Entry<String, Rhythm> channel : rhythms.entrySet()) {
      if (channel.getValue().isBroken(heardNanos)) {
        bad.add(channel.getKey());
        missing = true;
      }
    }
    return missing;
  }

  /** Whether the sensor has said nothing, and no channel given anything good, for too long. */
  boolean isSilent(long now) {
    return now - heardNanos >= silence
        && good.values().stream().allMatch(last -> now - last >= silence);
  }

  /** The same of a sensor that had said so before anybody looked. */
  boolean isSilentUntold(long now) {
    return !heard && isSilent(now - LATE);
  }

  /**
   * How often one channel comes, as far as it has been heard: another one than the sensor's, such
   * as of a battery that is told once a day.
   */
  private static final class Rhythm {
    private static final int PATIENCE = 3;

    private final long silence;
    private boolean heard;

    /** Whether two readings have been heard that are not of one message. */
    private boolean known;

    private long firstNanos;
    private long lastNanos;
    private long longestNanos;

    Rhythm(long silence) {
      this.silence = silence;
    }

    void hear(long now) {
      if (!heard) {
        heard = true;
        firstNanos = now;
      } else {
        long gap = now - lastNanos;
        // What was missing for a week must not be waited for three weeks the next time.
        long learnt = known ? Math.min(gap, PATIENCE * longestNanos) : gap;
        longestNanos = Math.max(longestNanos, learnt);
        known |= now - firstNanos >= silence / 2;
      }
      lastNanos = now;
    }

    /** The sensor is heard again. */
    void goOn(long now) {
      lastNanos = now;
    }

    boolean isBroken(long now) {
      long gap = now - lastNanos;
      return known && gap >= silence + LATE && gap > PATIENCE * longestNanos;
    }
  }
}
