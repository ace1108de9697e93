package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether something was near a blob's place half a second ago already. People move by less than
 * their height in that time, so that what is now theirs, or beside it, was taken before; where a
 * vehicle is now the road was empty.
 */
final class Nearby {
  private static final long LAG = Duration.ofMillis(450).toNanos();

  /** What was seen longer ago may have come from anywhere. */
  private static final long LONGEST = Duration.ofMillis(1_200).toNanos();

  /** Heights of a person a second: a run. */
  private static final double PACE = 1;

  /** What was foreground, 1 and more, and when. */
  private static final class Past {
    final short[] label;

    /** Whether there was anything; else the labels say nothing. */
    boolean any;

    long nanos;

    Past(int pixels) {
      label = new short[pixels];
    }
  }

  private final int width;
  private final int height;
  private final Deque<Past> looks = new ArrayDeque<>();

  /** Buffers that wait to be filled again. */
  private final Deque<Past> spare = new ArrayDeque<>();

  /** How many pixels left of and above each corner of pixels were taken. */
  private final int[] sums;

  /** Per row by how many pixels people move since the look that is compared with. */
  private final int[] reach;

  Nearby(int width, int height) {
    this.width = width;
    this.height = height;
    sums = new int[(width + 1) * (height + 1)];
    reach = new int[height];
  }

  /**
   * Per blob the share of its pixels near which something was; 1 where no earlier look can tell.
   *
   * @param label for each pixel 0, or 1 + the index of its blob; says nothing without blobs
   */
  double[] shares(short[] label, List<Blob> blobs, Perspective perspective, long nanos) {
    Past before = before(nanos);
    double[] shares = new double[blobs.size()];
    if (before == null) {
      Arrays.fill(shares, 1);
    } else if (shares.length > 0 && before.any) {
      double heights = PACE * (nanos - before.nanos) / 1e9;
      for (int y = 0; y < height; y++) {
        reach[y] = (int) Math.round(heights * perspective.height(y, height));
      }
      sum(before.label, blobs);
      for (int i = 0; i < shares.length; i++) {
        shares[i] = blobs.get(i).share(label, width, i + 1, this::isTaken);
      }
    }
    remember(label, shares.length > 0, nanos);
    return shares;
  }

  /** The newest look that is old enough; those before it are let go. */
  private @Nullable Past before(long nanos) {
    Past found = null;
    while (!looks.isEmpty() && nanos - looks.getFirst().nanos >= LAG) {
      if (found != null) {
        spare.addLast(found);
      }
      found = looks.removeFirst();
    }
    if (found != null) {
      looks.addFirst(found);
    }
    return found == null || nanos - found.nanos > LONGEST ? null : found;
  }

  private void remember(short[] label, boolean any, long nanos) {
    Past now = spare.isEmpty() ? new Past(label.length) : spare.removeLast();
    now.nanos = nanos;
    now.any = any;
    if (any) {
      System.arraycopy(label, 0, now.label, 0, label.length);
    }
    looks.addLast(now);
  }

  /** Counts in the rows that are within reach of the blobs. */
  private void sum(short[] label, List<Blob> blobs) {
    int top = height;
    int bottom = 0;
    for (Blob blob : blobs) {
      for (int y = blob.y(); y < blob.y() + blob.height(); y++) {
        top = Math.min(top, Math.max(0, y - reach[y]));
        bottom = Math.max(bottom, Math.min(height, y + reach[y] + 1));
      }
    }
    int stride = width + 1;
    Arrays.fill(sums, top * stride, (top + 1) * stride, 0);
    for (int y = top; y < bottom; y++) {
      int row = 0;
      for (int x = 0; x < width; x++) {
        // 1 for a label from 1 on, without a branch.
        row += -label[y * width + x] >>> 31;
        sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
      }
    }
  }

  /** Whether any pixel was taken in the square around one, within its row's reach. */
  private boolean isTaken(int pixel) {
    int x = pixel % width;
    int y = pixel / width;
    int left = Math.max(0, x - reach[y]);
    int right = Math.min(width, x + reach[y] + 1);
    int above = Math.max(0, y - reach[y]) * (width + 1);
    int below = Math.min(height, y + reach[y] + 1) * (width + 1);
    return sums[below + right] - sums[below + left] > sums[above + right] - sums[above + left];
  }

  void forget() {
    spare.addAll(looks);
    looks.clear();
  }
}
