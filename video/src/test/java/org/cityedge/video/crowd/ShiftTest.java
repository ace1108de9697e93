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

  /** Pictures between two displacements, so that each row that is compared may decide. */
  @Test
  void findsTheLeastDifferenceAsASearchOfAllRowsDoes() {
    Random random = new Random(9);
    for (int trial = 0; trial < 40; trial++) {
      byte[] before = picture(0, 0);
      int right = 2 + random.nextInt(8);
      int down = random.nextInt(-9, 8);
      byte[] one = picture(right, down);
      byte[] other = picture(right + 1, down + 1);
      byte[] now = new byte[before.length];
      for (int i = 0; i < now.length; i++) {
        now[i] = random.nextBoolean() ? one[i] : other[i];
      }

      assertThat(Shift.between(before, now, WIDTH))
          .as("trial " + trial)
          .isEqualTo(least(before, now));
    }
  }

  private static Shift least(byte[] before, byte[] now) {
    int least = Integer.MAX_VALUE;
    Shift best = new Shift(0, 0);
    for (int down = -Shift.FARTHEST; down <= Shift.FARTHEST; down++) {
      for (int right = -Shift.FARTHEST; right <= Shift.FARTHEST; right++) {
        int sum = 0;
        for (int y = Shift.FARTHEST; y < HEIGHT - Shift.FARTHEST; y += 8) {
          for (int x = Shift.FARTHEST; x < WIDTH - Shift.FARTHEST; x += 8) {
            int then = before[(y - down) * WIDTH + x - right] & 0xff;
            sum += Math.min(30, Math.abs((now[y * WIDTH + x] & 0xff) - then));
          }
        }
        if (sum < least) {
          least = sum;
          best = new Shift(right, down);
        }
      }
    }
    return best;
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
