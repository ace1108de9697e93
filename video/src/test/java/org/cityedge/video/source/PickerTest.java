package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.cityedge.video.Sampling;
import org.junit.jupiter.api.Test;

/** Times in seconds. */
class PickerTest {
  private final Picker picker = new Picker(Sampling.rate(2));

  @Test
  void picksTwoASecondFromTwentyFive() {
    assertThat(picked(250, i -> i / 25.0)).hasSize(20).startsWith(0.0, 0.52, 1.0, 1.52, 2.0);
  }

  @Test
  void losesAtMostOneOfAStreamAtThatRateToAnUnevenNetwork() {
    Random random = new Random(1);
    assertThat(picked(1_000, i -> i * 0.5 + random.nextDouble() * 0.2)).hasSizeBetween(999, 1_000);
  }

  @Test
  void takesAllOfASlowerStream() {
    assertThat(picked(20, i -> i * 1.7)).hasSize(20);
  }

  @Test
  void goesOnAfterAGap() {
    assertThat(picked(100, i -> i < 50 ? i / 25.0 : 60 + i / 25.0).stream().filter(t -> t > 60))
        .startsWith(62.0, 62.04, 62.52, 63.0, 63.52);
  }

  @Test
  void goesOnWhenTheClockIsSetBack() {
    assertThat(
            picked(100, i -> i < 50 ? 1_000 + i / 25.0 : i / 25.0).stream().filter(t -> t < 1_000))
        .containsExactly(2.0, 2.52, 3.0, 3.52);
  }

  private List<Double> picked(int pictures, IntToDoubleFunction time) {
    List<Double> picked = new ArrayList<>();
    IntStream.range(0, pictures).mapToDouble(time).filter(picker::takes).forEach(picked::add);
    return picked;
  }
}
