package org.cityedge.video.evidence;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** Encodes within a limit of bytes. OpenCV writes no EXIF. Call it within a pointer scope. */
final class Jpeg {
  /** What one message carries (wire contract, evidence thumb). */
  static final int MAX_BYTES = 64 * 1024;

  private static final int[] QUALITIES = {85, 70, 55, 40, 25};
  private static final int SMALLEST_WIDTH = 80;

  private Jpeg() {}

  /**
   * The picture at the highest quality that fits, at half its size when none does.
   *
   * @throws IllegalStateException when it cannot be encoded within the limit
   */
  static byte[] encode(Mat picture) {
    return encode(picture, MAX_BYTES);
  }

  /** The same within another limit. */
  static byte[] encode(Mat picture, int maxBytes) {
    for (int quality : QUALITIES) {
      BytePointer out = new BytePointer();
      IntPointer parameters = new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality);
      if (!opencv_imgcodecs.imencode(".jpg", picture, out, parameters)) {
        throw new IllegalStateException("the picture cannot be encoded as JPEG");
      }
      if (out.limit() <= maxBytes) {
        byte[] jpeg = new byte[(int) out.limit()];
        out.get(jpeg);
        return jpeg;
      }
    }
    if (picture.cols() / 2 < SMALLEST_WIDTH) {
      throw new IllegalStateException("the picture does not fit into " + maxBytes + " bytes");
    }
    Mat half = new Mat();
    opencv_imgproc.resize(
        picture,
        half,
        new Size(picture.cols() / 2, picture.rows() / 2),
        0,
        0,
        opencv_imgproc.INTER_AREA);
    return encode(half, maxBytes);
  }
}
