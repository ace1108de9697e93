package org.cityedge.video.evidence;

import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/** What other streams of a camera make of what one of them shows. */
final class OtherStream {
  private OtherStream() {}

  /** A drawn view of which no two places look alike. */
  static Mat view(int seed) {
    Mat picture = new Mat(360, 640, opencv_core.CV_8UC3, new Scalar(90, 95, 100, 0));
    Random random = new Random(seed);
    for (int i = 0; i < 400; i++) {
      int x = random.nextInt(640);
      int y = random.nextInt(360);
      opencv_imgproc.rectangle(
          picture,
          new Point(x, y),
          new Point(x + 60, y + 40),
          new Scalar(random.nextInt(256), random.nextInt(256), random.nextInt(256), 0),
          opencv_imgproc.FILLED,
          opencv_imgproc.LINE_8,
          0);
    }
    return picture;
  }

  /** A part of a picture, in fractions of its sides, as a picture of its own at the same shape. */
  static Mat part(Mat picture, double x, double y, double width, double height, int pixels) {
    Rect box =
        new Rect(
            (int) Math.round(x * picture.cols()),
            (int) Math.round(y * picture.rows()),
            (int) Math.round(width * picture.cols()),
            (int) Math.round(height * picture.rows()));
    Mat result = new Mat();
    opencv_imgproc.resize(
        new Mat(picture, box),
        result,
        new Size(pixels, pixels * picture.rows() / picture.cols()),
        0,
        0,
        pixels > box.width() ? opencv_imgproc.INTER_CUBIC : opencv_imgproc.INTER_AREA);
    return result;
  }

  /** As a stream that is set otherwise shows it; {@code quality} is JPEG's. */
  static Mat tuned(Mat picture, double contrast, double brightness, int quality) {
    Mat light = new Mat();
    picture.convertTo(light, -1, contrast, brightness);
    BytePointer jpeg = new BytePointer();
    opencv_imgcodecs.imencode(
        ".jpg", light, jpeg, new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality));
    return opencv_imgcodecs.imdecode(new Mat(jpeg), opencv_imgcodecs.IMREAD_COLOR);
  }

  /** With the time at the top left and a name at the bottom right, as cameras write them. */
  static Mat text(Mat picture) {
    Mat result = picture.clone();
    double size = picture.cols() / 640.0;
    write(result, "2026-11-27 22:31:07", new Point((int) (8 * size), (int) (24 * size)));
    int bottom = picture.rows() - (int) (12 * size);
    write(result, "CAM 07 RENMIN RD", new Point((int) (370 * size), bottom));
    return result;
  }

  private static void write(Mat picture, String text, Point at) {
    double size = picture.cols() / 640.0;
    opencv_imgproc.putText(
        picture,
        text,
        at,
        opencv_imgproc.FONT_HERSHEY_SIMPLEX,
        0.75 * size,
        Scalar.all(255),
        (int) Math.max(1, 2 * size),
        opencv_imgproc.LINE_AA,
        false);
  }

  /**
   * As another lens shows it, or the same one corrected: a corner moves outwards by {@code share}
   * of its distance from the middle, the rest less by the square of its own.
   */
  static Mat bent(Mat picture, double share) {
    Mat fromX = new Mat(picture.rows(), picture.cols(), opencv_core.CV_32F);
    Mat fromY = new Mat(picture.rows(), picture.cols(), opencv_core.CV_32F);
    double middleX = picture.cols() / 2.0;
    double middleY = picture.rows() / 2.0;
    double corner = middleX * middleX + middleY * middleY;
    try (FloatIndexer x = fromX.createIndexer();
        FloatIndexer y = fromY.createIndexer()) {
      for (int row = 0; row < picture.rows(); row++) {
        for (int column = 0; column < picture.cols(); column++) {
          double aside = column - middleX;
          double above = row - middleY;
          double shrunk = 1 - share * (aside * aside + above * above) / corner;
          x.put(row, column, (float) (middleX + aside * shrunk));
          y.put(row, column, (float) (middleY + above * shrunk));
        }
      }
    }
    Mat result = new Mat();
    opencv_imgproc.remap(picture, result, fromX, fromY, opencv_imgproc.INTER_LINEAR);
    return result;
  }
}
