package org.cityedge.video.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
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

  /** Meadow, gravel, leaves: what lies aside by more than a stalk looks like any other place. */
  @ParameterizedTest
  @CsvSource({"6, 4", "9, 4", "0, 8", "11, 3"})
  void aFineTextureThatLiesFarAsideDoesNot(int right, int down) {
    Random random = new Random(7);
    float[] meadow = new float[(WIDTH + 32) * (HEIGHT + 32)];
    for (int i = 0; i < meadow.length; i++) {
      meadow[i] = 120 + 40 * (float) random.nextGaussian();
    }

    assertThat(sway.none(part(meadow, 16, 16), part(meadow, 16 - right, 16 - down))).isFalse();
    assertThat(sway.none(part(meadow, 16, 16), part(meadow, 16, 16))).isTrue();
  }

  /** Smoothed, as a lens does. */
  private static Still part(float[] picture, int left, int top) {
    int stride = WIDTH + 32;
    Still still = new Still(GRID);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        float sum = 0;
        for (int i = 0; i < 9; i++) {
          sum += picture[(top + y + i / 3) * stride + left + x + i % 3];
        }
        still.grey[y * WIDTH + x] = sum / 9;
      }
    }
    still.measure();
    return still;
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
    for (int x = 20; x < WIDTH; x += 80) {
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
