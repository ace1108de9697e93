package org.cityedge.video.evidence;

import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
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
}
