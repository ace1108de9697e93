package org.cityedge.video.crowd;

/**
 * Whether blobs end where something ends. A person who stands before the scene breaks it off: there
 * is an outline in the picture that the background does not have. Smoke, steam and light fade out
 * or only dim the outlines that were there; and where somebody left, it is the background that has
 * one.
 */
final class Outlines {
  /**
   * Pixels looked at on either side of an outline, past the blur of the picture and of the mask.
   */
  private static final int REACH = 3;

  private final int width;

  Outlines(int width) {
    this.width = width;
  }

  /**
   * Per blob by how many grey levels the picture steps more than the background from its inside to
   * its outside, on average over its ends at the left, right, top and bottom: seen from above, a
   * group has outlines on any side. 0 for a blob without such ends.
   *
   * @param label for each pixel 0, or 1 + the index of its blob
   */
  double[] steps(byte[] grey, byte[] background, short[] label, int blobs) {
    double[] sum = new double[blobs];
    int[] count = new int[blobs];
    int height = grey.length / width;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        if (x >= REACH && x < width - REACH) {
          add(grey, background, label, i, 1, sum, count);
        }
        if (y >= REACH && y < height - REACH) {
          add(grey, background, label, i, width, sum, count);
        }
      }
    }
    for (int i = 0; i < blobs; i++) {
      sum[i] = count[i] == 0 ? 0 : sum[i] / count[i];
    }
    return sum;
  }

  /** Adds the step between a pixel and the one before it, if a blob ends there. */
  private static void add(
      byte[] grey,
      byte[] background,
      short[] label,
      int pixel,
      int stride,
      double[] sum,
      int[] count) {
    int before = label[pixel - stride];
    int after = label[pixel];
    if (before != after && (before == 0 || after == 0)) {
      int near = pixel - REACH * stride;
      int far = pixel + (REACH - 1) * stride;
      int blob = Math.max(before, after) - 1;
      sum[blob] += step(grey, near, far) - step(background, near, far);
      count[blob]++;
    }
  }

  private static int step(byte[] grey, int from, int to) {
    return Math.abs((grey[from] & 0xff) - (grey[to] & 0xff));
  }
}
