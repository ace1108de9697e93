package org.cityedge.video.evidence;

/**
 * The plane through values that were measured at places of a picture, by least squares: what a
 * shift, a zoom, a squeeze or a turn makes of one coordinate is such a plane. Places are relative
 * to the picture's middle.
 */
final class PlaneFit {
  /** What no measurement is better than, in the values' unit. */
  private static final double LEAST_ERROR = 0.15;

  private static final int STANDARD_ERRORS = 2;

  private int count;
  private double x;
  private double y;
  private double xx;
  private double xy;
  private double yy;
  private double v;
  private double vx;
  private double vy;
  private double vv;

  void add(double atX, double atY, double value) {
    count++;
    x += atX;
    y += atY;
    xx += atX * atX;
    xy += atX * atY;
    yy += atY * atY;
    v += value;
    vx += value * atX;
    vy += value * atY;
    vv += value * value;
  }

  int count() {
    return count;
  }

  /**
   * The largest value that the plane may have in a corner of the picture: its amount and two
   * standard errors more.
   *
   * @return infinite when the places do not determine a plane
   */
  double mostAtCorners(double halfWidth, double halfHeight) {
    // The inverse of the normal equations' matrix, which is symmetric.
    double a = xx * yy - xy * xy;
    double b = xy * y - x * yy;
    double c = x * xy - xx * y;
    double d = count * yy - y * y;
    double e = x * y - count * xy;
    double f = count * xx - x * x;
    double determinant = count * a + x * b + y * c;
    if (count < 4 || !(determinant > 1e-6 * count * (1 + xx) * (1 + yy))) {
      return Double.POSITIVE_INFINITY;
    }
    double level = (a * v + b * vx + c * vy) / determinant;
    double alongX = (b * v + d * vx + e * vy) / determinant;
    double alongY = (c * v + e * vx + f * vy) / determinant;
    double rest = vv - level * v - alongX * vx - alongY * vy;
    double variance = Math.max(rest / (count - 3), LEAST_ERROR * LEAST_ERROR);
    double most = 0;
    for (double cornerX : new double[] {-halfWidth, halfWidth}) {
      for (double cornerY : new double[] {-halfHeight, halfHeight}) {
        double spread =
            a
                + d * cornerX * cornerX
                + f * cornerY * cornerY
                + 2 * (b * cornerX + c * cornerY + e * cornerX * cornerY);
        double error = Math.sqrt(Math.max(0, spread) / determinant * variance);
        double value = Math.abs(level + alongX * cornerX + alongY * cornerY);
        most = Math.max(most, value + STANDARD_ERRORS * error);
      }
    }
    return most;
  }
}
