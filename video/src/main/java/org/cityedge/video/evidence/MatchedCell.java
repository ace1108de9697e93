package org.cityedge.video.evidence;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * One part of what stands still, looked for in another stream's pictures by normalised correlation:
 * where it peaks is how far the part is displaced there. Confined to one thread; call it within a
 * pointer scope.
 */
final class MatchedCell {
  /** Looks that follow each other and can be judged apart from the others. */
  static final int LONGEST_SPAN = 3;

  /** How far aside it is looked for, pixels. */
  private static final int REACH = 8;

  /** Whose grey levels spread less has nothing to go by. */
  private static final double LEAST_TEXTURE = 0.5;

  /** Two pixels aside it must be so much less like itself, or it tells nothing that way. */
  private static final int ASIDE = 2;

  private static final double TOLD = 0.08;

  /** What a peak must have, and by how much it must stand out two pixels aside. */
  private static final double PEAK = 0.25;

  private static final double STANDS_OUT = 0.04;

  /** The cell, and where in the pictures it is looked for. */
  private final int[] box;

  private final int[] window;
  private final int columns;
  private final int rows;
  private final boolean tellsX;
  private final boolean tellsY;

  /** Of all looks, and of the last ones in turn. */
  private final float[] whole;

  private final float[][] last;

  /**
   * @param ground the whole of what stands still, {@link SameView#WIDTH} pixels wide
   * @param box left, top, width and height in it
   */
  MatchedCell(Mat ground, int[] box) {
    this.box = box;
    int left = Math.max(0, box[0] - REACH);
    int top = Math.max(0, box[1] - REACH);
    int right = Math.min(ground.cols(), box[0] + box[2] + REACH);
    int bottom = Math.min(ground.rows(), box[1] + box[3] + REACH);
    window = new int[] {left, top, right - left, bottom - top};
    columns = window[2] - box[2] + 1;
    rows = window[3] - box[3] + 1;
    whole = new float[columns * rows];
    last = new float[LONGEST_SPAN][columns * rows];
    boolean textured = deviation(part(ground, box)) >= LEAST_TEXTURE;
    float[] self = textured ? match(ground, ground) : whole;
    tellsX = textured && 1 - besideColumn(self, box[0] - left) > TOLD;
    tellsY = textured && 1 - besideRow(self, box[1] - top) > TOLD;
  }

  /**
   * @param look its number, from 0
   */
  void look(Mat ground, Mat picture, int look) {
    if (tellsX || tellsY) {
      float[] now = match(ground, picture);
      last[look % LONGEST_SPAN] = now;
      sum(whole, now);
    }
  }

  /**
   * Says how far it is displaced, each way that it can tell.
   *
   * @param span the last looks that it goes by; 0 for all
   * @param looks so far
   */
  void vote(ViewVotes across, ViewVotes down, int span, int looks) {
    float[] likeness = likeness(span, looks - 1);
    int peak = peak(likeness);
    int column = peak % columns;
    int row = peak / columns;
    int judged = span == 0 ? looks : span;
    boolean found = likeness[peak] >= PEAK * judged;
    float clear = likeness[peak] - (float) STANDS_OUT * judged;
    if (tellsX) {
      double part = between(likeness, peak, 1, column > 0 && column < columns - 1);
      boolean stands = besideColumn(likeness, column) <= clear;
      across.add(this, found, stands, column + part - (box[0] - window[0]));
    }
    if (tellsY) {
      double part = between(likeness, peak, columns, row > 0 && row < rows - 1);
      boolean stands = besideRow(likeness, row) <= clear;
      down.add(this, found, stands, row + part - (box[1] - window[1]));
    }
  }

  private float[] likeness(int span, int look) {
    if (span == 0) {
      return whole;
    }
    float[] likeness = new float[columns * rows];
    for (int i = 0; i < span; i++) {
      sum(likeness, last[(look - i) % LONGEST_SPAN]);
    }
    return likeness;
  }

  private static void sum(float[] sums, float[] values) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += values[i];
    }
  }

  /** Pixels from the picture's middle to this one's, to the right. */
  double right() {
    return box[0] + (box[2] - SameView.WIDTH) / 2.0;
  }

  /**
   * Pixels from the picture's middle to this one's, downwards.
   *
   * @param height of the picture
   */
  double down(int height) {
    return box[1] + (box[3] - height) / 2.0;
  }

  /** From 0 at the left. */
  int column() {
    return box[0] * SameView.ACROSS / SameView.WIDTH;
  }

  /** From 0 to 5; a row's upper edge is rounded down. */
  int row(int height) {
    return (box[1] * SameView.DOWN + SameView.DOWN - 1) / height;
  }

  /** Of three by two parts of the picture. */
  int region(int height) {
    return column() * 3 / SameView.ACROSS + row(height) * 2 / SameView.DOWN * 3;
  }

  private float[] match(Mat ground, Mat picture) {
    Mat result = new Mat();
    opencv_imgproc.matchTemplate(
        part(picture, window), part(ground, box), result, opencv_imgproc.TM_CCOEFF_NORMED);
    float[] values = new float[columns * rows];
    new FloatPointer(result.data()).get(values);
    return values;
  }

  /** The most that is two columns and more beside one. */
  private float besideColumn(float[] values, int column) {
    float most = -1;
    for (int i = 0; i < values.length; i++) {
      most = Math.abs(i % columns - column) >= ASIDE ? Math.max(most, values[i]) : most;
    }
    return most;
  }

  private float besideRow(float[] values, int row) {
    float most = -1;
    for (int i = 0; i < values.length; i++) {
      most = Math.abs(i / columns - row) >= ASIDE ? Math.max(most, values[i]) : most;
    }
    return most;
  }

  private static int peak(float[] likeness) {
    int best = 0;
    for (int i = 1; i < likeness.length; i++) {
      best = likeness[i] > likeness[best] ? i : best;
    }
    return best;
  }

  /** Pixels, by a parabola through the peak and its neighbours; 0 at the window's edge. */
  private static double between(float[] likeness, int peak, int step, boolean inside) {
    if (!inside) {
      return 0;
    }
    double before = likeness[peak - step];
    double after = likeness[peak + step];
    double curve = before + after - 2 * likeness[peak];
    return curve < 0 ? (before - after) / (2 * curve) : 0;
  }

  private static double deviation(Mat part) {
    Mat mean = new Mat();
    Mat deviation = new Mat();
    opencv_core.meanStdDev(part, mean, deviation);
    return new DoublePointer(deviation.data()).get();
  }

  private static Mat part(Mat picture, int[] box) {
    return new Mat(picture, new Rect(box[0], box[1], box[2], box[3]));
  }
}
