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
   * its outside, on its left and right ends, on average; 0 for a blob without such ends.
   *
   * @param label for each pixel 0, or 1 + the index of its blob
   */
  double[] steps(byte[] grey, byte[] background, short[] label, int blobs) {
    double[] sum = new double[blobs];
    int[] count = new int[blobs];
    for (int row = 0; row < grey.length; row += width) {
      for (int x = REACH; x < width - REACH; x++) {
        int left = label[row + x - 1];
        int right = label[row + x];
        if (left != right && (left == 0 || right == 0)) {
          int blob = Math.max(left, right) - 1;
          int inside = left == 0 ? x + REACH - 1 : x - REACH;
          int outside = left == 0 ? x - REACH : x + REACH - 1;
          int now = (grey[row + inside] & 0xff) - (grey[row + outside] & 0xff);
          int before = (background[row + inside] & 0xff) - (background[row + outside] & 0xff);
          sum[blob] += Math.abs(now) - Math.abs(before);
          count[blob]++;
        }
      }
    }
    for (int i = 0; i < blobs; i++) {
      sum[i] = count[i] == 0 ? 0 : sum[i] / count[i];
    }
    return sum;
  }
}
