package org.cityedge.video.crowd;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.max;
import static org.bytedeco.opencv.global.opencv_core.subtract;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_RECT;
import static org.bytedeco.opencv.global.opencv_imgproc.THRESH_BINARY;
import static org.bytedeco.opencv.global.opencv_imgproc.dilate;
import static org.bytedeco.opencv.global.opencv_imgproc.erode;
import static org.bytedeco.opencv.global.opencv_imgproc.getStructuringElement;
import static org.bytedeco.opencv.global.opencv_imgproc.threshold;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Natives;

/**
 * Which pixels of a picture have a grey level that an earlier one had neither there nor between the
 * eight around it: what half a pixel's displacement, or a turn, leaves over is not new. On buffers
 * that are allocated once; native memory of three pictures until closed.
 */
final class Newness implements AutoCloseable {
  /** Grey levels that noise and compression make. */
  private static final int CHANGE = 12;

  private final Mat now;
  private final Mat before;
  private final Mat above = new Mat();
  private final Mat below = new Mat();
  private final Mat around;
  private final byte[] pixels;

  Newness(int width, int height) {
    Natives.load();
    now = new Mat(height, width, CV_8UC1);
    before = new Mat(height, width, CV_8UC1);
    pixels = new byte[width * height];
    try (PointerScope _ = new PointerScope()) {
      around = getStructuringElement(MORPH_RECT, new Size(3, 3));
      around.retainReference();
    }
  }

  /**
   * 1 where the picture is new, else 0; overwritten by the next one.
   *
   * @param grey levels, row by row, as in {@code earlier}
   */
  byte[] of(byte[] grey, byte[] earlier) {
    try (PointerScope _ = new PointerScope()) {
      now.data().put(grey);
      before.data().put(earlier);
      dilate(before, above, around);
      erode(before, below, around);
      // Both differences end at 0, so that the larger one is how far the level lies outside.
      subtract(now, above, above);
      subtract(below, now, below);
      max(above, below, above);
      threshold(above, above, CHANGE, 1, THRESH_BINARY);
      above.data().get(pixels);
      return pixels;
    }
  }

  @Override
  public void close() {
    List.of(now, before, above, below, around).forEach(Mat::close);
  }
}
