package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PlaneFitTest {
  private final PlaneFit plane = new PlaneFit();

  /** Four by four places around the middle. */
  private void measure(double level, double alongX, double alongY, double... errors) {
    for (int i = 0; i < 16; i++) {
      double x = (i % 4 - 1.5) * 20;
      int row = i / 4;
      double y = (row - 1.5) * 10;
      double error = errors.length == 0 ? 0 : errors[i % errors.length];
      plane.add(x, y, level + alongX * x + alongY * y + error);
    }
  }

  @Test
  void extendsAZoomToTheCorners() {
    measure(0, 0.05, 0);
    // 0.05 * 80, and two errors of 0.15 * sqrt(1/16 + 80^2/8000 + 45^2/2000).
    assertThat(plane.mostAtCorners(80, 45)).isCloseTo(4 + 2 * 0.15 * 1.364, within(0.01));
  }

  @Test
  void isLessSureTheMoreThePlacesDisagree() {
    measure(1, 0, 0);
    double sure = plane.mostAtCorners(80, 45);
    PlaneFitTest other = new PlaneFitTest();
    other.measure(1, 0, 0, 1, -1, -1, 1);
    assertThat(other.plane.mostAtCorners(80, 45)).isGreaterThan(sure + 1);
  }

  @Test
  void placesInALineDetermineNothing() {
    for (int i = 0; i < 9; i++) {
      plane.add(10 * i, 5 * i, 0);
    }
    assertThat(plane.mostAtCorners(80, 45)).isInfinite();
  }
}
