package org.cityedge.video.smoke;

/**
 * One picture at working size with what the tests need of it: brightness, its gradient, and per
 * cell the means. Grey levels 0..255. Filled anew for each picture, so that a camera allocates
 * nothing per frame.
 */
final class Still {
  final Grid grid;
  final float[] grey;
  final float[] gradX;
  final float[] gradY;

  /** Per cell: mean blue, green, red. */
  final float[][] colour;

  /** Per cell: mean grey. */
  final float[] mean;

  /** Per cell: standard deviation of grey. */
  final float[] texture;

  /** Per cell: mean squared gradient, in (grey levels per pixel)². */
  final float[] energy;

  long nanos;

  Still(Grid grid) {
    this.grid = grid;
    grey = new float[grid.pixels()];
    gradX = new float[grid.pixels()];
    gradY = new float[grid.pixels()];
    colour = new float[3][grid.cells()];
    mean = new float[grid.cells()];
    texture = new float[grid.cells()];
    energy = new float[grid.cells()];
  }

  /**
   * @param bgr interleaved, {@code grid.pixels() * 3} values
   */
  void fill(float[] bgr, long time) {
    nanos = time;
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (bgr[3 * i] + bgr[3 * i + 1] + bgr[3 * i + 2]) / 3;
    }
    for (int cell = 0; cell < mean.length; cell++) {
      mixColours(cell, bgr);
    }
    measure();
  }

  /**
   * The same picture aside by so many pixels, without its colours. What comes in at the rim repeats
   * what was there.
   */
  void displace(Still from, Displacement by) {
    nanos = from.nanos;
    int width = grid.width();
    int height = grid.height();
    for (int y = 0; y < height; y++) {
      float fromY = Math.clamp(y - by.down(), 0, height - 1.001f);
      int above = (int) fromY;
      float below = fromY - above;
      for (int x = 0; x < width; x++) {
        float fromX = Math.clamp(x - by.right(), 0, width - 1.001f);
        int left = (int) fromX;
        float beside = fromX - left;
        int i = above * width + left;
        float upper = from.grey[i] + beside * (from.grey[i + 1] - from.grey[i]);
        float lower =
            from.grey[i + width] + beside * (from.grey[i + width + 1] - from.grey[i + width]);
        grey[y * width + x] = upper + below * (lower - upper);
      }
    }
    measure();
  }

  private void measure() {
    gradient();
    for (int cell = 0; cell < mean.length; cell++) {
      measure(cell);
    }
  }

  /** The Sobel operator, scaled to grey levels per pixel; the picture's border repeats. */
  private void gradient() {
    int width = grid.width();
    int height = grid.height();
    for (int y = 0; y < height; y++) {
      int up = Math.max(0, y - 1) * width;
      int row = y * width;
      int down = Math.min(height - 1, y + 1) * width;
      for (int x = 0; x < width; x++) {
        int left = Math.max(0, x - 1);
        int right = Math.min(width - 1, x + 1);
        gradX[row + x] =
            (grey[up + right]
                    - grey[up + left]
                    + 2 * (grey[row + right] - grey[row + left])
                    + grey[down + right]
                    - grey[down + left])
                / 8;
        gradY[row + x] =
            (grey[down + left]
                    - grey[up + left]
                    + 2 * (grey[down + x] - grey[up + x])
                    + grey[down + right]
                    - grey[up + right])
                / 8;
      }
    }
  }

  private void mixColours(int cell, float[] bgr) {
    float blue = 0;
    float green = 0;
    float red = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        blue += bgr[3 * i];
        green += bgr[3 * i + 1];
        red += bgr[3 * i + 2];
      }
    }
    float n = Grid.CELL * Grid.CELL;
    colour[0][cell] = blue / n;
    colour[1][cell] = green / n;
    colour[2][cell] = red / n;
  }

  private void measure(int cell) {
    float sum = 0;
    float squares = 0;
    float gradients = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        sum += grey[i];
        squares += grey[i] * grey[i];
        gradients += gradX[i] * gradX[i] + gradY[i] * gradY[i];
      }
    }
    float n = Grid.CELL * Grid.CELL;
    mean[cell] = sum / n;
    texture[cell] = (float) Math.sqrt(Math.max(0, squares / n - mean[cell] * mean[cell]));
    energy[cell] = gradients / n;
  }

  /** The index of a cell's first pixel. */
  int first(int cell) {
    return cell / grid.columns() * Grid.CELL * grid.width() + cell % grid.columns() * Grid.CELL;
  }

  /** Mean product of the two pictures' gradients in a cell. */
  float gradientProduct(Still other, int cell) {
    float sum = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        sum += gradX[i] * other.gradX[i] + gradY[i] * other.gradY[i];
      }
    }
    return sum / (Grid.CELL * Grid.CELL);
  }

  /** Mean grey of the whole picture. */
  float brightness() {
    float sum = 0;
    for (float value : mean) {
      sum += value;
    }
    return sum / mean.length;
  }
}
