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
    energy = new float[grid.cells()];
  }

  /**
   * Takes the colours in, and their mean as grey.
   *
   * @param bgr interleaved, {@code grid.pixels() * 3} values
   */
  void mix(byte[] bgr) {
    for (int cell = 0; cell < mean.length; cell++) {
      mix(cell, bgr);
    }
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

  /** Measures what {@link #grey} shows. */
  void measure() {
    gradient(0, 0, grid.width(), grid.height());
    for (int cell = 0; cell < mean.length; cell++) {
      measure(cell);
    }
  }

  /** Measures the outlines of one cell. */
  void measureOutlines(int cell) {
    int left = cell % grid.columns() * Grid.CELL;
    int top = cell / grid.columns() * Grid.CELL;
    gradient(left, top, left + Grid.CELL, top + Grid.CELL);
    measureEnergy(cell);
  }

  /** The Sobel operator, scaled to grey levels per pixel; the picture's border repeats. */
  private void gradient(int left, int top, int right, int bottom) {
    int width = grid.width();
    for (int y = top; y < bottom; y++) {
      int up = Math.max(0, y - 1) * width;
      int row = y * width;
      int down = Math.min(grid.height() - 1, y + 1) * width;
      // The rim apart, so that the loop is one that can be vectorised.
      for (int x = Math.max(1, left); x < Math.min(width - 1, right); x++) {
        gradient(up, row, down, x - 1, x, x + 1);
      }
      if (left == 0) {
        gradient(up, row, down, 0, 0, 1);
      }
      if (right == width) {
        gradient(up, row, down, width - 2, width - 1, width - 1);
      }
    }
  }

  private void gradient(int up, int row, int down, int left, int x, int right) {
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

  private void mix(int cell, byte[] bgr) {
    int blue = 0;
    int green = 0;
    int red = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        int b = bgr[3 * i] & 0xff;
        int g = bgr[3 * i + 1] & 0xff;
        int r = bgr[3 * i + 2] & 0xff;
        grey[i] = (b + g + r) / 3f;
        blue += b;
        green += g;
        red += r;
      }
    }
    float n = Grid.CELL * Grid.CELL;
    colour[0][cell] = blue / n;
    colour[1][cell] = green / n;
    colour[2][cell] = red / n;
  }

  private void measure(int cell) {
    float sum = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        sum += grey[i];
      }
    }
    mean[cell] = sum / (Grid.CELL * Grid.CELL);
    measureEnergy(cell);
  }

  private void measureEnergy(int cell) {
    energy[cell] = gradientProduct(this, cell);
  }

  /** Standard deviation of a cell's grey. */
  float texture(int cell) {
    float squares = 0;
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        squares += (grey[i] - mean[cell]) * (grey[i] - mean[cell]);
      }
    }
    return (float) Math.sqrt(squares / (Grid.CELL * Grid.CELL));
  }

  /** Moves a cell's grey and colours, and not its outlines, so far towards another picture. */
  void approach(Still other, int cell, float share) {
    int first = first(cell);
    for (int y = 0; y < Grid.CELL; y++) {
      for (int i = first + y * grid.width(); i < first + y * grid.width() + Grid.CELL; i++) {
        grey[i] += share * (other.grey[i] - grey[i]);
      }
    }
    mean[cell] += share * (other.mean[cell] - mean[cell]);
    for (int channel = 0; channel < colour.length; channel++) {
      colour[channel][cell] += share * (other.colour[channel][cell] - colour[channel][cell]);
    }
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
