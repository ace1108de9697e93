package org.cityedge.video.smoke;

import java.util.Arrays;

/**
 * Whether a picture lies where an earlier one lay: the displacement of each cell that has outlines
 * in two directions, by least squares on its gradients (Lucas and Kanade, IJCAI 1981), and of those
 * the median, since what moves in the scene moves in few cells. A tenth of the price of {@link
 * Eye#displacement}, which people and trees can feign half a pixel to, and which finds the large
 * ones.
 */
final class Sway {
  /** Mean squared gradient from which a cell has outlines, in (grey levels per pixel)². */
  private static final float OUTLINED = 4;

  /**
   * Of the gradients' second moments, determinant by squared trace: 0 for outlines in one direction
   * alone, 0.25 for as many in each.
   */
  private static final float TWO_WAYS = 0.05f;

  private static final int LEAST_CELLS = 8;

  /** Pixels: what noise alone makes of the median. */
  private static final double STILL = 0.1;

  /**
   * Mean squared change of a cell, of its energy and beyond noise, in grey levels squared. A
   * picture that lies farther aside than its texture reaches changes by twice that texture's
   * variance, 2.2 times the energy or more, while its gradients point anywhere and cancel.
   */
  private static final float UNCHANGED = 1;

  private static final float NOISE = 4;

  private final float[] right;
  private final float[] down;
  private final float[] changed;

  Sway(Grid grid) {
    right = new float[grid.cells()];
    down = new float[grid.cells()];
    changed = new float[grid.cells()];
  }

  /** Whether the later picture lies where the earlier one does; false where too few cells tell. */
  boolean none(Still before, Still now) {
    int known = 0;
    for (int cell = 0; cell < right.length; cell++) {
      if (before.energy[cell] >= OUTLINED && measure(before, now, cell, known)) {
        known++;
      }
    }
    return known >= LEAST_CELLS
        && median(changed, known) <= 0
        && Math.hypot(median(right, known), median(down, known)) < STILL;
  }

  /** Tells false where the cell's outlines go one way alone. */
  private boolean measure(Still before, Still now, int cell, int at) {
    float light = now.mean[cell] - before.mean[cell];
    float xx = 0;
    float xy = 0;
    float yy = 0;
    float xt = 0;
    float yt = 0;
    float tt = 0;
    int width = now.grid.width();
    int first = now.first(cell);
    // Every other row says as much.
    for (int row = first; row < first + Grid.CELL * width; row += 2 * width) {
      for (int i = row; i < row + Grid.CELL; i++) {
        float x = before.gradX[i];
        float y = before.gradY[i];
        float change = now.grey[i] - before.grey[i] - light;
        xx += x * x;
        xy += x * y;
        yy += y * y;
        xt += x * change;
        yt += y * change;
        tt += change * change;
      }
    }
    float determinant = xx * yy - xy * xy;
    if (determinant < TWO_WAYS * (xx + yy) * (xx + yy)) {
      return false;
    }
    // Every other row: half of the pixels.
    float mean = tt / (Grid.CELL * Grid.CELL / 2);
    changed[at] = mean - UNCHANGED * before.energy[cell] - NOISE;
    right[at] = (xy * yt - yy * xt) / determinant;
    down[at] = (xy * xt - xx * yt) / determinant;
    return true;
  }

  private static float median(float[] values, int count) {
    Arrays.sort(values, 0, count);
    return values[count / 2];
  }
}
