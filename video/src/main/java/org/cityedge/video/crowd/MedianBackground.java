package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The scene without those who pass: per pixel the median of up to 15 pictures, one a second at
 * first, then one every 3 s. Who stands still for 25 s becomes background; {@link Fidgets} counts
 * them then if they are many.
 */
final class MedianBackground {
  private static final int MOST = 15;
  private static final int LEAST = 3;
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LATER = Duration.ofSeconds(3).toNanos();

  private final Deque<byte[]> pictures = new ArrayDeque<>();
  private final int[] column = new int[MOST];
  private final int[] median;
  private long last;

  MedianBackground(int pixels) {
    median = new int[pixels];
  }

  /** Looks at a grey picture; keeps a copy when it is time for one. */
  void learn(byte[] grey, long nanos) {
    long wait = pictures.size() < MOST ? FIRST : LATER;
    if (!pictures.isEmpty() && nanos - last < wait - 1_000_000) {
      return;
    }
    last = nanos;
    byte[] slot = pictures.size() < MOST ? new byte[grey.length] : pictures.removeFirst();
    System.arraycopy(grey, 0, slot, 0, grey.length);
    pictures.addLast(slot);
    byte[][] all = pictures.toArray(byte[][]::new);
    for (int i = 0; i < median.length; i++) {
      median[i] = median(all, i);
    }
  }

  /** Insertion sort: few values, nearly sorted in a quiet scene. */
  private int median(byte[][] all, int pixel) {
    for (int n = 0; n < all.length; n++) {
      int value = all[n][pixel] & 0xff;
      int place = n;
      while (place > 0 && column[place - 1] > value) {
        column[place] = column[place - 1];
        place--;
      }
      column[place] = value;
    }
    return column[all.length / 2];
  }

  boolean ready() {
    return pictures.size() >= LEAST;
  }

  void forget() {
    pictures.clear();
  }

  /** Grey levels, one per pixel. */
  int[] median() {
    return median;
  }
}
