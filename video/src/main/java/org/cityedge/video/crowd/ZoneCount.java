package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.cityedge.video.Zone;

/** A zone and its last counts. */
final class ZoneCount {
  private static final int SMOOTHED = 5;

  /** Longer than a full gateway's cameras take in turn. */
  private static final long HOLDS = Duration.ofSeconds(20).toNanos();

  private final Zone zone;
  private final boolean[] inside;
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
    this.squareMetres = squareMetres;
  }

  /** For each blob the share of its pixels in this zone. */
  double[] share(List<Blob> blobs, short[] label, int length) {
    double[] share = new double[blobs.size()];
    for (int i = 0; !blobs.isEmpty() && i < length; i++) {
      if (label[i] > 0 && inside[i]) {
        share[label[i] - 1]++;
      }
    }
    for (int i = 0; i < share.length; i++) {
      share[i] /= blobs.get(i).area();
    }
    return share;
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
