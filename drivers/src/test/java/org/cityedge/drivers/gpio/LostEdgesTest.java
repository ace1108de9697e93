package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LostEdgesTest {
  private final LostEdges lost = new LostEdges();

  private long before(int number) {
    return lost.before(new Edge(true, 0, number));
  }

  @Test
  void findsGaps() {
    assertThat(before(1)).isZero();
    assertThat(before(2)).isZero();
    assertThat(before(5)).isEqualTo(2);
  }

  @Test
  void countsWhatWasLostBeforeTheFirst() {
    assertThat(before(4)).isEqualTo(3);
  }

  @Test
  void goesOnAfterTheNumberHasWrapped() {
    before(-2);
    assertThat(before(-1)).isZero();
    assertThat(before(0)).isZero();
    assertThat(before(2)).isEqualTo(1);
  }

  @Test
  void findsNothingWhereNobodyCounts() {
    assertThat(before(0)).isZero();
    assertThat(before(0)).isZero();
  }
}
