package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ShiftTest {
  private static final int WIDTH = 160;
  private static final int HEIGHT = 96;

  @Test
  void findsADisplacementOfTheWholePicture() {
    assertThat(Shift.between(picture(0, 0), picture(5, -3), WIDTH)).isEqualTo(new Shift(5, -3));
  }

  @Test
  void findsNoneInTheSamePicture() {
    assertThat(Shift.between(picture(0, 0), picture(0, 0), WIDTH)).isEqualTo(new Shift(0, 0));
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
