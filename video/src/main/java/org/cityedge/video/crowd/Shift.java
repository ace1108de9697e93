package org.cityedge.video.crowd;

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

  /** Grey levels beyond which something else is there now, however different: flames, a vehicle. */
  private static final int FITTING = 30;

  /** The displacement with the least sum of absolute differences; none where none fits better. */
  static Shift between(byte[] before, byte[] now, int width) {
    long still = difference(before, now, width, NONE, Long.MAX_VALUE);
    long least = (long) (EXPLAINED * still);
    Shift best = NONE;
    for (int down = -FARTHEST; down <= FARTHEST; down++) {
      for (int right = -FARTHEST; right <= FARTHEST; right++) {
        Shift shift = new Shift(right, down);
        long sum = difference(before, now, width, shift, least);
        if (sum < least) {
          least = sum;
          best = shift;
        }
      }
    }
    return best;
  }

  /** Ends early with a value of at least {@code limit} once that is passed. */
  private static long difference(byte[] before, byte[] now, int width, Shift shift, long limit) {
    int height = now.length / width;
    int back = shift.down * width + shift.right;
    long sum = 0;
    for (int y = FARTHEST; y < height - FARTHEST && sum < limit; y += SPARSE) {
      for (int i = y * width + FARTHEST; i < (y + 1) * width - FARTHEST; i += SPARSE) {
        sum += Math.min(FITTING, Math.abs((now[i] & 0xff) - (before[i - back] & 0xff)));
      }
    }
    return sum;
  }
}
