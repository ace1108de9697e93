package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.cityedge.video.privacy.PrivacyMask;
import org.junit.jupiter.api.Test;

class ZoneTest {
  private static final int SIDE = 200;

  private static Zone zone(double... points) {
    List<Zone.Point> polygon = new ArrayList<>();
    for (int i = 0; i < points.length; i += 2) {
      polygon.add(new Zone.Point(points[i], points[i + 1]));
    }
    return new Zone("zone", polygon);
  }

  /** Five points, the line goes to every second one: it winds around the middle twice. */
  private static Zone star() {
    double[] points = new double[10];
    for (int i = 0; i < 5; i++) {
      points[2 * i] = 0.5 + 0.45 * Math.sin(4 * Math.PI * i / 5);
      points[2 * i + 1] = 0.5 - 0.45 * Math.cos(4 * Math.PI * i / 5);
    }
    return zone(points);
  }

  @Test
  void leavesNoHoleWhereItsLineGoesAroundAPlaceTwice() {
    assertThat(star().contains(0.5, 0.5)).isTrue();
    assertThat(star().contains(0.5, 0.1)).isTrue();
    assertThat(star().contains(0.5, 0.8)).isFalse();
  }

  @Test
  void holdsBothHalvesOfAFigureOfEightAndNothingBeside() {
    Zone eight = zone(0.1, 0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.9);
    assertThat(eight.contains(0.2, 0.5)).isTrue();
    assertThat(eight.contains(0.8, 0.5)).isTrue();
    assertThat(eight.contains(0.5, 0.2)).isFalse();
    assertThat(eight.contains(0.5, 0.8)).isFalse();
  }

  @Test
  void leavesOutTheBayOfAShapeInEitherDirection() {
    Zone bay = zone(0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.6, 0.9, 0.6, 0.4, 0.4, 0.4, 0.4, 0.9, 0.1, 0.9);
    Zone turned = new Zone("zone", bay.polygon().reversed());
    for (Zone zone : List.of(bay, turned)) {
      assertThat(zone.contains(0.5, 0.7)).isFalse();
      assertThat(zone.contains(0.5, 0.3)).isTrue();
      assertThat(zone.contains(0.2, 0.8)).isTrue();
      assertThat(zone.contains(0.8, 0.8)).isTrue();
    }
  }

  /** The mask covers the edges as well, so it is never less. */
  @Test
  void isCoveredWholeWhereItIsAPrivacyZone() {
    byte[] bgr = new byte[SIDE * SIDE * 3];
    Arrays.fill(bgr, (byte) 1);
    new PrivacyMask(List.of(star())).cover(bgr, SIDE, SIDE);
    int inside = 0;
    int covered = 0;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        boolean black = bgr[(y * SIDE + x) * 3] == 0;
        if (star().contains((x + 0.5) / SIDE, (y + 0.5) / SIDE)) {
          assertThat(black).as("%d, %d", x, y).isTrue();
          inside++;
        }
        covered += black ? 1 : 0;
      }
    }
    // Two pixels along each of its five lines, 0.86 of the side long, at most.
    assertThat(covered - inside).isBetween(0, (int) (2 * 5 * 0.86 * SIDE));
  }
}
