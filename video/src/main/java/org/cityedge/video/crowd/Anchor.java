package org.cityedge.video.crowd;

import java.util.Arrays;

/**
 * Puts pictures where the background lies, so that a hand, a mast in wind or a passing lorry that
 * shakes the camera does not make every outline of the scene a person.
 */
final class Anchor {
  /** Pixels aside from which the background is left behind: soon nothing could be told. */
  private static final int FAR = Shift.FARTHEST * 3 / 4;

  /** Looks in a row, since one may be a mistake. */
  private static final int LOST = 2;

  private final int width;
  private final byte[] moved;
  private int astray;

  Anchor(int width, int height) {
    this.width = width;
    moved = new byte[width * height];
  }

  /**
   * Moves a picture by its displacement from the background; what it does not show at its rim is
   * taken from there, and without glow.
   *
   * @return false when it lies so far aside that the background must be learned anew
   */
  boolean hold(byte[] grey, byte[] glow, byte[] background) {
    Shift shift = Shift.between(background, grey, width);
    astray = shift.pixels() >= FAR ? astray + 1 : 0;
    if (astray == LOST) {
      astray = 0;
      return false;
    }
    if (shift.right() != 0 || shift.down() != 0) {
      System.arraycopy(background, 0, moved, 0, moved.length);
      move(grey, shift);
      Arrays.fill(moved, (byte) 0);
      move(glow, shift);
    }
    return true;
  }

  private void move(byte[] picture, Shift shift) {
    int height = picture.length / width;
    int left = Math.max(0, -shift.right());
    int length = width - Math.abs(shift.right());
    for (int y = Math.max(0, -shift.down()); y < height - Math.max(0, shift.down()); y++) {
      int from = (y + shift.down()) * width + left + shift.right();
      System.arraycopy(picture, from, moved, y * width + left, length);
    }
    System.arraycopy(moved, 0, picture, 0, picture.length);
  }
}
