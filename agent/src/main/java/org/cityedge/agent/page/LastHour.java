package org.cityedge.agent.page;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.jspecify.annotations.Nullable;

/**
 * The last reading of each channel and the means of its last {@value #MINUTES} minutes. About 450
 * bytes a channel, at most {@value #MAX_CHANNELS} channels, so never more than 0.25 MB. Any thread.
 */
final class LastHour {
  static final int MINUTES = 60;

  /** What exceeds it is not shown; 200 sensors have rarely more than two channels each. */
  static final int MAX_CHANNELS = 512;

  private record Key(String sensor, String quantity) {}

  /**
   * @param points a mean for each minute, the oldest first; NaN where nothing was measured
   */
  record Curve(String sensor, String quantity, float[] points) {}

  /**
   * @param reading the last one; null before it
   * @param fault why nothing newer came; null while readings come
   */
  record Last(
      String sensor,
      String quantity,
      String unit,
      @Nullable Reading reading,
      @Nullable Fault fault) {}

  private static final class Track {
    private final String unit;
    private final float[] means = new float[MINUTES];
    private long minute = Long.MIN_VALUE;
    private double sum;
    private int count;
    private @Nullable Reading last;
    private long beforeNanos;
    private @Nullable Fault fault;

    Track(String unit) {
      this.unit = unit;
      Arrays.fill(means, Float.NaN);
    }

    void take(Reading reading) {
      beforeNanos = last == null ? reading.nanos() : last.nanos();
      last = reading;
    }

    /** Takes the time of the last value back where it was told once more with this miss. */
    void miss(Sample.Missed missed) {
      fault = missed.fault();
      Reading told = last;
      if (told != null && isToldAgain(told.quality()) && told.nanos() == missed.nanos()) {
        last =
            new Reading(
                told.sensor(),
                told.quantity(),
                told.value(),
                told.unit(),
                told.at(),
                beforeNanos,
                told.quality());
      }
    }

    void add(double value, long now) {
      advance(now);
      sum += value;
      count++;
    }

    /** The minute that runs is the last point of the curve. */
    void advance(long now) {
      if (minute == Long.MIN_VALUE) {
        minute = now;
        return;
      }
      if (now == minute) {
        return;
      }
      means[slot(minute)] = mean();
      for (long skipped = Math.max(minute + 1, now - MINUTES); skipped <= now; skipped++) {
        means[slot(skipped)] = Float.NaN;
      }
      minute = now;
      sum = 0;
      count = 0;
    }

    private float mean() {
      return count == 0 ? Float.NaN : (float) (sum / count);
    }

    float[] points() {
      float[] out = new float[MINUTES];
      for (int i = 0; i < MINUTES - 1; i++) {
        out[i] = means[slot(minute - MINUTES + 1 + i)];
      }
      out[MINUTES - 1] = mean();
      return out;
    }

    private static int slot(long minute) {
      return (int) Math.floorMod(minute, (long) MINUTES);
    }
  }

  private final LongSupplier nanos;
  private final long started;

  // Guarded by this.
  private final Map<Key, Track> tracks = new LinkedHashMap<>();

  /** Sensors of which a channel has a fault. */
  private final Set<String> faulty = new HashSet<>();

  LastHour(LongSupplier nanos) {
    this.nanos = nanos;
    this.started = nanos.getAsLong();
  }

  /** A sensor that there is no more. */
  synchronized void forget(String sensor) {
    tracks.keySet().removeIf(key -> key.sensor().equals(sensor));
    faulty.remove(sensor);
  }

  /** Gives a channel its place before its first reading. */
  synchronized void expect(String sensor, String quantity, String unit) {
    track(new Key(sensor, quantity), unit);
  }

  synchronized void accept(Sample sample) {
    switch (sample) {
      case Sample.Measured(Reading reading) -> {
        Track track = track(new Key(reading.sensor(), reading.quantity()), reading.unit());
        boolean told = isToldAgain(reading.quality());
        if (!told && faulty.contains(reading.sensor())) {
          came(reading);
        }
        if (track != null) {
          if (!told) {
            track.add(number(reading.value()), minute());
          }
          track.take(reading);
        }
      }
      case Sample.Missed missed ->
          tracks.forEach(
              (key, track) -> {
                if (key.sensor().equals(missed.sensor())
                    && missed.fault().quantity().map(key.quantity()::equals).orElse(true)) {
                  track.miss(missed);
                  faulty.add(missed.sensor());
                }
              });
    }
  }

  /** The sensor answers; whether its other channels can be read they must show themselves. */
  private void came(Reading reading) {
    boolean left = false;
    for (Map.Entry<Key, Track> entry : tracks.entrySet()) {
      Key key = entry.getKey();
      Track track = entry.getValue();
      if (key.sensor().equals(reading.sensor()) && track.fault != null) {
        boolean others =
            track.fault.kind() == Fault.Kind.MALFORMED
                && !key.quantity().equals(reading.quantity());
        track.fault = others ? track.fault : null;
        left |= others;
      }
    }
    if (!left) {
      faulty.remove(reading.sensor());
    }
  }

  /** Whether a channel of it has a fault. */
  synchronized boolean isFaulty(String sensor) {
    return faulty.contains(sensor);
  }

  /** The last values of a sensor that is away are told once more (wire.md §5). */
  static boolean isToldAgain(Quality quality) {
    return quality == Quality.COMM || quality == Quality.STALE;
  }

  private static double number(Reading.Value value) {
    return switch (value) {
      case Reading.Quantity(double number) -> number;
      case Reading.Flag(boolean on) -> on ? 1 : 0;
    };
  }

  private @Nullable Track track(Key key, String unit) {
    Track known = tracks.get(key);
    if (known == null && tracks.size() < MAX_CHANNELS) {
      known = new Track(unit);
      tracks.put(key, known);
    }
    return known;
  }

  private long minute() {
    return TimeUnit.NANOSECONDS.toMinutes(nanos.getAsLong() - started);
  }

  synchronized List<Last> lasts() {
    List<Last> out = new ArrayList<>(tracks.size());
    tracks.forEach(
        (key, track) ->
            out.add(new Last(key.sensor(), key.quantity(), track.unit, track.last, track.fault)));
    return out;
  }

  synchronized List<Curve> curves() {
    long now = minute();
    List<Curve> out = new ArrayList<>(tracks.size());
    tracks.forEach(
        (key, track) -> {
          track.advance(now);
          out.add(new Curve(key.sensor(), key.quantity(), track.points()));
        });
    return out;
  }

  /** Since the reading was taken, on the monotonic clock. */
  Duration age(Reading reading) {
    return Duration.ofNanos(Math.max(0, nanos.getAsLong() - reading.nanos()));
  }
}
