package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against a count pixel by pixel. */
class MotionTest {
  private static final int COLUMNS = 5;
  private static final int ROWS = 3;
  private static final int WIDTH = COLUMNS * Fidgets.CELL;
  private static final int HEIGHT = ROWS * Fidgets.CELL;

  private final Random random = new Random(5);
  private final byte[] before = noise(110, 30);
  private final byte[] glowBefore = noise(0, 2);
  private final byte[] now = noise(110, 45);
  private final byte[] glow = noise(0, 2);

  @Test
  void countsInEachCellWhatChangesAndWhatOfThatLitOrWentOut() {
    try (Motion motion = new Motion(COLUMNS, ROWS)) {
      motion.look(before, glowBefore, 0);

      assertThat(motion.look(now, glow, 1_000_000_000)).isTrue();

      int[] changed = new int[COLUMNS * ROWS];
      int[] flickering = new int[COLUMNS * ROWS];
      for (int i = 0; i < now.length; i++) {
        int cell = i / WIDTH / Fidgets.CELL * COLUMNS + i % WIDTH / Fidgets.CELL;
        if (isNew(i % WIDTH, i / WIDTH)) {
          changed[cell]++;
          flickering[cell] += glow[i] == glowBefore[i] ? 0 : 1;
        }
      }
      for (int cell = 0; cell < changed.length; cell++) {
        boolean[] part = new boolean[changed.length];
        part[cell] = true;
        assertThat(changed[cell]).isPositive();
        assertThat(motion.flames(part))
            .as("cell " + cell)
            .isEqualTo((double) flickering[cell] / changed[cell]);
        assertThat(motion.moves(cell))
            .as("cell " + cell)
            .isEqualTo(changed[cell] > 0.05 * Fidgets.CELL * Fidgets.CELL ? 1 : 0);
      }
    }
  }

  /** More than 12 levels outside of what was there and around it. */
  private boolean isNew(int x, int y) {
    int darkest = 255;
    int brightest = 0;
    for (int ny = Math.max(0, y - 1); ny <= Math.min(HEIGHT - 1, y + 1); ny++) {
      for (int nx = Math.max(0, x - 1); nx <= Math.min(WIDTH - 1, x + 1); nx++) {
        int level = before[ny * WIDTH + nx] & 0xff;
        darkest = Math.min(darkest, level);
        brightest = Math.max(brightest, level);
      }
    }
    int level = now[y * WIDTH + x] & 0xff;
    return level > brightest + 12 || level < darkest - 12;
  }

  private byte[] noise(int least, int levels) {
    byte[] noise = new byte[WIDTH * HEIGHT];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) (least + random.nextInt(levels));
    }
    return noise;
  }
}
