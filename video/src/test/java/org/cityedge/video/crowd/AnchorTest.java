package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AnchorTest {
  private static final int WIDTH = 160;
  private static final int HEIGHT = 96;
  private static final int MIDDLE = 48 * WIDTH + 80;

  private final Anchor anchor = new Anchor(WIDTH, HEIGHT);
  private final byte[] background = picture(0, 0);

  @Test
  void putsADisplacedPictureWhereItsBackgroundLies() {
    byte[] grey = picture(5, -3);
    byte[] glow = new byte[grey.length];
    glow[MIDDLE - 3 * WIDTH + 5] = 1;

    assertThat(anchor.hold(grey, glow, background)).isTrue();

    // The rim too, where the picture shows nothing: the background stands in.
    assertThat(grey).isEqualTo(background);
    assertThat(glow[MIDDLE]).isEqualTo((byte) 1);
  }

  @Test
  void leavesAPictureAloneInWhichOnlySomethingMoves() {
    byte[] grey = background.clone();
    byte[] aside = picture(5, 0);
    for (int y = 20; y < 60; y++) {
      System.arraycopy(aside, y * WIDTH + 20, grey, y * WIDTH + 20, 50);
    }
    byte[] before = grey.clone();

    assertThat(anchor.hold(grey, new byte[grey.length], background)).isTrue();

    assertThat(grey).isEqualTo(before);
  }

  @Test
  void givesUpABackgroundThatLiesFarAsideTwice() {
    assertThat(anchor.hold(picture(10, 0), new byte[WIDTH * HEIGHT], background)).isTrue();
    assertThat(anchor.hold(picture(1, 0), new byte[WIDTH * HEIGHT], background)).isTrue();
    assertThat(anchor.hold(picture(10, 0), new byte[WIDTH * HEIGHT], background)).isTrue();
    assertThat(anchor.hold(picture(10, 0), new byte[WIDTH * HEIGHT], background)).isFalse();
  }

  private static byte[] picture(int right, int down) {
    byte[] world = new byte[(WIDTH + 32) * (HEIGHT + 32)];
    new Random(7).nextBytes(world);
    byte[] seen = new byte[WIDTH * HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        seen[y * WIDTH + x] = world[(y + 16 - down) * (WIDTH + 32) + x + 16 - right];
      }
    }
    return seen;
  }
}
