package org.cityedge.agent.alerts;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.cityedge.drivers.Reading;
import org.jspecify.annotations.Nullable;

/**
 * When the channels whose loss a rule tells of were good last. A good battery does not vouch for a
 * level that is stuck. Guarded by the lock of its {@link Incident}; times are monotonic
 * nanoseconds.
 */
final class LifeSigns {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final long silence;
  private final Map<String, Long> good = new HashMap<>();

  /** Since when a channel has given nothing but rubbish. */
  private final Map<String, Long> rubbish = new HashMap<>();

  /** Since when no message could be read; null when the last one could. */
  private @Nullable Long unreadable;

  /** Whether the sensor will say by itself when nothing comes: it says so once. */
  private boolean heard;

  /** When it said something last, whatever it was. */
  private long heardNanos;

  /** When the first came of the message that is coming in. */
  private long messageNanos;

  /** Whether nothing came of the whole sensor, or not yet: no channel is missed for that time. */
  private boolean silent = true;

  private final Map<String, Rhythm> rhythms = new HashMap<>();

  /** Of the flags: one that comes when it changes is not waited for. */
  private final Map<String, Attendance> flags = new HashMap<>();

  /** Channels that gave nothing but rubbish, or nothing, for too long. */
  private final Set<String> bad = new HashSet<>();

  /**
   * @param now counts as a good reading of each channel
   */
  LifeSigns(Rule.SensorLost rule, long now) {
    this.silence = rule.silence().toNanos();
    this.heardNanos = now;
    this.messageNanos = now;
    rule.quantities().forEach(number -> begin(number, now));
    for (String flag : rule.flags()) {
      begin(flag, now);
      flags.put(flag, new Attendance(silence / 2));
    }
  }

  private void begin(String quantity, long now) {
    good.put(quantity, now);
    rhythms.put(quantity, new Rhythm(silence));
  }

  /**
   * What was learnt before a restart, or by a rule of before: the longest gap of each channel; a
   * flag that has one came in each message.
   */
  void resume(Map<String, Long> longest, long now) {
    longest.forEach(
        (quantity, gap) -> {
          Rhythm rhythm = rhythms.get(quantity);
          if (rhythm != null) {
            rhythm.resume(gap, now);
          }
          Attendance flag = flags.get(quantity);
          if (flag != null) {
            flag.resume(now);
          }
        });
  }

  /** The longest gap of each channel that is waited for and whose rhythm is known. */
  Map<String, Long> longest() {
    Map<String, Long> longest = new HashMap<>();
    rhythms.forEach(
        (quantity, rhythm) -> {
          if (isWaitedFor(quantity) && rhythm.longest() > 0) {
            longest.put(quantity, rhythm.longest());
          }
        });
    return longest;
  }

  /** The sensor is about to be started, or its driver has told of it. */
  void start() {
    heard = true;
  }

  /** It is lost: only once each channel that is waited for was good again is it not. */
  void resume() {
    rhythms.keySet().stream().filter(this::isWaitedFor).forEach(bad::add);
  }

  /** The sensor has said something. */
  void hear(long now) {
    heardNanos = now;
    if (silent) {
      silent = false;
      rhythms.values().forEach(rhythm -> rhythm.goOn(now));
      messageNanos = now;
    } else if (isAnotherMessage(messageNanos, now)) {
      // Nobody knows what was in one that could not be read.
      if (unreadable == null) {
        flags.values().forEach(flag -> flag.end(messageNanos));
      }
      messageNanos = now;
    }
  }

  /** Something could be read of what it has said. */
  void read() {
    unreadable = null;
  }

  /** Nothing comes of the whole sensor. */
  void fallSilent() {
    silent = true;
  }

  boolean matters(String quantity) {
    return good.containsKey(quantity);
  }

  /** Numbers, and flags that come in each message. */
  private boolean isWaitedFor(String quantity) {
    Attendance flag = flags.get(quantity);
    return flag == null || flag.isSure();
  }

