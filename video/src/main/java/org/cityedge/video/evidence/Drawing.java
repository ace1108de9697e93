package org.cityedge.video.evidence;

import java.util.List;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Zone;

/**
 * Draws what the detector looked at and what it saw: zones in white, regions in red, each with a
 * black line below so that it shows on any ground. Call it within a pointer scope, on a picture
 * that is masked already.
 */
final class Drawing {
  private Drawing() {}

  static void on(Mat picture, List<Zone> zones, List<Region> regions) {
    // Not constants: they would be made in the first caller's scope and end with it.
    Scalar white = new Scalar(255, 255, 255, 0);
    Scalar red = new Scalar(0, 0, 255, 0);
    for (Zone zone : zones) {
      Zone.Point before = zone.polygon().getLast();
      for (Zone.Point point : zone.polygon()) {
        line(picture, before.x(), before.y(), point.x(), point.y(), white);
        before = point;
      }
    }
    for (Region r : regions) {
      double right = r.x() + r.width();
      double bottom = r.y() + r.height();
      line(picture, r.x(), r.y(), right, r.y(), red);
      line(picture, right, r.y(), right, bottom, red);
      line(picture, right, bottom, r.x(), bottom, red);
      line(picture, r.x(), bottom, r.x(), r.y(), red);
    }
  }

  private static void line(Mat picture, double x1, double y1, double x2, double y2, Scalar colour) {
    Point from = point(picture, x1, y1);
    Point to = point(picture, x2, y2);
    opencv_imgproc.line(picture, from, to, new Scalar(0, 0, 0, 0), 3, opencv_imgproc.LINE_8, 0);
    opencv_imgproc.line(picture, from, to, colour, 1, opencv_imgproc.LINE_8, 0);
  }

  private static Point point(Mat picture, double x, double y) {
    return new Point(
        (int) Math.round(x * (picture.cols() - 1)), (int) Math.round(y * (picture.rows() - 1)));
  }
}
