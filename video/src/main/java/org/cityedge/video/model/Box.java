package org.cityedge.video.model;

import org.cityedge.video.Observation.Region;

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

  /** From fractions of a part of the picture to those of the whole. */
  Box within(double x, double y, double width, double height) {
    return new Box(
        label, score, x + left * width, y + top * height, x + right * width, y + bottom * height);
  }

  Region region() {
    return new Region(left, top, right - left, bottom - top);
  }

  /** Whether it shares more than an edge with a region. */
  boolean touches(Region other) {
    return left < other.x() + other.width()
        && right > other.x()
        && top < other.y() + other.height()
        && bottom > other.y();
  }

  private double area() {
    return (right - left) * (bottom - top);
  }
}
