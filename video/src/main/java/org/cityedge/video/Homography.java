package org.cityedge.video;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Maps points of the picture to the ground: Hartley and Zisserman, Multiple View Geometry, 2nd ed.,
 * §4.1, the direct linear transformation with normalised coordinates; least squares from five marks
 * on. Pure; any thread.
 *
 * @param picture where the marks are in the picture, in fractions of its width and height
 * @param metres where they are on the ground
 * @param h row by row; the ninth is 1: the marks' middle lies before the horizon
 */
record Homography(Middle picture, Middle metres, double[] h) {
  /** Coordinates around the points' middle, one unit being their mean distance from it. */
  record Middle(double x, double y, double size) {
    static Middle ofPicture(List<Ground.Mark> marks) {
      return of(marks.stream().map(m -> new double[] {m.x(), m.y()}).toList());
    }

    static Middle ofMetres(List<Ground.Mark> marks) {
      return of(marks.stream().map(m -> new double[] {m.east(), m.north()}).toList());
    }

    private static Middle of(List<double[]> points) {
      double x = points.stream().mapToDouble(p -> p[0]).average().orElse(0);
      double y = points.stream().mapToDouble(p -> p[1]).average().orElse(0);
      double size =
          points.stream().mapToDouble(p -> Math.hypot(p[0] - x, p[1] - y)).average().orElse(0);
      return new Middle(x, y, size);
    }
  }

  /** Empty when the marks, four or more, tell of no plane. */
  static Optional<Homography> through(List<Ground.Mark> marks) {
    Middle picture = Middle.ofPicture(marks);
    Middle metres = Middle.ofMetres(marks);
    if (picture.size == 0 || metres.size == 0) {
      return Optional.empty();
    }
    double[][] normal = new double[8][9];
    for (Ground.Mark mark : marks) {
      double x = (mark.x() - picture.x) / picture.size;
      double y = (mark.y() - picture.y) / picture.size;
      double u = (mark.east() - metres.x) / metres.size;
      double v = (mark.north() - metres.y) / metres.size;
      add(normal, new double[] {x, y, 1, 0, 0, 0, -u * x, -u * y, u});
      add(normal, new double[] {0, 0, 0, x, y, 1, -v * x, -v * y, v});
    }
    double[] h = solve(normal);
    return h == null ? Optional.empty() : Optional.of(new Homography(picture, metres, h));
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

  /** 1 at the marks' middle, 0 at the horizon, negative beyond. */
  double scale(double x, double y) {
    return h[6] * (x - picture.x) / picture.size + h[7] * (y - picture.y) / picture.size + 1;
  }

  /** East and north in metres; of no meaning from the horizon on. */
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
