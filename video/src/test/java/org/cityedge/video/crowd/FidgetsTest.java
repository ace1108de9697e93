package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FidgetsTest {
  private static final int SIZE = 160;

  @Test
  void seesTextureThatKeepsMoving() {
    assertThat(denseCells(SIZE, true)).isGreaterThan(70);
  }

  @Test
  void doesNotCountTextureThatIsStill() {
    assertThat(denseCells(SIZE, false)).isZero();
  }

  @Test
  void doesNotCountALoneBush() {
    assertThat(denseCells(48, true)).isZero();
  }

  @Test
  void doesNotCountFlames() {
    assertThat(denseCells(SIZE, true, 125)).isZero();
  }

  /** A square of strong texture at the top left, jittering or not, on a flat ground. */
  private static long denseCells(int textured, boolean jitters) {
    return denseCells(textured, jitters, 256);
  }

  /**
   * @param red grey level from which a pixel has the colour of a flame; 256 for none
   */
  private static long denseCells(int textured, boolean jitters, int red) {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 12; look++) {
      byte[] grey = new byte[SIZE * SIZE];
      Random random = new Random(jitters ? look : 5);
      for (int block = 0; block < textured * textured / 16; block++) {
        byte value = (byte) (40 + random.nextInt(170));
        int left = block % (textured / 4) * 4;
        int top = block / (textured / 4) * 4;
        for (int i = 0; i < 16; i++) {
          int x = left + i % 4;
          grey[(top + i / 4) * SIZE + x] = value;
        }
      }
      fidgets.look(grey, glow(grey, red), look * 500_000_000L);
    }
    return IntStream.range(0, fidgets.columns() * fidgets.rows()).filter(fidgets::dense).count();
  }

  private static byte[] glow(byte[] grey, int red) {
    byte[] glow = new byte[grey.length];
    for (int i = 0; i < glow.length; i++) {
      glow[i] = (byte) ((grey[i] & 0xff) >= red ? 1 : 0);
    }
    return glow;
  }
}
