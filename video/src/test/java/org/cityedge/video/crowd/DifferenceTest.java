package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DifferenceTest {
  private static final int WIDTH = 64;
  private static final int PIXELS = WIDTH * 48;

  /** The same picture everywhere but for the light, and anything in every third pixel. */
  @ParameterizedTest(name = "{0} levels brighter")
  @ValueSource(ints = {-40, -3, 0, 25})
  void isWhatDiffersByMoreThanTwentyLevelsFromTheLightAndIsNotIgnored(int light) {
    Random random = new Random(2);
    byte[] median = new byte[PIXELS];
    byte[] grey = new byte[PIXELS];
    boolean[] ignored = new boolean[PIXELS];
    byte[] differs = new byte[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      median[i] = (byte) (60 + random.nextInt(100));
      int change = i % 3 == 0 ? random.nextInt(-60, 61) : light;
      grey[i] = (byte) ((median[i] & 0xff) + change);
      ignored[i] = random.nextInt(4) == 0;
      differs[i] = (byte) (Math.abs(change - light) > 20 && !ignored[i] ? 1 : 0);
    }
    Difference difference = new Difference(WIDTH, ignored);
    // What was seen before is gone.
    difference.look(new byte[PIXELS], median);

    difference.look(grey, median);

    assertThat(difference.foreground()).isEqualTo(differs);
    double mean = IntStream.range(0, PIXELS).map(i -> grey[i] & 0xff).average().orElseThrow();
    assertThat(difference.brightness()).isEqualTo(mean);
    assertThat(Arrays.equals(differs, new byte[PIXELS])).isFalse();
  }
}
