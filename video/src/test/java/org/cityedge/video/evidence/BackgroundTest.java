package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.countNonZero;

import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.cityedge.video.Natives;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BackgroundTest {
  private static final long SECOND = 1_000_000_000;

  private final Background background = new Background();
  private long now;

  @BeforeAll
  static void loadOpenCv() {
    Natives.load();
  }

  @AfterEach
  void close() {
    background.close();
  }

  private static Mat street(boolean somebody) {
    Mat picture = new Mat(180, 320, CV_8UC3, new Scalar(90, 95, 100, 0));
    if (somebody) {
      opencv_imgproc.rectangle(
          picture,
          new Point(140, 60),
          new Point(170, 150),
          new Scalar(70, 70, 130, 0),
          opencv_imgproc.FILLED,
          opencv_imgproc.LINE_8,
          0);
    }
    return picture;
  }

  private void learn(int seconds, boolean somebody) {
    try (Mat picture = street(somebody)) {
      for (int i = 0; i < seconds; i++) {
        now += SECOND;
        background.learn(picture, now);
      }
    }
  }

  /** Pixels where somebody is told from what stands still. */
  private int told() {
    try (Mat picture = street(true)) {
      return countNonZero(background.foreground(picture));
    }
  }

  @Test
  void somebodyWhoStandsThereAfterAGapDoesNotBecomeBackground() {
    learn(130, false);
    assertThat(told()).isBetween(1, 320 * 180 / 4);

    now += 590 * SECOND;
    learn(5, true);

    assertThat(background.isLearned()).isTrue();
    assertThat(told()).isPositive();
  }

  /** Nobody can tell yet whether he stays. */
  @Test
  void whoStandsThereFromTheStartIsForegroundForTwoMinutesAsIsEverything() {
    learn(119, true);
    assertThat(background.isLearned()).isTrue();
    assertThat(told()).isEqualTo(320 * 180);
    try (Background copy = background.copy();
        Mat picture = street(false)) {
      assertThat(countNonZero(copy.foreground(picture))).isEqualTo(320 * 180);
    }

    learn(2, true);
    assertThat(told()).isZero();
    try (Background copy = background.copy();
        Mat picture = street(true)) {
      assertThat(countNonZero(copy.foreground(picture))).isZero();
    }
  }

  @Test
  void isLearnedAnewAfterTenMinutesWithoutAPicture() {
    learn(30, false);

    now += 601 * SECOND;
    learn(1, false);
    assertThat(background.isLearned()).isFalse();

    learn(16, false);
    assertThat(background.isLearned()).isTrue();
  }
}
