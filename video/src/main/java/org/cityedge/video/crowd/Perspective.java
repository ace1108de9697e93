package org.cityedge.video.crowd;

import java.util.Optional;
import org.cityedge.video.CameraConfig.PersonHeight;

/**
 * How tall a standing person is at each height of the picture.
 *
 * @param top fraction of the picture's height, for feet at the top edge
 * @param bottom the same at the bottom edge
 * @param measured whether the technician gave it
 */
record Perspective(double top, double bottom, boolean measured) {
  /** A camera some metres up that looks down a street or a hall: 10 % at the top, 20 % below. */
  private static final Perspective STREET = new Perspective(0.10, 0.20, false);

  /**
   * A silhouette covers a quarter of its height squared: about 0.41 wide, 0.6 of the box filled.
   */
  private static final double SILHOUETTE = 0.25;

  static Perspective of(Optional<PersonHeight> height) {
    return height.map(h -> new Perspective(h.top(), h.bottom(), true)).orElse(STREET);
  }

  /** Height in pixels of a person whose feet are in this row of a picture of so many rows. */
  double height(double row, int rows) {
    double depth = Math.clamp(row / rows, 0.0, 1.0);
    return (top + (bottom - top) * depth) * rows;
  }

  /** Pixels that one person covers there. */
  double area(double row, int rows) {
    double height = height(row, rows);
    return SILHOUETTE * height * height;
  }
}
