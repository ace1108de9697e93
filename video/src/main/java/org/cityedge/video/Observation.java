package org.cityedge.video;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a detector sees in one frame of one zone. It decides nothing: whether this becomes an alert
 * is told by how observations hold over time.
 *
 * @param camera the camera's id
 * @param zone the zone's id; {@code frame} when the camera has none
 * @param detector name and version, {@code smoke-classical/2}
 * @param score 0..1, how strongly this frame supports the kind; from {@link #SUSPECT} on it counts
 *     as seen
 * @param persons estimated number of people, for crowding only
 * @param valid false when the picture cannot be judged (too dark, moved, still learning); timers
 *     pause
 * @param features named intermediate values, for the audit of an alert; at most 16
 * @param regions where, as fractions of the picture; at most 32
 */
public record Observation(
    String camera,
    String zone,
    Kind kind,
    String detector,
    double score,
    OptionalDouble persons,
    boolean valid,
    Map<String, Double> features,
    List<Region> regions,
    long nanos,
    Instant at) {
  /** A frame with at least this score counts as seen. */
  public static final double SUSPECT = 0.5;

  /** The feature that tells people for each square metre of the zone's ground. */
  public static final String DENSITY = "persons_per_m2";

  public Observation {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("score must be 0..1, was " + score);
    }
    features = Map.copyOf(features);
    regions = List.copyOf(regions);
  }

  /** The same again for another frame. */
  public Observation at(Frame frame) {
    return new Observation(
        camera,
        zone,
        kind,
        detector,
        score,
        persons,
        valid,
        features,
        regions,
        frame.nanos(),
        frame.at());
  }

  /** The same look as somebody else judges it. */
  public Observation judged(
      String by,
      double score,
      OptionalDouble persons,
      boolean valid,
      Map<String, Double> features,
      List<Region> regions) {
    return new Observation(
        camera, zone, kind, by, score, persons, valid, features, regions, nanos, at);
  }

  /** The same without a place. */
  Observation withoutRegions() {
    return new Observation(
        camera, zone, kind, detector, score, persons, valid, features, List.of(), nanos, at);
  }

  public enum Kind {
    SMOKE,
    CROWD
  }

  /**
   * A box in fractions of the picture's width and height, {@code 0 <= x, y} and {@code x + width, y
   * + height <= 1}.
   */
  public record Region(double x, double y, double width, double height) {}
}
