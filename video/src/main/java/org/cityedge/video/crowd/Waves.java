package org.cityedge.video.crowd;

import java.util.Arrays;

/**
 * Where the picture shows waves: a part that is another one after a second, and whose colours are
 * mixed of two, the water's and the sky's, so that their hue follows from their brightness.
 * Clothes, faces and ground have colours of their own.
 */
final class Waves {
  /**
   * Mean |red − green| + |blue − green| of a part, in levels, below which it has no colour:
   * infrared light, a camera for black and white, grey water under a grey sky. Nobody can tell
   * then.
   */
  private static final double COLOURLESS = 6;

  /**
   * Share of a part's pixels near the line: drawn water measures 0.98 to 1, a stand of people 0.43
   * to 0.64, a town centre up to 0.77; some people before the water leave the line.
   */
  private static final double ON_LINE = 0.85;

  /**
   * Levels by which a pixel's red − green or blue − green may miss the line, and the same in
   * proportion to how far the brightness spreads.
   */
  private static final double TOLERANCE = 6;

  private static final double SPREAD_TOLERANCE = 0.2;

  /** Fits of the line, each to what lay near the one before. */
  private static final int ROUNDS = 3;

  private static final int CELL = Fidgets.CELL;

  private final int columns;
  private final int rows;
  private final boolean[] near;
  private final byte[] pixels;
  private boolean any;

  private final Line red = new Line();
  private final Line blue = new Line();

  Waves(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    near = new boolean[columns * rows];
    pixels = new byte[near.length * CELL * CELL];
  }

  /** Begins the next picture. */
  void clear() {
    if (any) {
      Arrays.fill(pixels, (byte) 0);
      any = false;
    }
  }

  /** Whether the picture shows any. */
  boolean any() {
    return any;
  }

  /** 1 where a wave is, else 0; overwritten by the next picture. */
  byte[] pixels() {
    return pixels;
  }

  /**
   * Marks a part's pixels, and those of the cells around it, that are of the part's two colours.
   *
   * @param bgr interleaved
   * @param part per cell, at least one; nothing of it has stayed where it was
   * @return false, and nothing is marked, where the part has more colours, or none
   */
  boolean mark(byte[] bgr, boolean[] part) {
    if (colour(bgr, part) < COLOURLESS) {
      return false;
    }
    double tolerance = Double.POSITIVE_INFINITY;
    double share = 1;
    for (int round = 0; round < ROUNDS; round++) {
      share = fit(bgr, part, tolerance);
      if (share < ON_LINE) {
        return false;
      }
      tolerance = Math.max(TOLERANCE, SPREAD_TOLERANCE * Math.sqrt(red.spread()) / 3);
    }
    any = true;
    Arrays.fill(near, false);
    for (int cell = 0; cell < part.length; cell++) {
      if (part[cell]) {
        reach(cell);
      }
    }
    for (int cell = 0; cell < near.length; cell++) {
      if (near[cell]) {
        mark(bgr, cell, tolerance);
      }
    }
    return true;
  }

  private double colour(byte[] bgr, boolean[] part) {
    long sum = 0;
    long count = 0;
    for (int cell = 0; cell < part.length; cell++) {
      for (int i = 0; part[cell] && i < CELL * CELL; i++) {
        int at = 3 * pixel(cell, i);
        int green = bgr[at + 1] & 0xff;
        sum += Math.abs((bgr[at] & 0xff) - green) + Math.abs((bgr[at + 2] & 0xff) - green);
        count++;
      }
    }
    return (double) sum / count;
  }

  /** Fits the line to the pixels that are near the one before; returns their share, 0..1. */
  private double fit(byte[] bgr, boolean[] part, double tolerance) {
    red.begin();
    blue.begin();
    long count = 0;
    for (int cell = 0; cell < part.length; cell++) {
      for (int i = 0; part[cell] && i < CELL * CELL; i++) {
        int at = 3 * pixel(cell, i);
        if (isNear(bgr, at, tolerance)) {
          int green = bgr[at + 1] & 0xff;
          int light = light(bgr, at);
          red.add(light, (bgr[at + 2] & 0xff) - green);
          blue.add(light, (bgr[at] & 0xff) - green);
        }
        count++;
      }
    }
    red.end();
    blue.end();
    return (double) red.count() / count;
  }

  private boolean isNear(byte[] bgr, int at, double tolerance) {
    int green = bgr[at + 1] & 0xff;
    int light = light(bgr, at);
    return Math.abs((bgr[at + 2] & 0xff) - green - red.at(light)) < tolerance
        && Math.abs((bgr[at] & 0xff) - green - blue.at(light)) < tolerance;
  }

  private static int light(byte[] bgr, int at) {
    return (bgr[at] & 0xff) + (bgr[at + 1] & 0xff) + (bgr[at + 2] & 0xff);
  }

  private void reach(int cell) {
    int left = Math.max(0, cell % columns - 1);
    int right = Math.min(columns - 1, cell % columns + 1);
    int below = Math.min(rows - 1, cell / columns + 1);
    for (int y = Math.max(0, cell / columns - 1); y <= below; y++) {
      Arrays.fill(near, y * columns + left, y * columns + right + 1, true);
    }
  }

  private void mark(byte[] bgr, int cell, double tolerance) {
    for (int i = 0; i < CELL * CELL; i++) {
      int pixel = pixel(cell, i);
      if (isNear(bgr, 3 * pixel, tolerance)) {
        pixels[pixel] = 1;
      }
    }
  }

  /** The index of a cell's pixel number {@code i}. */
  private int pixel(int cell, int i) {
    int y = cell / columns * CELL + i / CELL;
    return y * columns * CELL + cell % columns * CELL + i % CELL;
  }

  /** Least squares of y on x. */
  private static final class Line {
    private long n;
    private long x;
    private long y;
    private long xx;
    private long xy;
    private double spread;
    private double slope;
    private double offset;

    void begin() {
      n = 0;
      x = 0;
      y = 0;
      xx = 0;
      xy = 0;
    }

    void add(int abscissa, int ordinate) {
      n++;
      x += abscissa;
      y += ordinate;
      xx += (long) abscissa * abscissa;
      xy += (long) abscissa * ordinate;
    }

    /** From here on {@link #at} is by what was added since the beginning. */
    void end() {
      double mean = (double) x / Math.max(1, n);
      spread = (double) xx / Math.max(1, n) - mean * mean;
      slope = spread > 0 ? ((double) xy / n - mean * y / n) / spread : 0;
      offset = n > 0 ? (double) y / n - slope * mean : 0;
    }

    long count() {
      return n;
    }

    /** Variance of x. */
    double spread() {
      return spread;
    }

    /** What y the line has at x. */
    double at(int abscissa) {
      return offset + slope * abscissa;
    }
  }
}
