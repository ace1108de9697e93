package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A blob 8 wide and 20 high, as a person is, who would be 20 high at any place. */
class NearbyTest {
  private static final int SIZE = 200;
  private static final Perspective TALL = new Perspective(0.1, 0.1, true);

  private final Nearby nearby = new Nearby(SIZE, SIZE);

  @ParameterizedTest(name = "{0} pixels in {1} s")
  @CsvSource({
    "0, 0.5, 1",
    "10, 0.5, 1", // half a height: a brisk walk
    "14, 0.5, 0.5",
    "40, 0.5, 0",
    "20, 1, 1",
    "40, 1, 0",
    "60, 2, 1" // nobody knows
  })
  void tellsHowMuchWasNear(int pixels, double seconds, double share) {
    look(20, 0);

    assertThat(look(20 + pixels, seconds)).isCloseTo(share, within(0.01));
  }

  @Test
  void comparesWithALookOfHalfASecondAgoHoweverOftenItLooks() {
    // 30 pixels in half a second, a length of its own in each look.
    for (int i = 0; i < 3; i++) {
      look(20 + 12 * i, i * 0.2);
    }
    assertThat(look(56, 0.6)).isZero();
  }

  @Test
  void knowsNothingAfterForgetting() {
    look(20, 0);
    nearby.forget();

    assertThat(look(100, 0.5)).isEqualTo(1);
  }

  @Test
  void anEmptyLookIsAnEmptyRoad() {
    assertThat(nearby.shares(new short[SIZE * SIZE], List.of(), TALL, 0)).isEmpty();

    assertThat(look(100, 0.5)).isZero();
  }

  private double look(int left, double seconds) {
    short[] label = new short[SIZE * SIZE];
    for (int y = 100; y < 120; y++) {
      for (int x = left; x < left + 8; x++) {
        label[y * SIZE + x] = 1;
      }
    }
    Blob blob = new Blob(left, 100, 8, 20, 160);
    return nearby.shares(label, List.of(blob), TALL, Math.round(seconds * 1e9))[0];
  }
}
