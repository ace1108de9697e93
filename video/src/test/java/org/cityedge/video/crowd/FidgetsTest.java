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

  @Test
  void forgetsWhatMovedMoreThanTenSecondsAgo() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    int look = 0;
    for (; look < 20; look++) {
      look(fidgets, SIZE, look, look);
    }
    assertThat(dense(fidgets)).isGreaterThan(70);
    for (; look < 50; look++) {
      look(fidgets, SIZE, 5, look);
    }
    assertThat(dense(fidgets)).isZero();
    assertThat(fidgets.flames()).isZero();
    for (; look < 70; look++) {
      look(fidgets, SIZE, look, look);
    }
    assertThat(dense(fidgets)).isGreaterThan(70);
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
      byte[] grey = picture(textured, jitters ? look : 5);
      fidgets.look(grey, glow(grey, red), look * 500_000_000L);
    }
    return dense(fidgets);
  }

  private static void look(Fidgets fidgets, int textured, int seed, int number) {
    byte[] grey = picture(textured, seed);
    fidgets.look(grey, glow(grey, 256), number * 500_000_000L);
  }

  private static byte[] picture(int textured, int seed) {
    byte[] grey = new byte[SIZE * SIZE];
    Random random = new Random(seed);
    for (int block = 0; block < textured * textured / 16; block++) {
      byte value = (byte) (40 + random.nextInt(170));
      int left = block % (textured / 4) * 4;
      int top = block / (textured / 4) * 4;
      for (int i = 0; i < 16; i++) {
        grey[(top + i / 4) * SIZE + left + i % 4] = value;
      }
    }
    return grey;
  }

  private static long dense(Fidgets fidgets) {
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
