package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossesTest {
  private final Losses losses = new Losses();

  @Test
  void addsUpWhatOneSenderLostForOneReason() {
    losses.add("a", Loss.Cause.PACE, 2, 10);
    losses.add("a", Loss.Cause.SIZE, 1, 11);
    losses.add("b", Loss.Cause.PACE, 1, 12);
    losses.add("a", Loss.Cause.PACE, 3, 13);
    assertThat(losses.list())
        .containsExactlyInAnyOrder(
            new Loss("a", Loss.Cause.PACE, 5, 13),
            new Loss("a", Loss.Cause.SIZE, 1, 11),
            new Loss("b", Loss.Cause.PACE, 1, 12));
  }

  @Test
  void forgetsWhoLostNothingForLongest() {
    losses.add("first", Loss.Cause.PACKETS, 1, 0);
    losses.add("second", Loss.Cause.PACKETS, 1, 1);
    losses.add("first", Loss.Cause.PACKETS, 1, 2);
    for (int i = 0; i < 255; i++) {
      losses.add("made-up-" + i, Loss.Cause.PACKETS, 1, 3 + i);
    }
    assertThat(losses.list())
        .hasSize(256)
        .contains(new Loss("first", Loss.Cause.PACKETS, 2, 2))
        .noneMatch(loss -> loss.from().equals("second"));
  }
}
