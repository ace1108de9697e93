package org.cityedge.video.smoke;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC1;
import static org.bytedeco.opencv.global.opencv_imgproc.GaussianBlur;
import static org.bytedeco.opencv.global.opencv_imgproc.createHanningWindow;
import static org.bytedeco.opencv.global.opencv_imgproc.phaseCorrelate;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point2d;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Downscaler;
import org.cityedge.video.Frame;

/** The pixel work of OpenCV, on buffers that are allocated once for a picture size. */
final class Eye implements AutoCloseable {
  /**
   * Half the width of a soft edge, in working pixels: what survives this blur is not an outline.
   */
  private static final double SOFT_SIGMA = 4;

  private final Downscaler downscaler;
  private final Mat smooth = new Mat();
  private final Mat grey;
  private final Mat before;

  /** So that the picture's rim is no outline. */
  private final Mat fading = new Mat();

  private final Mat soft = new Mat();
  private final Size size;
  private final Size noise = new Size(3, 3);
  private final Size automatic = new Size(0, 0);
  private final byte[] bgr;

  Eye(Grid grid, int sourceWidth, int sourceHeight) {
    downscaler = new Downscaler(sourceWidth, sourceHeight, grid.width(), grid.height());
    grey = new Mat(grid.height(), grid.width(), CV_32FC1);
    before = new Mat(grid.height(), grid.width(), CV_32FC1);
    size = new Size(grid.width(), grid.height());
    bgr = new byte[grid.pixels() * 3];
    createHanningWindow(fading, size, CV_32F);
  }

  /** Scales a frame to working size and takes the pixel noise off its grey. */
  void look(Frame frame, Still to) {
    try (PointerScope _ = new PointerScope()) {
      downscaler.scale(frame).data().get(bgr);
      to.nanos = frame.nanos();
      to.mix(bgr);
      new FloatPointer(grey.data()).put(to.grey);
      GaussianBlur(grey, smooth, noise, 0);
      new FloatPointer(smooth.data()).get(to.grey);
      to.measure();
    }
  }

  /**
   * Where the later picture's content lies against the earlier one's, by phase correlation: it
   * listens to outlines, so that soft smoke, however large, hardly moves it.
   */
  Displacement displacement(float[] earlier, float[] later) {
    try (PointerScope _ = new PointerScope()) {
      new FloatPointer(before.data()).put(earlier);
      new FloatPointer(grey.data()).put(later);
      Point2d found = phaseCorrelate(before, grey, fading, (DoublePointer) null);
      return new Displacement((float) found.x(), (float) found.y());
    }
  }

  /** Blurs a difference of two pictures, so that only soft changes are left. */
  void soften(float[] from, float[] to) {
    try (PointerScope _ = new PointerScope()) {
      new FloatPointer(grey.data()).put(from);
      GaussianBlur(grey, soft, automatic, SOFT_SIGMA);
      new FloatPointer(soft.data()).get(to);
    }
  }

  @Override
  public void close() {
    downscaler.close();
    smooth.close();
    grey.close();
    before.close();
    fading.close();
    soft.close();
    size.close();
    noise.close();
    automatic.close();
  }
}
