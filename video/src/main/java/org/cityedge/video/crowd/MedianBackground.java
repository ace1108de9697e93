package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The scene without those who pass: per pixel the median of up to 15 pictures, one a second at
 * first, then one every 3 s. From then on a pixel that is foreground teaches nothing, so that a
 * crowd which stands stays a crowd; after 5 min it is taken for a part of the scene (a parked car,
 * a hole left by somebody who was there from the start).
 */
final class MedianBackground {
  private static final int MOST = 15;
  private static final int LEAST = 3;
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LATER = Duration.ofSeconds(3).toNanos();

  /** Pictures for which a pixel may be foreground before it is learned after all: 5 min. */
  private static final byte PATIENCE = 100;

  private final Deque<byte[]> pictures = new ArrayDeque<>();
  private final int[] column = new int[MOST];
  private final int[] median;
  private final byte[] held;
  private long last;

  MedianBackground(int pixels) {
    median = new int[pixels];
    held = new byte[pixels];
  }

  /**
   * Looks at a grey picture; keeps a copy when it is time for one.
   *
   * @param foreground not 0 where the picture before differed from the background
   */
  void learn(byte[] grey, byte[] foreground, long nanos) {
    boolean full = pictures.size() == MOST;
    if (!pictures.isEmpty() && nanos - last < (full ? LATER : FIRST) - 1_000_000) {
      return;
    }
    last = nanos;
    byte[] slot = full ? pictures.removeFirst() : new byte[grey.length];
    System.arraycopy(grey, 0, slot, 0, grey.length);
    if (full) {
      holdBack(slot, foreground);
    }
    pictures.addLast(slot);
    byte[][] all = pictures.toArray(byte[][]::new);
    for (int i = 0; i < median.length; i++) {
      median[i] = median(all, i);
    }
  }

  private void holdBack(byte[] slot, byte[] foreground) {
    for (int i = 0; i < slot.length; i++) {
      if (foreground[i] == 0) {
        held[i] = 0;
      } else if (held[i] < PATIENCE) {
        held[i]++;
        slot[i] = (byte) median[i];
      }
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
    Arrays.fill(held, (byte) 0);
  }

  /** Grey levels, one per pixel. */
  int[] median() {
    return median;
  }
}
