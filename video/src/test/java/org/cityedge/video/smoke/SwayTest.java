package org.cityedge.video.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import org.cityedge.video.Natives;
import org.cityedge.video.Scene;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SwayTest {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 176;
  private static final Grid GRID = Grid.of(WIDTH, HEIGHT);

  private final Sway sway = new Sway(GRID);

  @ParameterizedTest(name = "light {0}, fog {1}")
  @CsvSource({"1, 0", "1.1, 0", "0.9, 0", "1, 0.2"})
  void aPictureThatOnlyTheLightChangesLiesStill(double light, double fog) {
    Scene scene = Scene.textured(WIDTH, HEIGHT);

    assertThat(sway.none(still(scene.clear()), still(scene.clear().light(light).fog(fog, 200))))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "0, 1", "-2, 1", "5, -3", "-9, 4"})
  void aPictureThatLiesAsideDoesNot(int right, int down) {
    Scene scene = Scene.textured(WIDTH, HEIGHT);

    assertThat(sway.none(still(scene.clear()), still(scene.clear().shaken(right, down)))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(floats = {0.2f, -0.5f})
  void partsOfAPixelAreSeen(float right) {
    Still before = still(Scene.textured(WIDTH, HEIGHT).clear());
    Still now = new Still(GRID);
    now.displace(before, new Displacement(right, 0));

    assertThat(sway.none(before, now)).isFalse();
  }

  @Test
  void whoWalksThroughAStillPictureDoesNotMoveIt() {
    Scene scene = Scene.textured(WIDTH, HEIGHT);
    Still before = still(scene.clear());
    scene.clear();
    for (int x = 20; x < WIDTH; x += 40) {
      scene.person(x, 150, 90, 60);
    }

    assertThat(sway.none(before, still(scene))).isTrue();
  }

  @Test
  void aBlankPictureTellsNothing() {
    Scene scene = Scene.plain(WIDTH, HEIGHT);

    assertThat(sway.none(still(scene.clear()), still(scene.clear()))).isFalse();
  }

  private static Still still(Scene scene) {
    Natives.load();
    Still still = new Still(GRID);
    try (Eye eye = new Eye(GRID, WIDTH, HEIGHT)) {
      eye.look(scene.frame(0), still);
    }
    return still;
  }
}
