package org.cityedge.video;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.config.Section;

/**
 * Where points of the picture lie on the ground, which is taken to be flat there: the {@link
 * Homography} through marks. Pure; any thread.
 *
 * @param marks 4..16 places whose position is known, no three of four in a line
 */
public record Ground(List<Mark> marks) {
  static final int LEAST = 4;
  static final int MOST = 16;

  /** What marks may be off, in metres, and as a share of how far apart they lie. */
  private static final double OFF_METRES = 0.5;

  private static final double OFF_SHARE = 0.05;

  /** Of the scale at the marks' middle; a point below it is at the horizon or beyond. */
  private static final double HORIZON = 0.02;

  /**
   * How far from the line through two others a mark must lie, in mean distances from the middle:
   * some six pixels of 640, which is what a fingertip is off. The area of what is narrower is
   * chance.
   */
  private static final double NARROW = 0.03;

  /** A zone is measured in so many steps each way. */
  private static final int STEPS = 256;

  public Ground {
    marks = List.copyOf(marks);
  }

  /**
   * A place that was found in the picture and measured on the ground.
   *
   * @param x fraction of the picture's width, from the left
   * @param y fraction of its height, from the top
   * @param east metres in one direction, any origin
   * @param north metres at a right angle to it
   */
  public record Mark(double x, double y, double east, double north) {}

  static Optional<Ground> read(Section camera) {
    Optional<Section> section = camera.section("ground");
    if (section.isEmpty()) {
      return Optional.empty();
    }
    List<double[]> points = section.get().points("points", 0, 1);
    List<double[]> metres = section.get().points("metres", -10_000, 10_000);
    if (points.size() < LEAST || points.size() > MOST || points.size() != metres.size()) {
      section
          .get()
          .problem(
              "points",
              "must be 4..16 points of the picture, and metres as many, were %d and %d"
                  .formatted(points.size(), metres.size()));
      return Optional.empty();
    }
    List<Mark> marks = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      double[] p = points.get(i);
      double[] m = metres.get(i);
      marks.add(new Mark(p[0], p[1], m[0], m[1]));
    }
    Ground ground = new Ground(marks);
    ground.fault().ifPresent(fault -> section.get().problem("points", fault));
    return Optional.of(ground);
  }

  /** What is wrong with the marks, in one sentence; empty when they fit one another. */
  Optional<String> fault() {
    Optional<Homography> found = Homography.through(marks);
    if (found.isEmpty() || !spread()) {
      return Optional.of(
          "must be in the order of metres, and not lie in a line or almost, nor any three of four of"
              + " them");
    }
    Homography plane = found.get();
    double worst = 0;
    double apart = 0;
    for (Mark mark : marks) {
      if (plane.scale(mark.x, mark.y) < HORIZON) {
        return Optional.of(
            "must be in the order of metres: as they are, the horizon runs between them");
      }
      double[] at = plane.at(mark.x, mark.y);
      worst = Math.max(worst, Math.hypot(at[0] - mark.east, at[1] - mark.north));
      for (Mark other : marks) {
        apart = Math.max(apart, Math.hypot(other.east - mark.east, other.north - mark.north));
      }
    }
    double allowed = Math.max(OFF_METRES, OFF_SHARE * apart);
    return worst <= allowed
        ? Optional.empty()
        : Optional.of(
            "must fit metres to within %.1f m, the worst is %.1f m off".formatted(allowed, worst));
  }

  /** Whether there are four marks, no three of which lie almost in a line, here or there. */
  private boolean spread() {
    Homography.Middle picture = Homography.Middle.ofPicture(marks);
    Homography.Middle metres = Homography.Middle.ofMetres(marks);
    for (int i = 0; i < marks.size(); i++) {
      for (int j = i + 1; j < marks.size(); j++) {
        for (int k = j + 1; k < marks.size(); k++) {
          for (int l = k + 1; l < marks.size() && wide(picture, metres, i, j, k); l++) {
            if (wide(picture, metres, i, j, l)
                && wide(picture, metres, i, k, l)
                && wide(picture, metres, j, k, l)) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  private boolean wide(Homography.Middle picture, Homography.Middle metres, int i, int j, int k) {
    Mark a = marks.get(i);
    Mark b = marks.get(j);
    Mark c = marks.get(k);
    return width(b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y) > NARROW * picture.size()
        && width(b.east - a.east, b.north - a.north, c.east - a.east, c.north - a.north)
            > NARROW * metres.size();
  }

  /** Of the triangle over two edges, across its longest one. */
  private static double width(double ux, double uy, double vx, double vy) {
    double longest =
        Math.max(Math.hypot(ux - vx, uy - vy), Math.max(Math.hypot(ux, uy), Math.hypot(vx, vy)));
    return longest == 0 ? 0 : Math.abs(ux * vy - uy * vx) / longest;
  }

  /**
   * The ground that a zone covers.
   *
   * @param zone its parts at the horizon and beyond have no size, so that it has none
   * @param ignore parts that are taken off
   * @return square metres, above 0; empty when it reaches the horizon, or nothing is left of it
   */
  public OptionalDouble area(Zone zone, List<Zone> ignore) {
    Optional<Homography> found = Homography.through(marks);
    if (found.isEmpty()) {
      return OptionalDouble.empty();
    }
    Homography plane = found.get();
    double left = zone.polygon().stream().mapToDouble(Zone.Point::x).min().orElse(0);
    double top = zone.polygon().stream().mapToDouble(Zone.Point::y).min().orElse(0);
    double wide = zone.polygon().stream().mapToDouble(Zone.Point::x).max().orElse(0) - left;
    double high = zone.polygon().stream().mapToDouble(Zone.Point::y).max().orElse(0) - top;
    double sum = 0;
    for (int row = 0; row < STEPS; row++) {
      double y = top + (row + 0.5) / STEPS * high;
      for (int column = 0; column < STEPS; column++) {
        double x = left + (column + 0.5) / STEPS * wide;
        if (zone.contains(x, y) && ignore.stream().noneMatch(part -> part.contains(x, y))) {
          if (plane.scale(x, y) < HORIZON) {
            return OptionalDouble.empty();
          }
          sum += plane.magnification(x, y);
        }
      }
    }
    double area = sum * wide * high / (STEPS * STEPS);
    return area > 0 ? OptionalDouble.of(area) : OptionalDouble.empty();
  }
}
