package org.cityedge.video;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Brings pictures of one size to a detector's working size: by a whole factor with each pixel the
 * mean of a block, then, for what is left, between the four nearest pixels. By area all the way
 * would be five to ten times as slow (640x360 to 480x272: 1.24 against 0.26 ms, to 320x176: 0.70
 * against 0.14), and shows no more where less than a factor of 2 is left. Owns native memory until
 * closed. Confined to one thread.
 */
public final class Downscaler implements AutoCloseable {
  private final Mat source;
  private final Mat whole = new Mat();
  private final Mat scaled = new Mat();
  private final Size wholeSize;
  private final Size size;
  private final boolean divides;
  private final boolean fits;

  /** Sizes in pixels; a working size may be the larger one. */
  public Downscaler(int sourceWidth, int sourceHeight, int width, int height) {
    int factor = Math.max(1, Math.min(sourceWidth / width, sourceHeight / height));
    source = new Mat(sourceHeight, sourceWidth, CV_8UC3);
    wholeSize = new Size(sourceWidth / factor, sourceHeight / factor);
    size = new Size(width, height);
    divides = factor > 1;
    fits = wholeSize.width() == width && wholeSize.height() == height;
  }

  /** The frame at working size, in 8-bit BGR; overwritten by the next one. */
  public Mat scale(Frame frame) {
    source.data().put(frame.bgr());
    Mat coarse = source;
    if (divides) {
      resize(source, whole, wholeSize, 0, 0, INTER_AREA);
      coarse = whole;
    }
    if (fits) {
      return coarse;
    }
    resize(coarse, scaled, size, 0, 0, INTER_LINEAR);
    return scaled;
  }

  @Override
  public void close() {
    source.close();
    whole.close();
    scaled.close();
    wholeSize.close();
    size.close();
  }
}
