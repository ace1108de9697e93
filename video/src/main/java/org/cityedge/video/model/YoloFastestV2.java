package org.cityedge.video.model;

import java.util.List;

/**
 * Yolo-FastestV2 as one tensor {@code [cells of strides 16 and 32, 15 + classes]}: three anchors'
 * x, y, width and height, their three objectnesses, the class scores. The sidecar has the six
 * anchors, in pixels.
 */
final class YoloFastestV2 {
  private static final int[] STRIDES = {16, 32};
  private static final int ANCHORS = 3;
  private static final int SCORES = ANCHORS * 5;

  private YoloFastestV2() {}

  static List<Box> decode(ModelCard card, List<Tensor> outputs) throws ModelException {
    int cells = 0;
    for (int stride : STRIDES) {
      cells += (card.size() / stride) * (card.size() / stride);
    }
    String wanted = "one [" + cells + ", 15 + classes]";
    Tensor out = Layout.one(card, outputs, 2, wanted);
    if (out.shape()[0] != cells) {
      throw Layout.unlike(card, outputs, wanted);
    }
    int width = out.shape()[1];
    Layout.classes(card, width - SCORES);
    float[] v = out.values();
    Found found = new Found(card);
    int row = 0;
    for (int level = 0; level < STRIDES.length; level++) {
      int stride = STRIDES[level];
      int columns = card.size() / stride;
      for (int cell = 0; cell < columns * columns; cell++, row += width) {
        int line = cell / columns;
        int best = out.largest(row + SCORES, 1, width - SCORES);
        for (int a = 0; a < ANCHORS; a++) {
          double[] anchor = card.anchors().get(level * ANCHORS + a);
          int at = row + 4 * a;
          found.add(
              best,
              (double) v[row + 4 * ANCHORS + a] * v[row + SCORES + best],
              (v[at] * 2 - 0.5 + cell % columns) * stride,
              (v[at + 1] * 2 - 0.5 + line) * stride,
              Math.pow(v[at + 2] * 2, 2) * anchor[0],
              Math.pow(v[at + 3] * 2, 2) * anchor[1]);
        }
      }
    }
    return found.best();
  }
}
