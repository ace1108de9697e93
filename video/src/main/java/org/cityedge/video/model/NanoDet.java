package org.cityedge.video.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * NanoDet (github.com/RangiLyu/nanodet): for each of the strides 8, 16, 32 a tensor {@code [cells,
 * classes]} of scores and one {@code [cells, 32]} of the four sides' distances, each told by a
 * softmax over 8 steps of a stride. Exports name and order them differently, so they are picked by
 * shape.
 */
final class NanoDet {
  private static final int[] STRIDES = {8, 16, 32};
  private static final int STEPS = 8;
  private static final int SIDES = 4 * STEPS;

  private NanoDet() {}

  static List<Box> decode(ModelCard card, List<Tensor> outputs) throws ModelException {
    Found found = new Found(card);
    for (int stride : STRIDES) {
      int columns = card.size() / stride;
      List<Tensor> left = new ArrayList<>(outputs);
      Tensor sides = take(left, columns * columns, true);
      Tensor scores = take(left, columns * columns, false);
      if (sides == null || scores == null || outputs.size() != 2 * STRIDES.length) {
        throw Layout.unlike(
            card, outputs, "[cells, classes] and [cells, 32] for the strides 8, 16 and 32");
      }
      int classes = scores.shape()[1];
      Layout.classes(card, classes);
      for (int cell = 0; cell < columns * columns; cell++) {
        int best = scores.largest(cell * classes, 1, classes);
        double score = scores.values()[cell * classes + best];
        if (score < card.score()) {
          continue; // the softmax below is most of the time
        }
        int line = cell / columns;
        double x = (cell % columns + 0.5) * stride - 0.5;
        double y = (line + 0.5) * stride - 0.5;
        double west = distance(sides.values(), cell * SIDES) * stride;
        double north = distance(sides.values(), cell * SIDES + STEPS) * stride;
        double east = distance(sides.values(), cell * SIDES + 2 * STEPS) * stride;
        double south = distance(sides.values(), cell * SIDES + 3 * STEPS) * stride;
        found.add(
            best,
            score,
            x + (east - west) / 2,
            y + (south - north) / 2,
            west + east,
            north + south);
      }
    }
    return found.best();
  }

  private static @Nullable Tensor take(List<Tensor> outputs, int cells, boolean sides) {
    for (Tensor tensor : outputs) {
      if (tensor.dimensions() == 2
          && tensor.shape()[0] == cells
          && (tensor.shape()[1] == SIDES) == sides) {
        outputs.remove(tensor);
        return tensor;
      }
    }
    return null;
  }

  /** The mean of 0..7 under the softmax of 8 values. */
  private static double distance(float[] values, int from) {
    double largest = values[from];
    for (int i = 1; i < STEPS; i++) {
      largest = Math.max(largest, values[from + i]);
    }
    double sum = 0;
    double mean = 0;
    for (int i = 0; i < STEPS; i++) {
      double weight = Math.exp(values[from + i] - largest);
      sum += weight;
      mean += i * weight;
    }
    return mean / sum;
  }
}
