package org.cityedge.video.model;

import java.util.Arrays;

/**
 * One output of a network.
 *
 * @param shape without the dimensions that are 1
 * @param values as many as the shape says, the last dimension fastest
 */
@SuppressWarnings("ArrayRecordComponent") // made once per output, never compared
record Tensor(int[] shape, float[] values) {
  static Tensor of(int[] shape, float[] values) {
    return new Tensor(Arrays.stream(shape).filter(n -> n != 1).toArray(), values);
  }

  boolean is(int... wanted) {
    return Arrays.equals(shape, wanted);
  }

  int dimensions() {
    return shape.length;
  }

  /** Index of the largest of {@code count} values, each {@code step} after the other. */
  int largest(int from, int step, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i * step] > values[from + best * step]) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public String toString() {
    return Arrays.toString(shape);
  }
}
