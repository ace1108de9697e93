package org.cityedge.video.evidence;

import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.evidence.People.Patch;

/**
 * Pixelates in place. A block is at least a sixth of the face's width, so that a face is never more
 * than six blocks wide, and at least 8 pixels. Call it within a pointer scope.
 */
final class Mosaic {
  /** For what moves; holds for faces up to 96 pixels wide, larger ones are found as such. */
  private static final int CELL = 16;

  private static final int SMALLEST_BLOCK = 8;
  private static final int BLOCKS_PER_FACE = 6;

  private Mosaic() {}

  /** Pixelates one patch, as far as it lies in the picture. */
  static void patch(Mat picture, Patch patch) {
    int left = Math.clamp(patch.x(), 0, picture.cols());
    int top = Math.clamp(patch.y(), 0, picture.rows());
    int right = Math.clamp((long) patch.x() + patch.width(), left, picture.cols());
    int bottom = Math.clamp((long) patch.y() + patch.height(), top, picture.rows());
    if (left == right || top == bottom) {
      return;
    }
    Mat part = new Mat(picture, new Rect(left, top, right - left, bottom - top));
    blocks(part, Math.max(SMALLEST_BLOCK, -Math.floorDiv(-patch.faceWidth(), BLOCKS_PER_FACE)))
        .copyTo(part);
  }

  /**
   * Pixelates every cell of the picture that holds a part of the mask.
   *
   * @param mask not 0 where to pixelate, of any size, the picture's shape
   */
  static void masked(Mat picture, Mat mask) {
    int columns = cells(picture.cols(), CELL);
    int rows = cells(picture.rows(), CELL);
    Mat share = new Mat();
    mask.convertTo(share, opencv_core.CV_32F);
    opencv_imgproc.resize(share, share, new Size(columns, rows), 0, 0, opencv_imgproc.INTER_AREA);
    Mat touched = new Mat();
    opencv_imgproc.threshold(share, touched, 0, 255, opencv_imgproc.THRESH_BINARY);
    touched.convertTo(touched, opencv_core.CV_8U);
    opencv_imgproc.resize(touched, touched, picture.size(), 0, 0, opencv_imgproc.INTER_NEAREST);
    blocks(picture, CELL).copyTo(picture, touched);
  }

  /** Takes a region out of a mask. */
  static void spare(Mat mask, Region region) {
    int left = (int) Math.ceil(region.x() * mask.cols());
    int top = (int) Math.ceil(region.y() * mask.rows());
    int right = (int) Math.floor((region.x() + region.width()) * mask.cols());
    int bottom = (int) Math.floor((region.y() + region.height()) * mask.rows());
    if (left < right && top < bottom) {
      new Mat(mask, new Rect(left, top, right - left, bottom - top)).put(Scalar.BLACK);
    }
  }

  private static Mat blocks(Mat picture, int block) {
    Mat coarse = new Mat();
    Mat result = new Mat();
    Size size = new Size(cells(picture.cols(), block), cells(picture.rows(), block));
    opencv_imgproc.resize(picture, coarse, size, 0, 0, opencv_imgproc.INTER_AREA);
    opencv_imgproc.resize(coarse, result, picture.size(), 0, 0, opencv_imgproc.INTER_NEAREST);
    return result;
  }

  /** Rounded down, so that a block never is smaller than asked. */
  private static int cells(int pixels, int block) {
    return Math.max(1, pixels / block);
  }
}
