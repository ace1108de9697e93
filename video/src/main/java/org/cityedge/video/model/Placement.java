package org.cityedge.video.model;

/**
 * Where a picture lies in a network's square input.
 *
 * @param left pixels of the input, as the others
 */
record Placement(int left, int top, int width, int height) {
  static Placement of(Fit fit, int pictureWidth, int pictureHeight, int size) {
    if (fit == Fit.STRETCH) {
      return new Placement(0, 0, size, size);
    }
    double scale = (double) size / Math.max(pictureWidth, pictureHeight);
    int width = Math.clamp(Math.round(pictureWidth * scale), 1, size);
    int height = Math.clamp(Math.round(pictureHeight * scale), 1, size);
    return fit == Fit.CORNER
        ? new Placement(0, 0, width, height)
        : new Placement((size - width) / 2, (size - height) / 2, width, height);
  }

  /** From pixels of the input to fractions of the picture, cut off at its edges. */
  Box back(Box box) {
    return new Box(
        box.label(),
        box.score(),
        Math.clamp((box.left() - left) / width, 0.0, 1.0),
        Math.clamp((box.top() - top) / height, 0.0, 1.0),
        Math.clamp((box.right() - left) / width, 0.0, 1.0),
        Math.clamp((box.bottom() - top) / height, 0.0, 1.0));
  }
}
