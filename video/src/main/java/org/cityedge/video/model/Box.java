package org.cityedge.video.model;

/**
 * What a network found, in pixels of its input or, once {@link Placement} took it back, as
 * fractions of the picture.
 *
 * @param score 0..1
 */
record Box(Label label, double score, double left, double top, double right, double bottom) {
  /** Intersection over union, 0..1. */
  double overlap(Box other) {
    double width = Math.min(right, other.right) - Math.max(left, other.left);
    double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    if (width <= 0 || height <= 0) {
      return 0;
    }
    double both = width * height;
    return both / (area() + other.area() - both);
  }

  private double area() {
    return (right - left) * (bottom - top);
  }
}
