package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.cityedge.video.Zone;

/** A zone and its last counts. */
final class ZoneCount {
  private static final int SMOOTHED = 5;

  /** Longer than a full gateway's cameras take in turn. */
  private static final long HOLDS = Duration.ofSeconds(20).toNanos();

  private final Zone zone;
  private final boolean[] inside;
  private final boolean everywhere;
  private final OptionalDouble squareMetres;
  private final List<Double> counts = new ArrayList<>();
  private double denied;
  private long deniedNanos;

  /**
   * @param squareMetres of ground, where it is known
   */
  ZoneCount(Zone zone, boolean[] inside, OptionalDouble squareMetres) {
    this.zone = zone;
    this.inside = inside;
    everywhere = IntStream.range(0, inside.length).allMatch(this::covers);
    this.squareMetres = squareMetres;
  }

  /** For each blob the share of its pixels in this zone. */
  double[] share(List<Blob> blobs, short[] label, int columns) {
    if (everywhere) {
      double[] all = new double[blobs.size()];
      Arrays.fill(all, 1);
      return all;
    }
    return IntStream.range(0, blobs.size())
        .mapToDouble(i -> blobs.get(i).share(label, columns, i + 1, this::covers))
        .toArray();
  }

  /** What was denied in a look. */
  void deny(double persons, long nanos) {
    denied = persons;
    deniedNanos = nanos;
  }

  /** Persons that were denied lately. */
  double denied(long nanos) {
    return nanos - deniedNanos <= HOLDS ? denied : 0;
  }

  double smooth(double count) {
    counts.add(count);
    if (counts.size() > SMOOTHED) {
      counts.removeFirst();
    }
    return counts.stream().sorted().skip(counts.size() / 2).findFirst().orElse(count);
  }

  OptionalDouble squareMetres() {
    return squareMetres;
  }

  String id() {
    return zone.id();
  }

  /** Whether a pixel belongs to the zone. */
  boolean covers(int pixel) {
    return inside[pixel];
  }
}
