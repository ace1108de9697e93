package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FidgetsTest {
  private static final int SIZE = 160;

  /** As the detector keeps it: who moves is a part of it as well. */
  private final MedianBackground background = new MedianBackground(SIZE * SIZE);

  private void look(Fidgets fidgets, byte[] grey, byte[] glow, byte[] bgr, int number) {
    long nanos = number * 500_000_000L;
    background.learn(grey, new byte[grey.length], nanos);
    fidgets.look(grey, glow, background, bgr, nanos);
  }

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
  void doesNotCountWhatIsRenewedEachSecondInTwoColours() {
    assertThat(denseCells(FidgetsTest::mixed)).isZero();
  }

  @Test
  void seesWhatIsRenewedEachSecondInManyColours() {
    assertThat(denseCells(FidgetsTest::clothed)).isGreaterThan(70);
  }

  /** People who stay where they are and turn, in two colours: one block in four is another. */
  @Test
  void seesWhatMostlyStaysInTwoColours() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 12; look++) {
      byte[] grey = picture(SIZE, 5);
      byte[] other = picture(SIZE, look + 100);
      for (int i = 0; i < grey.length; i++) {
        grey[i] = i / 4 % 4 == i / SIZE / 4 % 4 ? other[i] : grey[i];
      }
      look(fidgets, grey, new byte[grey.length], mixed(grey), look);
    }
    assertThat(dense(fidgets)).isGreaterThan(70);
  }

  /** A scene that is still, behind flakes that cover a sixth of it, each look others. */
  private static byte[] snowed(byte[] scene, int seed) {
    byte[] grey = scene.clone();
    Random random = new Random(seed);
    for (int flake = 0; flake < SIZE * SIZE / 24; flake++) {
      int at = random.nextInt(SIZE * (SIZE - 1) - 1);
      for (int i : new int[] {at, at + 1, at + SIZE, at + SIZE + 1}) {
        grey[i] = (byte) 235;
      }
    }
    return grey;
  }

  @Test
  void countsNoCrowdInSnow() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 24; look++) {
      byte[] grey = snowed(picture(SIZE, 5), look);
      look(fidgets, grey, new byte[grey.length], colourless(grey), look);
    }
    assertThat(dense(fidgets)).isZero();
    assertThat(fidgets.undecided()).isFalse();
    assertThat(fidgets.snows()).isTrue();
  }

  @Test
  void darkTrafficBeforeASceneInSnowIsNoCrowd() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 24; look++) {
      byte[] grey = snowed(picture(SIZE, 5), look);
      look(fidgets, grey, new byte[grey.length], colourless(grey), look);
    }
    for (int look = 24; look < 34; look++) {
      byte[] grey = traffic(snowed(picture(SIZE, 5), look), look);
      look(fidgets, grey, new byte[grey.length], colourless(grey), look);
      assertThat(dense(fidgets)).as("look " + look).isZero();
    }
  }

  @Test
  void aCrowdThatHidesMoreThanSnowDoesIsCountedAtOnce() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    int look = 0;
    for (; look < 24; look++) {
      byte[] grey = snowed(picture(SIZE, 5), look);
      look(fidgets, grey, new byte[grey.length], colourless(grey), look);
    }
    assertThat(fidgets.snows()).isTrue();
    byte[] grey = snowed(picture(SIZE, look + 100), look);
    look(fidgets, grey, new byte[grey.length], colourless(grey), look);
    assertThat(dense(fidgets)).isGreaterThan(70);
  }

  /** Dark bands over a quarter of the picture, which move on. */
  private static byte[] traffic(byte[] grey, int look) {
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (i / SIZE + 7 * look) % 40 < 10 ? (byte) 20 : grey[i];
    }
    return grey;
  }

  @Test
  void countsACrowdInSnow() {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 24; look++) {
      byte[] grey = snowed(picture(SIZE, look + 100), look);
      look(fidgets, grey, new byte[grey.length], colourless(grey), look);
    }
    assertThat(dense(fidgets)).isGreaterThan(70);
    assertThat(fidgets.snows()).isFalse();
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
  private long denseCells(int textured, boolean jitters) {
    return denseCells(textured, jitters, 256);
  }

  /**
   * @param red grey level from which a pixel has the colour of a flame; 256 for none
   */
  private long denseCells(int textured, boolean jitters, int red) {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 12; look++) {
      byte[] grey = picture(textured, jitters ? look : 5);
      look(fidgets, grey, glow(grey, red), colourless(grey), look);
    }
    return dense(fidgets);
  }

  private long denseCells(UnaryOperator<byte[]> coloured) {
    Fidgets fidgets = new Fidgets(SIZE, SIZE);
    for (int look = 0; look < 12; look++) {
      byte[] grey = picture(SIZE, look);
      look(fidgets, grey, new byte[grey.length], coloured.apply(grey), look);
    }
    return dense(fidgets);
  }

  private static byte[] colourless(byte[] grey) {
    byte[] bgr = new byte[3 * grey.length];
    for (int i = 0; i < bgr.length; i++) {
      bgr[i] = grey[i / 3];
    }
    return bgr;
  }

  /** From a green to a grey, as waves mirror the sky. */
  private static byte[] mixed(byte[] grey) {
    byte[] bgr = new byte[3 * grey.length];
    for (int i = 0; i < grey.length; i++) {
      int level = grey[i] & 0xff;
      bgr[3 * i] = (byte) (level - (255 - level) / 8);
      bgr[3 * i + 1] = grey[i];
      bgr[3 * i + 2] = (byte) (level - (255 - level) / 6);
    }
    return bgr;
  }

  /** Each block in a hue of its own. */
  private static byte[] clothed(byte[] grey) {
    byte[] bgr = colourless(grey);
    for (int i = 0; i < grey.length; i++) {
      int block = i / SIZE / 4 * 31 + i % SIZE / 4;
      bgr[3 * i + block * 7 % 3] = (byte) ((grey[i] & 0xff) / 2);
    }
    return bgr;
  }

  private void look(Fidgets fidgets, int textured, int seed, int number) {
    byte[] grey = picture(textured, seed);
    look(fidgets, grey, glow(grey, 256), colourless(grey), number);
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
