package org.cityedge.video.smoke;

import java.util.Arrays;

/**
 * How the light, or the camera's exposure, changed between two pictures: {@code now ≈ (1 + gain) ·
 * before + offset} for those cells in which nothing else happened.
 *
 * @param middle the median change of a cell, in grey levels
 */
record Light(float gain, float offset, float middle) {
  private static final int ROUNDS = 3;
  private static final float LARGEST_GAIN = 0.5f;

  /** Keeps the gain near zero where all cells are equally bright and nothing determines it. */
  private static final float RIDGE = 25;

  /** Half a grey level more than the median error still fits. */
  private static final float TOLERANCE = 0.5f;

  /** Least squares over the cells that fit best; three rounds let those fall out that do not. */
  static Light between(float[] before, float[] now) {
    int cells = before.length;
    float[] change = new float[cells];
    for (int cell = 0; cell < cells; cell++) {
      change[cell] = now[cell] - before[cell];
    }
    float middle = median(change);
    float gain = 0;
    float offset = middle;
    float[] error = new float[cells];
    for (int round = 0; round < ROUNDS; round++) {
      for (int cell = 0; cell < cells; cell++) {
        error[cell] = Math.abs(change[cell] - gain * before[cell] - offset);
      }
      float limit = median(error) + TOLERANCE;
      double n = 0;
      double x = 0;
      double y = 0;
      double xx = 0;
      double xy = 0;
      for (int cell = 0; cell < cells; cell++) {
        if (error[cell] <= limit) {
          n++;
          x += before[cell];
          y += change[cell];
          xx += (double) before[cell] * before[cell];
          xy += (double) before[cell] * change[cell];
        }
      }
      double slope = (xy / n - x / n * y / n) / (xx / n - x / n * x / n + RIDGE);
      gain = (float) Math.clamp(slope, -LARGEST_GAIN, LARGEST_GAIN);
      offset = (float) (y / n - gain * x / n);
    }
    return new Light(gain, offset, middle);
  }

  private static float median(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** What a grey level of before is now, if only the light changed. */
  float expected(float before) {
    return (1 + gain) * before + offset;
  }
}
