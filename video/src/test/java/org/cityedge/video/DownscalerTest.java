package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DownscalerTest {
  @BeforeAll
  static void loadOpenCv() {
    Natives.load();
  }

  @ParameterizedTest(name = "{0}x{1} to {2}x{3}")
  @CsvSource({
    "640, 360, 480, 272",
    "640, 360, 320, 176",
    "640, 360, 320, 180",
    "360, 640, 176, 320",
    "641, 363, 320, 176",
    "320, 180, 480, 272",
    "64, 36, 64, 36"
  })
  void showsTheSameSceneAtAnotherSize(int fromWidth, int fromHeight, int width, int height) {
    byte[] bgr = new byte[fromWidth * fromHeight * 3];
    for (int i = 0; i < bgr.length; i += 3) {
      bgr[i] = (byte) (200 * (i / 3 % fromWidth) / fromWidth);
      bgr[i + 1] = (byte) (200 * (i / 3 / fromWidth) / fromHeight);
      bgr[i + 2] = (byte) 77;
    }
    try (Downscaler downscaler = new Downscaler(fromWidth, fromHeight, width, height)) {
      Mat scaled = downscaler.scale(new Frame(fromWidth, fromHeight, bgr, 0, Instant.EPOCH));

      assertThat(scaled.cols()).isEqualTo(width);
      assertThat(scaled.rows()).isEqualTo(height);
      byte[] seen = new byte[width * height * 3];
      scaled.data().get(seen);
      for (int y = 0; y < height; y += 7) {
        for (int x = 0; x < width; x += 7) {
          int at = 3 * (y * width + x);
          assertThat(seen[at] & 0xff).isCloseTo(200 * x / width, within(2));
          assertThat(seen[at + 1] & 0xff).isCloseTo(200 * y / height, within(2));
          assertThat(seen[at + 2]).isEqualTo((byte) 77);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"320, 180", "320, 176", "160, 90"})
  void noPixelIsLeftOutWhereItShrinksByMoreThanHalf(int width, int height) {
    int fromWidth = 640;
    int fromHeight = 360;
    byte[] bgr = new byte[fromWidth * fromHeight * 3];
    for (int i = 0; i < bgr.length; i++) {
      // Columns by turns: whoever leaves one out sees black or white, and not their mean.
      bgr[i] = (byte) (i / 3 % 2 == 0 ? 200 : 0);
    }
    try (Downscaler downscaler = new Downscaler(fromWidth, fromHeight, width, height)) {
      Mat scaled = downscaler.scale(new Frame(fromWidth, fromHeight, bgr, 0, Instant.EPOCH));

      byte[] seen = new byte[width * height * 3];
      scaled.data().get(seen);
      for (byte level : seen) {
        assertThat(level & 0xff).isCloseTo(100, within(2));
      }
    }
  }
}
