package org.cityedge.video.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.Test;

class PrivacyMaskTest {
  @Test
  void blackensEveryPixelThatTheZoneTouches() {
    // 10 x 10 pixels: from x 2.5 to 5.5, from y 2.5 to 4.5.
    List<Zone.Point> box =
        List.of(
            new Zone.Point(0.25, 0.25),
            new Zone.Point(0.55, 0.25),
            new Zone.Point(0.55, 0.45),
            new Zone.Point(0.25, 0.45));
    assertThat(covered(box, 10, 10))
        .isEqualTo(
            """
            ..........
            ..........
            ..####....
            ..####....
            ..####....
            ..........
            ..........
            ..........
            ..........
            ..........
            """);
  }

  @Test
  void coversSlantedEdgesAndLeavesTheConcavePartOpen() {
    List<Zone.Point> vee =
        List.of(
            new Zone.Point(0, 0),
            new Zone.Point(0.5, 0.8),
            new Zone.Point(1, 0),
            new Zone.Point(0.5, 1));
    assertThat(covered(vee, 10, 10))
        .isEqualTo(
            """
            #........#
            ##......##
            .#......##
            .##....##.
            ..##..###.
            ..##..##..
            ...#####..
            ...####...
            ....###...
            ....##....
            """);
  }

  /** Around a box and once more around its middle, drawn in one go. */
  @Test
  void leavesNoHoleWhereALineGoesAroundAPlaceTwice() {
    List<Zone.Point> loop =
        List.of(
            new Zone.Point(0.11, 0.11),
            new Zone.Point(0.89, 0.11),
            new Zone.Point(0.89, 0.89),
            new Zone.Point(0.11, 0.89),
            new Zone.Point(0.11, 0.11),
            new Zone.Point(0.3, 0.3),
            new Zone.Point(0.7, 0.3),
            new Zone.Point(0.7, 0.7),
            new Zone.Point(0.3, 0.7),
            new Zone.Point(0.3, 0.3));
    // From pixel 4.4 to 35.6 each way.
    assertThat(covered(loop, 40, 40).chars().filter(c -> c == '.').count())
        .isEqualTo(40 * 40 - 32 * 32);
  }

  @Test
  void followsAChangeOfSize() {
    PrivacyMask mask = new PrivacyMask(List.of(Zone.FRAME));
    for (int side : new int[] {16, 32, 20}) {
      byte[] bgr = new byte[side * side * 3];
      Arrays.fill(bgr, (byte) 9);
      mask.cover(bgr, side, side);
      assertThat(bgr).containsOnly(0);
    }
  }

  private static String covered(List<Zone.Point> polygon, int width, int height) {
    byte[] bgr = new byte[width * height * 3];
    Arrays.fill(bgr, (byte) 9);
    new PrivacyMask(List.of(new Zone("house", polygon))).cover(bgr, width, height);
    StringBuilder text = new StringBuilder();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        text.append(bgr[(y * width + x) * 3] == 0 ? '#' : '.');
      }
      text.append('\n');
    }
    return text.toString();
  }
}
