package org.cityedge.video.smoke;

/**
 * By how much a picture lies aside of an earlier one as a whole, in working pixels: a hand, a mast
 * in wind. What was at {@code (x, y)} is at {@code (x + right, y + down)} now.
 */
record Displacement(float right, float down) {
  /** Smaller ones drown in what a camera's noise does to the estimate. */
  private static final double LEAST = 0.15;

  /** Three quarters of a cell: beyond that the camera is turned, and cells are other places. */
  private static final double FARTHEST = 12;

  /** Whether it is to be taken out before the two pictures are compared. */
  boolean matters() {
    double pixels = Math.hypot(right, down);
    return pixels > LEAST && pixels < FARTHEST;
  }
}
