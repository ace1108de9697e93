package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WavesTest {
  private static final int CELLS = 4;
  private static final int PIXELS = CELLS * CELLS * Fidgets.CELL * Fidgets.CELL;

  private final Waves waves = new Waves(CELLS, CELLS);

  @Test
  void marksWhatIsMixedOfTwoColours() {
    assertThat(waves.mark(mixed(), everywhere())).isTrue();

    assertThat(waves.any()).isTrue();
    assertThat(waves.pixels()).containsOnly(1);
  }

  @Test
  void keepsNoneForTheNextPicture() {
    waves.mark(mixed(), everywhere());

    waves.clear();

    assertThat(waves.any()).isFalse();
    assertThat(waves.pixels()).containsOnly(0);
  }

  private static boolean[] everywhere() {
    boolean[] part = new boolean[CELLS * CELLS];
    Arrays.fill(part, true);
    return part;
  }

  /** From a green to white. */
  private static byte[] mixed() {
    byte[] bgr = new byte[3 * PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      int level = 64 + i % 192;
      bgr[3 * i] = (byte) (level - (255 - level) / 8);
      bgr[3 * i + 1] = (byte) level;
      bgr[3 * i + 2] = (byte) (level - (255 - level) / 6);
    }
    return bgr;
  }
}
