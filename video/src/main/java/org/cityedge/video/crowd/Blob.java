package org.cityedge.video.crowd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A connected part of the foreground, in pixels.
 *
 * @param area covered pixels, at most {@code width * height}
 */
record Blob(int x, int y, int width, int height, int area) {
  /** Smaller than these parts of a person is noise, or a piece of somebody counted already. */
  private static final double LEAST_AREA = 0.15;

  private static final double LEAST_HEIGHT = 0.3;

  /** Wider than people walk, and filled like a box: a vehicle. People leave gaps. */
  private static final double BOX_WIDTH = 0.75;

  private static final double BOX_FILL = 0.68;
  private static final double LARGE_BOX_FILL = 0.72;

  /** A slim blob of so many times the expected height is one person close to the camera. */
  private static final double CLOSE = 2.7;

  private static final double SHOULDERS = 0.41;

  /**
   * The blobs of a picture, in the order of their numbers.
   *
   * @param label for each pixel 0, or 1 + the index of its blob, row by row; each has one
   * @param columns of the picture
   */
  static List<Blob> of(short[] label, int columns, int count) {
    int[] left = new int[count];
    int[] right = new int[count];
    int[] top = new int[count];
    int[] bottom = new int[count];
    int[] area = new int[count];
    Arrays.fill(left, columns);
    for (int row = 0; row < label.length / columns; row++) {
      for (int column = 0; column < columns; column++) {
        int blob = label[row * columns + column] - 1;
        if (blob >= 0) {
          left[blob] = Math.min(left[blob], column);
          right[blob] = Math.max(right[blob], column + 1);
          top[blob] = area[blob] == 0 ? row : top[blob];
          bottom[blob] = row + 1;
          area[blob]++;
        }
      }
    }
    List<Blob> blobs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      blobs.add(new Blob(left[i], top[i], right[i] - left[i], bottom[i] - top[i], area[i]));
    }
    return blobs;
  }

  /**
   * The share of its pixels, 0..1, of which something is true.
   *
   * @param label for each pixel the number of its blob, row by row
   * @param columns of the picture
   * @param is asked with a pixel's index
   */
  double share(short[] label, int columns, int number, IntPredicate is) {
    int count = 0;
    for (int row = y; row < y + height; row++) {
      for (int i = row * columns + x; i < row * columns + x + width; i++) {
        count += label[i] == number && is.test(i) ? 1 : 0;
      }
    }
    return (double) count / area;
  }

  boolean isVehicle(Perspective perspective, int rows) {
    double fill = (double) area / (width * height);
    boolean large = height > 2 * perspective.height(y + height, rows);
    return !isTooSmall(perspective, rows)
        && width >= BOX_WIDTH * height
        && fill >= (large ? LARGE_BOX_FILL : BOX_FILL);
  }

  /** The area in persons, whatever it is. */
  double size(Perspective perspective, int rows) {
    return area / perspective.area(y + height, rows);
  }

  double persons(Perspective perspective, int rows) {
    if (isTooSmall(perspective, rows) || isVehicle(perspective, rows)) {
      return 0;
    }
    if (height > CLOSE * perspective.height(y + height, rows) && width < 0.8 * height) {
      return Math.max(1, Math.round(width / (SHOULDERS * height)));
    }
    return Math.max(0.5, size(perspective, rows));
  }

  private boolean isTooSmall(Perspective perspective, int rows) {
    return area < LEAST_AREA * perspective.area(y + height, rows)
        || height < LEAST_HEIGHT * perspective.height(y + height, rows);
  }
}
