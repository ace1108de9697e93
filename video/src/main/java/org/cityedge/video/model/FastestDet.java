package org.cityedge.video.model;

import java.util.List;

/**
 * FastestDet (github.com/dog-qiuqiu/FastestDet): planes {@code [5 + classes, rows, columns]} of
 * objectness, offset of the middle (tanh), width and height (sigmoid, of the whole), class scores.
 */
final class FastestDet {
  private FastestDet() {}

  static List<Box> decode(ModelCard card, List<Tensor> outputs) throws ModelException {
    String wanted = "one [5 + classes, rows, columns]";
    Tensor out = Layout.one(card, outputs, 3, wanted);
    int classes = out.shape()[0] - 5;
    int rows = out.shape()[1];
    int columns = out.shape()[2];
    Layout.classes(card, classes);
    int plane = rows * columns;
    float[] v = out.values();
    Found found = new Found(card);
    for (int cell = 0; cell < plane; cell++) {
      int column = cell % columns;
      int row = cell / columns;
      int best = out.largest(5 * plane + cell, plane, classes);
      double score = Math.pow(v[cell], 0.6) * Math.pow(v[(5 + best) * plane + cell], 0.4);
      found.add(
          best,
          score,
          (column + Math.tanh(v[plane + cell])) / columns * card.size(),
          (row + Math.tanh(v[2 * plane + cell])) / rows * card.size(),
          sigmoid(v[3 * plane + cell]) * card.size(),
          sigmoid(v[4 * plane + cell]) * card.size());
    }
    return found.best();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
