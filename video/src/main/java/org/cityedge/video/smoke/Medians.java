package org.cityedge.video.smoke;

import java.util.Arrays;

/** The middle value, with a buffer of its own. */
final class Medians {
  private final float[] sorted;

  Medians(int count) {
    sorted = new float[count];
  }

  float of(float[] values) {
    System.arraycopy(values, 0, sorted, 0, sorted.length);
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
