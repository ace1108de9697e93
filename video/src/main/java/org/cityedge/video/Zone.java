package org.cityedge.video;

import java.util.List;
import org.cityedge.config.Section;

/**
 * A part of the picture.
 *
 * @param id {@code [a-z0-9-]{1,32}}
 * @param polygon at least three points, as fractions of the picture's width and height, so that a
 *     change of resolution moves nothing
 */
public record Zone(String id, List<Point> polygon) {
  public Zone {
    polygon = List.copyOf(polygon);
  }

  /** Fractions of the picture's width and height, 0..1, from the top left corner. */
  public record Point(double x, double y) {}

  /** The whole picture, for a camera without zones. */
  public static final Zone FRAME =
      new Zone(
          "frame", List.of(new Point(0, 0), new Point(1, 0), new Point(1, 1), new Point(0, 1)));

  /**
   * Whether a point, in fractions of the picture, lies inside: whether the line winds around it at
   * all, so that a line which crosses itself leaves no hole, as none is left by the privacy mask.
   */
  public boolean contains(double x, double y) {
    int turns = 0;
    Point before = polygon.getLast();
    for (Point point : polygon) {
      boolean crosses = point.y() > y != before.y() > y;
      if (crosses
          && x
              < point.x() + (before.x() - point.x()) * (y - point.y()) / (before.y() - point.y())) {
        turns += point.y() > y ? 1 : -1;
      }
      before = point;
    }
    return turns != 0;
  }

  static Zone read(Section section) {
    String id = section.id("id");
    List<Point> polygon =
        section.points("polygon", 0, 1).stream().map(p -> new Point(p[0], p[1])).toList();
    if (polygon.size() < 3) {
      section.problem("polygon", "must have at least 3 points, has " + polygon.size());
    }
    return new Zone(id, polygon);
  }
}
