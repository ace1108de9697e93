package org.cityedge.video.smoke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.cityedge.video.Natives;
import org.cityedge.video.Scene;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EyeTest {
  private static final Grid GRID = Grid.of(320, 176);

  @ParameterizedTest(name = "{0} right, {1} down, light {2}, fog {3}")
  @CsvSource({"0, 0, 1, 0", "5, -3, 1, 0", "-9, 4, 1, 0", "3, 3, 1.3, 0", "-4, 2, 1, 0.6"})
  void findsHowFarAPictureIsDisplacedWhateverTheLight(
      int right, int down, double light, double fog) {
    Natives.load();
    try (Eye eye = new Eye(GRID, 320, 176)) {
      Scene scene = Scene.textured(320, 176);
      Still before = still(eye, scene.clear());
      Still now = still(eye, scene.clear().shaken(right, down).light(light).fog(fog, 200));

      Displacement found = eye.displacement(before.grey, now.grey);

      assertThat(found.right()).isCloseTo(right, within(0.2f));
      assertThat(found.down()).isCloseTo(down, within(0.2f));
      assertThat(found.matters()).isEqualTo(right != 0);
    }
  }

  @Test
  void putsAPictureWhereItWouldLieBetweenPixels() {
    Natives.load();
    try (Eye eye = new Eye(GRID, 320, 176)) {
      Still from = still(eye, Scene.textured(320, 176).clear());
      Still moved = new Still(GRID);

      moved.displace(from, new Displacement(1.5f, -2.5f));

      int here = 100 * GRID.width() + 200;
      int there = 102 * GRID.width() + 198;
      float expected =
          (from.grey[there]
                  + from.grey[there + 1]
                  + from.grey[there + GRID.width()]
                  + from.grey[there + GRID.width() + 1])
              / 4;
      assertThat(moved.grey[here]).isCloseTo(expected, within(0.01f));
      assertThat(moved.mean[GRID.cells() / 2]).isNotEqualTo(from.mean[GRID.cells() / 2]);
    }
  }

  private static Still still(Eye eye, Scene scene) {
    Still still = new Still(GRID);
    eye.look(scene.frame(0), still);
    return still;
  }
}
