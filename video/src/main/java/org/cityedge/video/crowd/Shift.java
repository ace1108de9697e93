package org.cityedge.video.crowd;

import java.util.Arrays;

/**
 * By how many pixels a picture is displaced against an earlier one as a whole: a hand, a mast in
 * wind, a passing lorry. A point of the new picture at {@code (x, y)} was at {@code (x - right, y -
 * down)}.
 */
record Shift(int right, int down) {
  private static final Shift NONE = new Shift(0, 0);

  /** Pixels each way: 2.5 % of the width of a picture of 480. */
  static final int FARTHEST = 12;

  /** One pixel in so many, each way: about 2,000 of a picture of 480x270. */
  private static final int SPARSE = 8;

  /** A displacement must explain so much of the difference that people alone cannot feign it. */
  private static final double EXPLAINED = 0.9;

  /** Parts of the picture each way, and how many of the 64 a displacement must bring nearer. */
  private static final int PARTS = 8;

  private static final int LEAST_PARTS = 20;

  /** Grey levels beyond which something else is there now, however different: flames, a vehicle. */
  private static final int FITTING = 30;

  /**
   * The displacement with the least sum of absolute differences; none where none fits better, or
   * fits better in few parts of the picture only: what moves there is people, or a lorry.
   */
  static Shift between(byte[] before, byte[] now, int width) {
    int[] rows = sortedRows(before, width);
    long still = difference(before, now, width, rows, NONE, Long.MAX_VALUE);
    long least = (long) (EXPLAINED * still);
    Shift best = NONE;
    for (int down = -FARTHEST; down <= FARTHEST; down++) {
      for (int right = -FARTHEST; right <= FARTHEST; right++) {
        Shift shift = new Shift(right, down);
        long sum = difference(before, now, width, rows, shift, least);
        if (sum < least) {
          least = sum;
          best = shift;
        }
      }
    }
    // At the end of the search lies no least value but a slope.
    boolean found = best.pixels() > 0 && best.pixels() < FARTHEST;
    return found && best.fitsWidely(before, now, width) ? best : NONE;
  }

  /** Of the longer side. */
  int pixels() {
    return Math.max(Math.abs(right), Math.abs(down));
  }

  private boolean fitsWidely(byte[] before, byte[] now, int width) {
    int[] still = new int[PARTS * PARTS];
    int[] moved = new int[PARTS * PARTS];
    int[] count = new int[PARTS * PARTS];
    int height = now.length / width;
    int back = down * width + right;
    for (int y = FARTHEST; y < height - FARTHEST; y += SPARSE) {
      for (int x = FARTHEST; x < width - FARTHEST; x += SPARSE) {
        int i = y * width + x;
        int part = y * PARTS / height * PARTS + x * PARTS / width;
        still[part] += difference(before[i], now[i]);
        moved[part] += difference(before[i - back], now[i]);
        count[part]++;
      }
    }
    int better = 0;
    for (int part = 0; part < still.length; part++) {
      // By a grey level at least: in a flat part noise alone is less here or there.
      double least = Math.max((1 - EXPLAINED) * still[part], count[part]);
      better += still[part] - moved[part] > least ? 1 : 0;
    }
    return better >= LEAST_PARTS;
  }

  private static int difference(byte before, byte now) {
    return Math.min(FITTING, Math.abs((now & 0xff) - (before & 0xff)));
  }

  /**
   * The rows that are compared, those first in which the picture has most outlines: there a wrong
   * displacement shows soonest.
   */
  private static int[] sortedRows(byte[] picture, int width) {
    int height = picture.length / width;
    int count = Math.max(0, (height - 2 * FARTHEST + SPARSE - 1) / SPARSE);
    long[] rows = new long[count];
    for (int row = 0; row < count; row++) {
      int y = FARTHEST + row * SPARSE;
      long outlines = 0;
      for (int i = y * width + FARTHEST; i < (y + 1) * width - FARTHEST; i += SPARSE) {
        outlines += difference(picture[i - FARTHEST], picture[i]);
      }
      rows[row] = (-outlines << 32) | y;
    }
    Arrays.sort(rows);
    return Arrays.stream(rows).mapToInt(row -> (int) row).toArray();
  }

  /** Ends early with a value of at least {@code limit} once that is passed. */
  private static long difference(
      byte[] before, byte[] now, int width, int[] rows, Shift shift, long limit) {
    int back = shift.down * width + shift.right;
    int sum = 0;
    for (int row = 0; row < rows.length && sum < limit; row++) {
      int first = rows[row] * width;
      for (int i = first + FARTHEST; i < first + width - FARTHEST; i += SPARSE) {
        sum += difference(before[i - back], now[i]);
      }
    }
    return sum;
  }
}
