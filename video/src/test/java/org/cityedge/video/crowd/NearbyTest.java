package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
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

  /** The third look is kept in the memory of the first. */
  @Test
  void anEmptyLookIsAnEmptyRoadWhateverWasThereBefore() {
    look(100, 0);
    look(100, 0.5);
    nearby.shares(new short[SIZE * SIZE], List.of(), TALL, 1_000_000_000);

    assertThat(look(100, 1.5)).isZero();
  }

  /** People are taller further down, so that rows reach farther; and some lie at each border. */
  @Test
  void sharesAreThoseOfASearchAroundEachPixel() {
    Random random = new Random(4);
    Perspective street = new Perspective(0.1, 0.3, true);
    for (int trial = 0; trial < 20; trial++) {
      short[] before = new short[SIZE * SIZE];
      box(before, random);
      box(before, random);
      short[] now = new short[SIZE * SIZE];
      Blob blob = box(now, random);
      nearby.forget();
      nearby.shares(before, List.of(blob), street, 0);

      double share = nearby.shares(now, List.of(blob), street, 500_000_000)[0];

      assertThat(share)
          .as("trial " + trial)
          .isEqualTo(blob.share(now, SIZE, 1, pixel -> isNear(before, pixel, street)));
    }
  }

  private static boolean isNear(short[] before, int pixel, Perspective perspective) {
    int x = pixel % SIZE;
    int y = pixel / SIZE;
    int reach = (int) Math.round(0.5 * perspective.height(y, SIZE));
    for (int ny = Math.max(0, y - reach); ny <= Math.min(SIZE - 1, y + reach); ny++) {
      for (int nx = Math.max(0, x - reach); nx <= Math.min(SIZE - 1, x + reach); nx++) {
        if (before[ny * SIZE + nx] != 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** Somewhere, often at a border. */
  private static Blob box(short[] label, Random random) {
    int width = 5 + random.nextInt(20);
    int height = 5 + random.nextInt(40);
    int x = Math.clamp(random.nextInt(-SIZE / 4, SIZE * 5 / 4), 0, SIZE - width);
    int y = Math.clamp(random.nextInt(-SIZE / 4, SIZE * 5 / 4), 0, SIZE - height);
    for (int row = y; row < y + height; row++) {
      Arrays.fill(label, row * SIZE + x, row * SIZE + x + width, (short) 1);
    }
    return new Blob(x, y, width, height, width * height);
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
