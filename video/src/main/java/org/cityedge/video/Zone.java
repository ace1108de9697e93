package org.cityedge.video;

import java.util.List;
import org.cityedge.config.Section;

/**
 * A part of the picture.
 *
 * @param id {@code [a-z0-9-]{1,32}}
 * @param polygon at least three points, each {@code {x, y}} as fractions of the picture's width and
 *     height, so that a change of resolution moves nothing
 */
public record Zone(String id, List<double[]> polygon) {
  /** The whole picture, for a camera without zones. */
  public static final Zone FRAME =
      new Zone(
          "frame",
          List.of(
              new double[] {0, 0}, new double[] {1, 0}, new double[] {1, 1}, new double[] {0, 1}));

  /** Whether a point, in fractions of the picture, lies inside (even-odd rule). */
  public boolean contains(double x, double y) {
    boolean inside = false;
    double[] before = polygon.getLast();
    for (double[] point : polygon) {
      boolean crosses = point[1] > y != before[1] > y;
      if (crosses
          && x < point[0] + (before[0] - point[0]) * (y - point[1]) / (before[1] - point[1])) {
        inside = !inside;
      }
      before = point;
    }
    return inside;
  }

  static Zone read(Section section) {
    String id = section.id("id");
    List<double[]> polygon = section.points("polygon", 0, 1);
    if (polygon.size() < 3) {
      section.problem("polygon", "must have at least 3 points, has " + polygon.size());
    }
    return new Zone(id, polygon);
  }
}
