package org.cityedge.video.crowd;

import java.time.Duration;
import java.util.Arrays;

/**
 * The scene without those who pass: per pixel the median of up to 15 pictures, one a second at
 * first, then one every 3 s. From then on a pixel that is foreground teaches nothing, so that a
 * crowd which stands stays a crowd; after 5 min it is taken for a part of the scene (a parked car,
 * a hole left by somebody who was there from the start).
 */
final class MedianBackground {
  private static final int MOST = 15;
  private static final int LEAST = 3;
  private static final int SETTLED = 5;
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LATER = Duration.ofSeconds(3).toNanos();

  /** Pictures for which a pixel may be foreground before it is learned after all: 5 min. */
  private static final byte PATIENCE = 100;

  /** The levels of one pixel lie side by side, so that its median reads one line of the cache. */
  private final byte[] levels;

  private final byte[] median;

  /** Per pixel how many of its levels lie below and above the median. */
  private final byte[] less;

  private final byte[] more;
  private final byte[] held;
  private int known;

  /** Place of the oldest picture's levels, which the next ones replace. */
  private int oldest;

  private long last;

  MedianBackground(int pixels) {
    levels = new byte[pixels * MOST];
    median = new byte[pixels];
    less = new byte[pixels];
    more = new byte[pixels];
    held = new byte[pixels];
  }

  /**
   * Looks at a grey picture; keeps a copy when it is time for one.
   *
   * @param foreground not 0 where the picture before differed from the background
   * @return whether it was, so that the median may be another one
   */
  boolean learn(byte[] grey, byte[] foreground, long nanos) {
    boolean full = known == MOST;
    if (known > 0 && nanos - last < (full ? LATER : FIRST) - 1_000_000) {
      return false;
    }
    last = nanos;
    if (full) {
      replace(grey, foreground);
      oldest = (oldest + 1) % MOST;
    } else {
      add(grey);
    }
    return true;
  }

  private void add(byte[] grey) {
    if (known == 0) {
      System.arraycopy(grey, 0, median, 0, grey.length);
      Arrays.fill(less, (byte) 0);
      Arrays.fill(more, (byte) 0);
    }
    int place = known++;
    for (int i = 0; i < grey.length; i++) {
      levels[i * MOST + place] = grey[i];
      int middle = median[i] & 0xff;
      less[i] += (byte) (((grey[i] & 0xff) - middle) >>> 31);
      more[i] += (byte) ((middle - (grey[i] & 0xff)) >>> 31);
      settle(i);
    }
  }

  private void replace(byte[] grey, byte[] foreground) {
    for (int i = 0; i < grey.length; i++) {
      int middle = median[i] & 0xff;
      int level = isHeldBack(i, foreground[i]) ? middle : grey[i] & 0xff;
      int at = i * MOST + oldest;
      int gone = levels[at] & 0xff;
      if (level != gone) {
        levels[at] = (byte) level;
        // Signs instead of branches: noise falls on either side by chance.
        less[i] += (byte) (((level - middle) >>> 31) - ((gone - middle) >>> 31));
        more[i] += (byte) (((middle - level) >>> 31) - ((middle - gone) >>> 31));
        settle(i);
      }
    }
  }

  private boolean isHeldBack(int pixel, byte foreground) {
    if (foreground == 0) {
      held[pixel] = 0;
      return false;
    }
    if (held[pixel] < PATIENCE) {
      held[pixel]++;
      return true;
    }
    return false;
  }

  /**
   * Brings a pixel's median up to date after one of its levels was added or changed: it is that one
   * still, or the next level below or above it.
   */
  private void settle(int pixel) {
    int rank = known / 2;
    if (less[pixel] > rank) {
      sink(pixel);
    } else if (known - more[pixel] <= rank) {
      rise(pixel);
    }
  }

  /** To the next level below the median, which there is. */
  private void sink(int pixel) {
    int middle = median[pixel] & 0xff;
    int below = 0;
    for (int i = pixel * MOST; i < pixel * MOST + known; i++) {
      int level = levels[i] & 0xff;
      below = level < middle ? Math.max(below, level) : below;
    }
    more[pixel] = (byte) (known - less[pixel]);
    less[pixel] -= (byte) count(pixel, below);
    median[pixel] = (byte) below;
  }

  /** To the next level above the median, which there is. */
  private void rise(int pixel) {
    int middle = median[pixel] & 0xff;
    int above = 255;
    for (int i = pixel * MOST; i < pixel * MOST + known; i++) {
      int level = levels[i] & 0xff;
      above = level > middle ? Math.min(above, level) : above;
    }
    less[pixel] = (byte) (known - more[pixel]);
    more[pixel] -= (byte) count(pixel, above);
    median[pixel] = (byte) above;
  }

  /** How many of a pixel's levels are this one. */
  private int count(int pixel, int level) {
    int count = 0;
    for (int i = pixel * MOST; i < pixel * MOST + known; i++) {
      count += (levels[i] & 0xff) == level ? 1 : 0;
    }
    return count;
  }

  /** Whether there is a picture to compare with. */
  boolean begun() {
    return known > 0;
  }

  boolean ready() {
    return known >= LEAST;
  }

  /** Whether it is of pictures enough to tell what is seen most of the time. */
  boolean settled() {
    return known >= SETTLED;
  }

  void forget() {
    known = 0;
    oldest = 0;
    Arrays.fill(held, (byte) 0);
  }

  /** Grey levels, one per pixel. */
  byte[] median() {
    return median;
  }
}
