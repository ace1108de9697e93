package org.cityedge.video.model;

import java.util.List;

/** The larger YOLO networks: middle, width and height, then scores. */
final class Yolo {
  private static final int[] STRIDES = {8, 16, 32};

  private Yolo() {}

  /** Versions 5 to 7: {@code [boxes, 5 + classes]} in pixels, objectness times class score. */
  static List<Box> decodeV5(ModelCard card, List<Tensor> outputs) throws ModelException {
    Tensor out = Layout.one(card, outputs, 2, "one [boxes, 5 + classes]");
    int width = out.shape()[1];
    Layout.classes(card, width - 5);
    float[] v = out.values();
    Found found = new Found(card);
    for (int row = 0; row < v.length; row += width) {
      int best = out.largest(row + 5, 1, width - 5);
      found.add(
          best,
          (double) v[row + 4] * v[row + 5 + best],
          v[row],
          v[row + 1],
          v[row + 2],
          v[row + 3]);
    }
    return found.best();
  }

  /** Versions 8, 9 and 11: {@code [4 + classes, boxes]} in pixels, no objectness. */
  static List<Box> decodeV8(ModelCard card, List<Tensor> outputs) throws ModelException {
    Tensor out = Layout.one(card, outputs, 2, "one [4 + classes, boxes]");
    int classes = out.shape()[0] - 4;
    int boxes = out.shape()[1];
    Layout.classes(card, classes);
    float[] v = out.values();
    Found found = new Found(card);
    for (int i = 0; i < boxes; i++) {
      int best = out.largest(4 * boxes + i, boxes, classes);
      found.add(
          best, v[(4 + best) * boxes + i], v[i], v[boxes + i], v[2 * boxes + i], v[3 * boxes + i]);
    }
    return found.best();
  }

  /**
   * YOLOX: {@code [cells of strides 8, 16 and 32, 5 + classes]}, the middle from the cell and the
   * logarithm of width and height, in strides.
   */
  static List<Box> decodeX(ModelCard card, List<Tensor> outputs) throws ModelException {
    int cells = 0;
    for (int stride : STRIDES) {
      cells += (card.size() / stride) * (card.size() / stride);
    }
    String wanted = "one [" + cells + ", 5 + classes]";
    Tensor out = Layout.one(card, outputs, 2, wanted);
    if (out.shape()[0] != cells) {
      throw Layout.unlike(card, outputs, wanted);
    }
    int width = out.shape()[1];
    Layout.classes(card, width - 5);
    float[] v = out.values();
    Found found = new Found(card);
    int row = 0;
    for (int stride : STRIDES) {
      int columns = card.size() / stride;
      for (int cell = 0; cell < columns * columns; cell++, row += width) {
        int line = cell / columns;
        int best = out.largest(row + 5, 1, width - 5);
        found.add(
            best,
            (double) v[row + 4] * v[row + 5 + best],
            (v[row] + cell % columns) * stride,
            (v[row + 1] + line) * stride,
            Math.exp(v[row + 2]) * stride,
            Math.exp(v[row + 3]) * stride);
      }
    }
    return found.best();
  }
}
