package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private boolean hot;

  /** When pictures are taken, in milliseconds, of those of four seconds. */
  private List<Long> taken(double rate) {
    Throttle throttle = new Throttle(() -> hot, rate);
    long period = Math.round(1000 / rate);
    return LongStream.iterate(0, at -> at < 4000, at -> at + period)
        .filter(at -> !throttle.skips(at * 1_000_000))
        .boxed()
        .toList();
  }

  @Test
  void leavesOnePictureASecondWhileTheBoardIsHot() {
    hot = true;
    assertThat(taken(2)).containsExactly(0L, 1000L, 2000L, 3000L);
    assertThat(taken(5)).containsExactly(0L, 1000L, 2000L, 3000L);
  }

  @Test
  void neverLeavesMoreThanASecondBetweenPicturesThatCame() {
    hot = true;
    assertThat(taken(1.5)).hasSize(6);
    assertThat(taken(1)).hasSize(4);
  }

  @Test
  void takesEveryPictureWhileItIsNot() {
    assertThat(taken(2)).hasSize(8);
  }

  @Test
  void takesTheFirstPictureAndSaysThatOthersAreLeftOut() {
    Throttle throttle = new Throttle(() -> hot, 2);
    hot = true;
    assertThat(throttle.skips(5)).isFalse();
    assertThat(throttle.isActive()).isTrue();
    hot = false;
    assertThat(throttle.skips(6)).isFalse();
    assertThat(throttle.isActive()).isFalse();
  }
}
