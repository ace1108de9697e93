package org.cityedge.video.smoke;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was measured per cell over the last seconds. Bounded by its span: looks closer together than
 * {@link org.cityedge.video.SceneDetector#STEP_NANOS} are not taken.
 */
final class CellWindow {
  private record Look(long nanos, float[][] values) {}

  private final long span;
  private final Deque<Look> looks = new ArrayDeque<>();

  CellWindow(long spanNanos) {
    span = spanNanos;
  }

  /**
   * @param values one array per channel, each with a value per cell; kept
   */
  void add(long nanos, float[]... values) {
    expire(nanos);
    looks.addLast(new Look(nanos, values));
  }

  void expire(long nanos) {
    while (!looks.isEmpty() && nanos - looks.getFirst().nanos >= span) {
      looks.removeFirst();
    }
  }

  int size() {
    return looks.size();
  }

  /** The mean of a channel in a cell; 0 when nothing was seen yet. */
  float mean(int channel, int cell) {
    float sum = 0;
    for (Look look : looks) {
      sum += look.values[channel][cell];
    }
    return looks.isEmpty() ? 0 : sum / looks.size();
  }
}
