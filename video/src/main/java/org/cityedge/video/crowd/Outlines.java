package org.cityedge.video.crowd;

import java.util.List;
import java.util.stream.IntStream;

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
  double[] steps(byte[] grey, byte[] background, short[] label, List<Blob> blobs) {
    return IntStream.range(0, blobs.size())
        .mapToDouble(i -> step(grey, background, label, blobs.get(i), i + 1))
        .toArray();
  }

  private double step(byte[] grey, byte[] background, short[] label, Blob blob, int number) {
    int height = grey.length / width;
    int right = blob.x() + blob.width();
    int bottom = blob.y() + blob.height();
    long sum = 0;
    int count = 0;
    for (int y = blob.y(); y < bottom; y++) {
      for (int x = Math.max(REACH, blob.x()); x <= Math.min(right, width - REACH - 1); x++) {
        int i = y * width + x;
        if (isEnd(label[i - 1], label[i], number)) {
          sum += step(grey, background, i, 1);
          count++;
        }
      }
    }
    for (int y = Math.max(REACH, blob.y()); y <= Math.min(bottom, height - REACH - 1); y++) {
      for (int x = blob.x(); x < right; x++) {
        int i = y * width + x;
        if (isEnd(label[i - width], label[i], number)) {
          sum += step(grey, background, i, width);
          count++;
        }
      }
    }
    return count == 0 ? 0 : (double) sum / count;
  }

  /** Whether one of two pixels beside each other is of the blob, and the other of none. */
  private static boolean isEnd(int before, int after, int number) {
    return (before == number && after == 0) || (before == 0 && after == number);
  }

  /** By how much more the picture steps than the background between a pixel and the one before. */
  private static int step(byte[] grey, byte[] background, int pixel, int stride) {
    int near = pixel - REACH * stride;
    int far = pixel + (REACH - 1) * stride;
    return step(grey, near, far) - step(background, near, far);
  }

  private static int step(byte[] grey, int from, int to) {
    return Math.abs((grey[from] & 0xff) - (grey[to] & 0xff));
  }
}
