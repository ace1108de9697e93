package org.cityedge.video;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.config.Section;
import org.jspecify.annotations.Nullable;

/**
 * Where points of the picture lie on the ground, which is taken to be flat there: a homography
 * (Hartley and Zisserman, Multiple View Geometry, 2nd ed., §4.1, the direct linear transformation
 * with normalised coordinates; least squares from five points on). Pure; any thread.
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
    Plane plane = plane();
    if (plane == null || !spread()) {
      return Optional.of(
          "must be in the order of metres, and not lie in a line or almost, nor any three of four of"
              + " them");
    }
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
    Frame picture = Frame.of(marks.stream().map(m -> new double[] {m.x, m.y}).toList());
    Frame metres = Frame.of(marks.stream().map(m -> new double[] {m.east, m.north}).toList());
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

  private boolean wide(Frame picture, Frame metres, int i, int j, int k) {
    Mark a = marks.get(i);
    Mark b = marks.get(j);
    Mark c = marks.get(k);
    return width(b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y) > NARROW * picture.size
        && width(b.east - a.east, b.north - a.north, c.east - a.east, c.north - a.north)
            > NARROW * metres.size;
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
    Plane plane = plane();
    if (plane == null) {
      return OptionalDouble.empty();
    }
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

  /** Null when the marks tell of no plane. */
  private @Nullable Plane plane() {
    Frame picture = Frame.of(marks.stream().map(m -> new double[] {m.x, m.y}).toList());
    Frame metres = Frame.of(marks.stream().map(m -> new double[] {m.east, m.north}).toList());
    if (picture.size == 0 || metres.size == 0) {
      return null;
    }
    double[][] normal = new double[8][9];
    for (Mark mark : marks) {
      double x = (mark.x - picture.x) / picture.size;
      double y = (mark.y - picture.y) / picture.size;
      double u = (mark.east - metres.x) / metres.size;
      double v = (mark.north - metres.y) / metres.size;
      add(normal, new double[] {x, y, 1, 0, 0, 0, -u * x, -u * y, u});
      add(normal, new double[] {0, 0, 0, x, y, 1, -v * x, -v * y, v});
    }
    double[] h = solve(normal);
    return h == null ? null : new Plane(picture, metres, h);
  }

  /** Adds an equation, eight coefficients and its right side, to the normal equations. */
  private static void add(double[][] normal, double[] equation) {
    for (int row = 0; row < 8; row++) {
      for (int column = 0; column < 9; column++) {
        normal[row][column] += equation[row] * equation[column];
      }
    }
  }

  /** By Gauss with pivots; null when the equations do not say enough. */
  private static double @Nullable [] solve(double[][] a) {
    for (int i = 0; i < 8; i++) {
      int pivot = i;
      for (int row = i + 1; row < 8; row++) {
        pivot = Math.abs(a[row][i]) > Math.abs(a[pivot][i]) ? row : pivot;
      }
      double[] swap = a[i];
      a[i] = a[pivot];
      a[pivot] = swap;
      // The equations are of order 1; squared, what is left of a line is some 1e-15.
      if (Math.abs(a[i][i]) < 1e-9) {
        return null;
      }
      for (int row = 0; row < 8; row++) {
        double factor = row == i ? 0 : a[row][i] / a[i][i];
        for (int column = i; column < 9 && factor != 0; column++) {
          a[row][column] -= factor * a[i][column];
        }
      }
    }
    double[] h = new double[8];
    for (int i = 0; i < 8; i++) {
      h[i] = a[i][8] / a[i][i];
    }
    return h;
  }

  /** Coordinates around the points' middle, one unit being their mean distance from it. */
  private record Frame(double x, double y, double size) {
    static Frame of(List<double[]> points) {
      double x = points.stream().mapToDouble(p -> p[0]).average().orElse(0);
      double y = points.stream().mapToDouble(p -> p[1]).average().orElse(0);
      double size =
          points.stream().mapToDouble(p -> Math.hypot(p[0] - x, p[1] - y)).average().orElse(0);
      return new Frame(x, y, size);
    }
  }

  /**
   * The homography.
   *
   * @param h row by row; the ninth is 1: the marks' middle lies before the horizon
   */
  private record Plane(Frame picture, Frame metres, double[] h) {
    /** 1 at the marks' middle, 0 at the horizon, negative beyond. */
    double scale(double x, double y) {
      return h[6] * (x - picture.x) / picture.size + h[7] * (y - picture.y) / picture.size + 1;
    }

    double[] at(double x, double y) {
      double px = (x - picture.x) / picture.size;
      double py = (y - picture.y) / picture.size;
      double scale = scale(x, y);
      return new double[] {
        metres.x + metres.size * (h[0] * px + h[1] * py + h[2]) / scale,
        metres.y + metres.size * (h[3] * px + h[4] * py + h[5]) / scale
      };
    }

    /** Square metres for a unit of the picture's area: the Jacobian's determinant. */
    double magnification(double x, double y) {
      double determinant =
          h[0] * (h[4] - h[5] * h[7])
              - h[1] * (h[3] - h[5] * h[6])
              + h[2] * (h[3] * h[7] - h[4] * h[6]);
      double scale = scale(x, y);
      double unit = metres.size / picture.size;
      return Math.abs(determinant) * unit * unit / (scale * scale * scale);
    }
  }
}
