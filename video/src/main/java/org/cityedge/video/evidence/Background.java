package org.cityedge.video.evidence;

import static org.bytedeco.opencv.global.opencv_core.CV_32FC3;

import java.time.Duration;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * What stands still: a running mean of the picture at 320 pixels width. Where the picture agrees
 * with it, it follows within half a minute (light); where it differs, within ten minutes, so that
 * who stops for a while does not become part of it. Learned after 15 s and eight frames, and anew
 * after ten minutes without a picture.
 *
 * <p>At first nobody can tell who stands still from what does. Until two minutes were seen, nothing
 * counts as background, though it is learned; who has not moved by then is part of it until he
 * goes.
 */
final class Background implements AutoCloseable {
  private static final int WIDTH = 320;
  private static final int LEARNING_FRAMES = 8;
  private static final double LEARNING_SECONDS = 15;

  /** Who waits for somebody, or talks, has mostly moved by then. */
  static final Duration SETTLING = Duration.ofMinutes(2);

  private static final double STILL_SECONDS = 30;
  private static final double MOVING_SECONDS = 600;

  /** What one picture counts for at most: after a gap it may be of somebody who stands there. */
  private static final double MOST_SECONDS = 60;

  /** After that the light is another one. */
  private static final double FORGOTTEN_SECONDS = 600;

  /** Grey levels in any colour, above the noise of a compressed stream. */
  private static final double DIFFERENT = 16;

  /** Heights are rounded to whole and to even pixels. */
  private static final double SAME_SHAPE = 0.02;

  private final Mat small = new Mat();
  private final Mat mean = new Mat();
  private final Mat mean8 = new Mat();
  private final Mat difference = new Mat();
  private final MatVector colours = new MatVector(3);
  private final Mat largest = new Mat();
  private final Mat moving = new Mat();
  private final Mat still = new Mat();
  private final Mat reach =
      opencv_imgproc.getStructuringElement(opencv_imgproc.MORPH_ELLIPSE, new Size(9, 13));

  private int frames;
  private long lastNanos;

  /** Of what it is learned; what one picture counts for is limited. */
  private double seconds;

  void learn(Mat picture, long nanos) {
    shrink(picture, Math.max(1, WIDTH * picture.rows() / picture.cols()));
    double gap = Math.max(0, nanos - lastNanos) / 1e9;
    if (frames == 0 || mean.rows() != small.rows() || gap > FORGOTTEN_SECONDS) {
      small.convertTo(mean, CV_32FC3);
      frames = 1;
      seconds = 0;
    } else {
      double step = Math.min(gap, MOST_SECONDS);
      frames++;
      seconds += step;
      if (isLearned()) {
        compare();
        opencv_core.bitwise_not(moving, still);
        opencv_imgproc.accumulateWeighted(small, mean, share(step, STILL_SECONDS), still);
        opencv_imgproc.accumulateWeighted(small, mean, share(step, MOVING_SECONDS), moving);
      } else {
        opencv_imgproc.accumulateWeighted(small, mean, 1.0 / frames);
      }
    }
    lastNanos = nanos;
  }

  boolean isLearned() {
    return frames >= LEARNING_FRAMES && seconds >= LEARNING_SECONDS;
  }

  private boolean isSettled() {
    return isLearned() && seconds >= SETTLING.toSeconds();
  }

  /** What stands still right now, for another thread; it is not to learn. Close it as well. */
  Background copy() {
    Background copy = new Background();
    mean.copyTo(copy.mean);
    copy.frames = frames;
    copy.seconds = seconds;
    return copy;
  }

  /** Whether a picture's width and height are as those of the pictures that were learned. */
  boolean hasShapeOf(int width, int height) {
    double own = (double) WIDTH / mean.rows();
    return Math.abs((double) width / height / own - 1) <= SAME_SHAPE;
  }

  /** What stands still, 320 pixels wide, three 32-bit colours; not to be written to or closed. */
  Mat mean() {
    return mean;
  }

  /**
   * What differs from the background, widened by about a head: 255 where it does, which is
   * everywhere until two minutes were seen. Valid until the next call. The picture may have another
   * size than those that were learned; where it shows something else, all of it differs.
   */
  Mat foreground(Mat picture) {
    shrink(picture, mean.rows());
    compare();
    if (isSettled()) {
      opencv_imgproc.dilate(moving, moving, reach);
    } else {
      moving.put(Scalar.all(255));
    }
    return moving;
  }

  private void shrink(Mat picture, int height) {
    opencv_imgproc.resize(picture, small, new Size(WIDTH, height), 0, 0, opencv_imgproc.INTER_AREA);
    // Against the noise of single pixels, which would be widened to a head each.
    opencv_imgproc.blur(small, small, new Size(3, 3));
  }

  private void compare() {
    mean.convertTo(mean8, opencv_core.CV_8UC3);
    opencv_core.absdiff(small, mean8, difference);
    // Not OpenCV's reduce, which goes row by row, and a row would be one pixel's three colours.
    opencv_core.split(difference, colours);
    opencv_core.max(colours.get(0), colours.get(1), largest);
    opencv_core.max(largest, colours.get(2), largest);
    opencv_imgproc.threshold(largest, moving, DIFFERENT, 255, opencv_imgproc.THRESH_BINARY);
  }

  /** The weight of one sample for an exponential mean with this time constant. */
  private static double share(double seconds, double constant) {
    return 1 - Math.exp(-seconds / constant);
  }

  @Override
  public void close() {
    for (Mat mat : new Mat[] {small, mean, mean8, difference, largest, moving, still, reach}) {
      mat.close();
    }
    colours.close();
  }
}
