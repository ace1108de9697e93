package org.cityedge.agent.doctor;

import java.util.HashSet;
import java.util.Set;
import org.cityedge.video.Frame;
import org.cityedge.video.Look;

/**
 * What a few seconds of pictures look like. Long enough to tell dark, blurred and plainly frozen
 * ones; what needs longer, the agent itself watches. Confined to the camera's thread, read when
 * that has ended.
 */
public final class Pictures {
  /** Below it nothing is lit, as for the agent. */
  private static final double DARK = 0.01;

  /** So many equal ones, and no camera's noise between them. */
  private static final int ENOUGH = 4;

  /**
   * Grey levels between neighbours at the picture's sharpest hundredth. Of 23 recorded scenes at
   * 640 pixels' width all have 9 to 93 but a hazy and an underexposed one (5, 6); behind a Gaussian
   * blur of 12 pixels none has more than 7.
   */
  private static final int BLURRED = 8;

  private static final int KEPT = 1024;

  private final Set<Long> different = new HashSet<>();
  private int count;
  private double brightest;
  private int sharpest;

  void add(Frame frame) {
    Look look = Look.at(frame.bgr());
    if (different.size() < KEPT) {
      different.add(look.checksum());
    }
    count++;
    brightest = Math.max(brightest, look.bright());
    sharpest = Math.max(sharpest, edge(frame));
  }

  /** The step between neighbours that a hundredth of all steps reaches. */
  private static int edge(Frame frame) {
    int[] steps = new int[256];
    byte[] bgr = frame.bgr();
    int all = 0;
    for (int y = 0; y < frame.height(); y += 2) {
      int at = y * frame.width() * 3 + 1;
      for (int x = 1; x < frame.width(); x++, at += 3) {
        steps[Math.abs((bgr[at + 3] & 0xff) - (bgr[at] & 0xff))]++;
        all++;
      }
    }
    int left = all / 100;
    int step = 255;
    while (step > 0 && (left -= steps[step]) > 0) {
      step--;
    }
    return step;
  }

  boolean dark() {
    return count > 0 && brightest < DARK;
  }

  boolean frozen() {
    return count >= ENOUGH && different.size() == 1;
  }

  boolean blurred() {
    return count > 0 && sharpest < BLURRED;
  }
}
