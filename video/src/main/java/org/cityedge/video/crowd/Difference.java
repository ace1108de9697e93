package org.cityedge.video.crowd;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a look differs from the background, apart from a common change of the light. All pictures
 * have the same size, a byte of grey level a pixel. Confined to one thread.
 */
final class Difference {
  /** Grey levels that tell a person from the ground. */
  private static final int CHANGE = 20;

  /** One pixel in so many tells what is common to all; their number divides by it. */
  private static final int SPARSE = 4;

  private final int width;
  private final byte[] foreground;
  private final byte[] darkest;
  private final byte[] brightest;
  private final int[] histogram = new int[511];

  /** 1 for each pixel that is not ignored, else 0. */
  private final byte[] counted;

  private boolean surroundingsStale = true;

  /** By how many grey levels everything is brighter than the background. */
  private int light;

  private double brightness;

  /**
   * @param ignored for each pixel whether it never differs
   */
  Difference(int width, boolean[] ignored) {
    this.width = width;
    int pixels = ignored.length;
    counted = new byte[pixels];
    for (int i = 0; i < pixels; i++) {
      counted[i] = (byte) (ignored[i] ? 0 : 1);
    }
    foreground = new byte[pixels];
    darkest = new byte[pixels];
    brightest = new byte[pixels];
  }

  /** 1 where the last look differs and is not ignored, else 0; overwritten by the next one. */
  byte[] foreground() {
    return foreground;
  }

  /** Returns the share of pixels that brightened together, or darkened together, 0..1. */
  double look(byte[] grey, byte[] median) {
    count(grey, median);
    int all = grey.length / SPARSE;
    light = middle(all);
    int sum = 0;
    for (int i = 0; i < grey.length; i++) {
      int level = grey[i] & 0xff;
      int change = level - (median[i] & 0xff) - light;
      // A sign instead of a branch: noise and people fall on either side by chance.
      foreground[i] = (byte) (((CHANGE - Math.abs(change)) >>> 31) & counted[i]);
      sum += level;
    }
    brightness = (double) sum / grey.length;
    int darker = IntStream.range(0, 255 - CHANGE).map(i -> histogram[i]).sum();
    int brighter = IntStream.range(256 + CHANGE, 511).map(i -> histogram[i]).sum();
    return (double) Math.max(darker, brighter) / all;
  }

  /** The background is another one from now on. */
  void learned() {
    surroundingsStale = true;
  }

  /** Mean grey level of the last look. */
  double brightness() {
    return brightness;
  }

  /** Takes out what is brighter than the background, as flakes are. */
  void withoutBrighter(byte[] grey, byte[] median) {
    for (int i = 0; i < foreground.length; i++) {
      int change = (grey[i] & 0xff) - (median[i] & 0xff) - light;
      foreground[i] = change > 0 ? 0 : foreground[i];
    }
  }

  /** Takes out what is not 0 here. */
  void without(byte[] mask) {
    for (int i = 0; i < foreground.length; i++) {
      foreground[i] = mask[i] == 0 ? foreground[i] : 0;
    }
  }

  /** How often each change, from -255 on, occurs. */
  private void count(byte[] grey, byte[] median) {
    Arrays.fill(histogram, 0);
    for (int i = 0; i < grey.length; i += SPARSE) {
      histogram[(grey[i] & 0xff) - (median[i] & 0xff) + 255]++;
    }
  }

  /** The median change. */
  private int middle(int all) {
    int level = 0;
    for (int below = histogram[0]; below <= all / 2; below += histogram[level]) {
      level++;
    }
    return level - 255;
  }

  /**
   * Per blob the share of its pixels, 0..1, that differ from all of the background around them.
   *
   * @param pixels has labelled the blobs
   */
  double[] fresh(byte[] grey, byte[] median, Foreground pixels, List<Blob> blobs) {
    if (surroundingsStale) {
      pixels.surroundings(median, darkest, brightest);
      surroundingsStale = false;
    }
    return IntStream.range(0, blobs.size())
        .mapToDouble(i -> blobs.get(i).share(pixels.label(), width, i + 1, at -> isFresh(grey, at)))
        .toArray();
  }

  private boolean isFresh(byte[] grey, int pixel) {
    int level = (grey[pixel] & 0xff) - light;
    return level > (brightest[pixel] & 0xff) + CHANGE || level < (darkest[pixel] & 0xff) - CHANGE;
  }
}