  /**
   * Whether all is well with this good reading.
   *
   * @param now when it came, since it may have been taken up to a period before
   */
  boolean isWellWith(Reading reading, long now) {
    String quantity = reading.quantity();
    good.put(quantity, now);
    boolean wasRubbish = rubbish.remove(quantity) != null;
    Attendance flag = flags.get(quantity);
    if (flag != null
        && reading.value() instanceof Reading.Flag(boolean state)
        && flag.hear(state, now)) {
      // How long it stayed away says nothing of how often it comes.
      rhythms.put(quantity, new Rhythm(silence));
    }
    Rhythm rhythm = rhythms.get(quantity);
    if (rhythm != null && wasRubbish) {
      rhythm.recover(now);
    } else if (rhythm != null) {
      rhythm.hear(now);
    }
    bad.remove(quantity);
    return bad.isEmpty();
  }

  /** The message has something of a channel, which need not tell how it is now. */
  void come(String quantity, long now) {
    Attendance flag = flags.get(quantity);
    if (flag != null) {
      flag.come(now);
    }
  }

  /**
   * Whether a channel has been rubbish for too long with this: not for the first time, and for one
   * and a half intervals. One that is told once a day is not lost by one bad reading.
   */
  boolean isRubbishFor(String quantity, long now) {
    come(quantity, now);
    long since = rubbish.computeIfAbsent(quantity, _ -> now);
    if (!isAnotherMessage(since, now) || !isNothingGood(quantity, now)) {
      return false;
    }
    bad.add(quantity);
    return true;
  }

  /**
   * Whether a channel has given nothing good for too long, with this message that cannot be read at
   * all: not the first one since something could be, since nobody knows what was in it. A flag that
   * comes when it changes is none the worse for being old: it is lost with all others only, and
   * then not waited for.
   */
  boolean isRubbish(long now) {
    long since = unreadable == null ? now : unreadable;
    unreadable = since;
    if (!isAnotherMessage(since, now)) {
      return false;
    }
    // One that was never heard is not sure to be there, and lost with all others only.
    boolean lost = isNoneGood(now);
    for (Map.Entry<String, Rhythm> channel : rhythms.entrySet()) {
      String quantity = channel.getKey();
      if (isWaitedFor(quantity) && channel.getValue().isHeard() && isNothingGood(quantity, now)) {
        lost = true;
        bad.add(quantity);
        rubbish.putIfAbsent(quantity, since);
      }
    }
    return lost;
  }

  /** Whether what came at these two times is not of one message. */
  private boolean isAnotherMessage(long before, long now) {
    return now - before >= Math.min(silence / 2, SECOND);
  }

  private boolean isNothingGood(String quantity, long now) {
    Rhythm rhythm = rhythms.get(quantity);
    long most = rhythm == null || !isWaitedFor(quantity) ? silence : rhythm.silence();
    return now - good.getOrDefault(quantity, now) >= most;
  }

  /** Whether a channel was left out of what the sensor said, for longer than its rhythm allows. */
  boolean isOneMissing() {
    boolean missing = false;
    for (Map.Entry<String, Rhythm> channel : rhythms.entrySet()) {
      if (isWaitedFor(channel.getKey()) && channel.getValue().isBroken(heardNanos)) {
        bad.add(channel.getKey());
        missing = true;
      }
    }
    return missing;
  }

  /** Whether the sensor has said nothing, and no channel given anything good, for too long. */
  boolean isSilent(long now) {
    return now - heardNanos >= silence && isNoneGood(now);
  }

  private boolean isNoneGood(long now) {
    return good.values().stream().allMatch(last -> now - last >= silence);
  }

  /** The same of a sensor that had said so before anybody looked. */
  boolean isSilentUntold(long now) {
    return !heard && isSilent(now - Rhythm.LATE);
  }
}
