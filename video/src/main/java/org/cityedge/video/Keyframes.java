package org.cityedge.video;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.cityedge.video.Observation.Kind;

/**
 * Whether a camera's keyframes suffice (video.md §0). They cost a small part of decoding every
 * picture, but a camera decides how often it sends one: where they come too rarely, or not at all
 * (intra refresh has none), every picture is decoded for an hour, and then they are tried again.
 * Pure: time comes in as monotonic nanoseconds. Confined to the camera's thread.
 */
final class Keyframes {
  /**
   * When keyframes do not suffice.
   *
   * @param gap the longest time between two of them, the median of {@value #GAPS}
   * @param silence the longest time without any
   * @param retry after which they are tried again
   */
  record Limits(Duration gap, Duration silence, Duration retry) {
    /**
     * The smoke detector wants four looks in 5 s; for everything else two seconds are enough. A
     * fifth more, for what a network does to a camera's beat. Where fewer pictures are wanted, as
     * many fewer keyframes are enough.
     */
    static Limits of(CameraConfig config) {
      long gap = config.detect().contains(Kind.SMOKE) ? 1_200 : 2_400;
      long wanted = Math.round(1_000 / config.rate());
      return new Limits(
          Duration.ofMillis(Math.max(gap, wanted + wanted / 2)),
          Duration.ofMillis(Math.max(10_000, 3 * wanted)),
          Duration.ofHours(1));
    }
  }

  private static final int GAPS = 3;

  private final Sampling wanted;
  private final Limits limits;
  private final long[] gaps = new long[GAPS];
  private int known;
  private boolean any;
  private long lastNanos;
  private boolean suffice = true;
  private long gaveUpNanos;

  Keyframes(Sampling wanted, Limits limits) {
    this.wanted = wanted;
    this.limits = limits;
  }

  /** A stream is opened; which of its pictures to ask for. */
  Sampling open(long nanos) {
    if (!suffice && nanos - gaveUpNanos >= limits.retry.toNanos()) {
      suffice = true;
    }
    known = 0;
    any = false;
    lastNanos = nanos;
    return isOn() ? wanted : Sampling.rate(wanted.framesPerSecond());
  }

  /** Whether the stream that is open gives keyframes only. */
  boolean isOn() {
    return wanted.keyframes() && suffice;
  }

  void saw(long nanos) {
    if (any && known < GAPS) {
      gaps[known++] = nanos - lastNanos;
    }
    any = true;
    lastNanos = nanos;
  }

  /**
   * Why the stream is to be opened anew, if it is: keyframes turned out not to suffice, or are due
   * to be tried again. The next {@link #open} acts on it.
   */
  Optional<String> judge(long nanos) {
    if (!wanted.keyframes()) {
      return Optional.empty();
    }
    if (!suffice) {
      return nanos - gaveUpNanos >= limits.retry.toNanos()
          ? Optional.of("keyframes are tried again")
          : Optional.empty();
    }
    if (nanos - lastNanos >= limits.silence.toNanos()) {
      return giveUp(nanos, "no keyframe for " + limits.silence.toSeconds() + " s");
    }
    if (known == GAPS) {
      long[] sorted = gaps.clone();
      Arrays.sort(sorted);
      long median = sorted[GAPS / 2];
      if (median > limits.gap.toNanos()) {
        return giveUp(
            nanos, String.format(Locale.ROOT, "a keyframe every %.1f s only", median / 1e9));
      }
    }
    return Optional.empty();
  }

  private Optional<String> giveUp(long nanos, String why) {
    suffice = false;
    gaveUpNanos = nanos;
    return Optional.of(why + "; every picture is decoded");
  }
}
