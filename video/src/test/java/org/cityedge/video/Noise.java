package org.cityedge.video;

import java.util.Random;

/**
 * A sensor's noise: grey levels with a mean of 0 and a standard deviation of 1.5. Drawn once and
 * read from another place for each run of pixels, because drawing it for each pixel took most of
 * the time of the tests that draw pictures.
 */
final class Noise {
  private static final int COUNT = 1 << 20;
  private static final float[] LEVELS = new float[COUNT];

  static {
    Random random = new Random(7);
    for (int i = 0; i < COUNT; i++) {
      LEVELS[i] = (float) (1.5 * random.nextGaussian());
    }
  }

  private final Random places = new Random(7);
  private int at;

  /** Goes on somewhere else: at the beginning of each picture, so that none repeats the last. */
  void jump() {
    at = places.nextInt(COUNT);
  }

  float next() {
    at = (at + 1) & (COUNT - 1);
    return LEVELS[at];
  }
}
