package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.cityedge.video.Cameras;
import org.cityedge.video.Natives;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drawn views; recordings are {@link SameViewIT}'s. */
class SameViewTest {
  /** The analysed stream shows this part of what the sensor sees. */
  private static final double EDGE = 0.1;

  private static final double SIDE = 0.8;

  private final Background ground = new Background();
  private Mat sensor = new Mat();

  @BeforeAll
  static void loadOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void learns() {
    sensor = OtherStream.view(1);
    try (PointerScope _ = new PointerScope()) {
      ground.learn(shown(EDGE, EDGE, SIDE), 0);
    }
  }

  @AfterEach
  void close() {
    ground.close();
    sensor.close();
  }

  private Mat shown(double x, double y, double side) {
    return OtherStream.part(sensor, x, y, side, side, 640);
  }

  private boolean recognises(Mat picture, Zone... privacy) {
    SameView view = new SameView(ground, List.of(privacy));
    view.look(picture);
    return view.isRecognised();
  }

  @Test
  void recognisesItsViewInAnotherSizeLightAndQuality() {
    try (PointerScope _ = new PointerScope()) {
      Mat large = OtherStream.part(sensor, EDGE, EDGE, SIDE, SIDE, 1280);
      assertThat(recognises(large)).isTrue();
      assertThat(recognises(OtherStream.tuned(large, 0.5, 60, 20))).isTrue();
      Mat squeezed = new Mat();
      opencv_imgproc.resize(large, squeezed, new Size(704, 576));
      assertThat(recognises(squeezed)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.12, 0.12, 0.76",
    "0.10, 0.10, 0.76",
    "0.14, 0.14, 0.76",
    "0.14, 0.14, 0.72",
    "0.18, 0.18, 0.64",
    "0.08, 0.08, 0.84",
    "0.10, 0.14, 0.80",
    "0.14, 0.10, 0.80",
    "0.18, 0.10, 0.80"
  })
  void doesNotRecogniseACropOrAShiftByATwentiethAndMore(double x, double y, double side) {
    try (PointerScope _ = new PointerScope()) {
      assertThat(recognises(shown(x, y, side))).isFalse();
    }
  }

  @Test
  void doesNotRecogniseOneThatIsCutToAnotherShape() {
    try (PointerScope _ = new PointerScope()) {
      Mat cut = new Mat(shown(EDGE, EDGE, SIDE), new Rect(80, 0, 480, 360));
      assertThat(recognises(cut)).isFalse();
    }
  }

  @Test
  void doesNotRecogniseAnotherPlace() {
    try (PointerScope _ = new PointerScope()) {
      assertThat(recognises(OtherStream.view(2))).isFalse();
    }
  }

  /** The camera writes its name and the time into all of its streams, at the same places. */
  @Test
  void textThatIsTheSameInBothDoesNotMakeThemTheSameView() {
    try (PointerScope _ = new PointerScope()) {
      Mat analysed = shown(EDGE, EDGE, SIDE);
      Mat other = shown(0.14, 0.14, 0.72);
      for (Mat picture : List.of(analysed, other)) {
        EvidenceIT.stripes(picture, new Rect(10, 10, 300, 24));
        EvidenceIT.stripes(picture, new Rect(400, 330, 200, 24));
      }
      try (Background written = new Background()) {
        written.learn(analysed, 0);
        SameView view = new SameView(written, List.of());
        view.look(other);
        assertThat(view.isRecognised()).isFalse();
      }
    }
  }

  @Test
  void recognisesNothingWhereThereIsNothingToGoBy() {
    try (PointerScope _ = new PointerScope();
        Background wall = new Background()) {
      Mat flat = new Mat(360, 640, opencv_core.CV_8UC3, Scalar.all(120));
      wall.learn(flat, 0);
      SameView view = new SameView(wall, List.of());
      view.look(flat);
      assertThat(view.isRecognised()).isFalse();
    }
  }

  @Test
  void recognisesNothingBeforeTheFirstLook() {
    try (PointerScope _ = new PointerScope()) {
      assertThat(new SameView(ground, List.of()).isRecognised()).isFalse();
    }
  }

  /** The ground is black there, the other stream's pictures are not. */
  @Test
  void goesByWhatIsOutsideOfPrivacyZones() {
    Zone houses = Cameras.box("houses", 0, 0, 1, 0.3);
    try (PointerScope _ = new PointerScope();
        Background covered = new Background()) {
      Mat analysed = shown(EDGE, EDGE, SIDE);
      new Mat(analysed, new Rect(0, 0, 640, 108)).put(Scalar.BLACK);
      covered.learn(analysed, 0);
      SameView same = new SameView(covered, List.of(houses));
      same.look(shown(EDGE, EDGE, SIDE));
      assertThat(same.isRecognised()).isTrue();
      SameView cropped = new SameView(covered, List.of(houses));
      cropped.look(shown(0.12, 0.12, 0.76));
      assertThat(cropped.isRecognised()).isFalse();
    }
  }

  /** Two looks of three would outvote the third, and eight of ten the rest. */
  @ParameterizedTest
  @CsvSource({
    "0.25, 0.25, 0.50, 5",
    "0.14, 0.14, 0.72, 8",
    "0.12, 0.12, 0.76, 7",
    "0.20, 0.10, 0.80, 7"
  })
  void doesNotRecogniseAViewThatChangesAmongTheLooks(double x, double y, double side, int first) {
    try (PointerScope _ = new PointerScope()) {
      SameView view = new SameView(ground, List.of());
      for (int i = 0; i < 10; i++) {
        view.look(i < first ? shown(EDGE, EDGE, SIDE) : shown(x, y, side));
      }
      assertThat(view.isRecognised()).isFalse();
      SameView place = new SameView(ground, List.of());
      for (int i = 0; i < 10; i++) {
        place.look(i < first ? shown(EDGE, EDGE, SIDE) : OtherStream.view(51));
      }
      assertThat(place.isRecognised()).isFalse();
    }
  }

  @Test
  void doesNotRecogniseItsViewAgainAfterItWasAnother() {
    try (PointerScope _ = new PointerScope()) {
      SameView view = new SameView(ground, List.of());
      for (int i = 0; i < 20; i++) {
        view.look(i == 8 || i == 9 ? shown(0.2, 0.1, SIDE) : shown(EDGE, EDGE, SIDE));
      }
      assertThat(view.isRecognised()).isFalse();
    }
  }

  /** Only the text is found again; nothing contradicts it where there is nothing but lamps. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 4, 8, 12})
  void doesNotRecogniseAnotherNightByTheTextInIt(int lamps) {
    for (int seed = 1; seed <= 8; seed++) {
      try (PointerScope _ = new PointerScope();
          Background dark = new Background()) {
        dark.learn(OtherStream.text(night(seed, lamps)), 0);
        Mat place = OtherStream.text(night(seed + 1000, lamps));
        Mat half = OtherStream.part(night(seed, lamps), 0.25, 0.25, 0.5, 0.5, 640);
        for (Mat other : List.of(place, OtherStream.text(half))) {
          SameView view = new SameView(dark, List.of());
          for (int i = 0; i < 8; i++) {
            view.look(OtherStream.tuned(other, 1, 0, 70));
          }
          assertThat(view.isRecognised()).isFalse();
        }
      }
    }
  }

  @Test
  void recognisesANightWithLampsAllOverIt() {
    try (PointerScope _ = new PointerScope();
        Background dark = new Background()) {
      dark.learn(OtherStream.text(night(1, 60)), 0);
      SameView view = new SameView(dark, List.of());
      view.look(OtherStream.tuned(OtherStream.text(night(1, 60)), 1, 0, 70));
      assertThat(view.isRecognised()).isTrue();
    }
  }

  private static Mat night(int seed, int lamps) {
    Mat night = new Mat(360, 640, opencv_core.CV_8UC3, Scalar.all(16));
    Random random = new Random(seed);
    for (int i = 0; i < lamps; i++) {
      opencv_imgproc.circle(
          night,
          new Point(random.nextInt(640), 60 + random.nextInt(240)),
          3 + random.nextInt(5),
          Scalar.all(120 + random.nextInt(120)),
          opencv_imgproc.FILLED,
          opencv_imgproc.LINE_8,
          0);
    }
    opencv_imgproc.GaussianBlur(night, night, new Size(5, 5), 0);
    return night;
  }

  /** 0.06 puts the corners off by 0.03 of the width. */
  @ParameterizedTest
  @ValueSource(doubles = {0.06, 0.08, 0.12, -0.04, -0.05, -0.08})
  void doesNotRecogniseAViewWhoseLensIsCorrectedInOneStreamOnly(double bent) {
    try (PointerScope _ = new PointerScope()) {
      assertThat(recognises(OtherStream.bent(shown(EDGE, EDGE, SIDE), bent))).isFalse();
    }
  }

  @Test
  void looksTogetherSeePastWhatMoves() {
    try (PointerScope _ = new PointerScope()) {
      SameView view = new SameView(ground, List.of());
      for (int i = 0; i < 8; i++) {
        Mat picture = shown(EDGE, EDGE, SIDE);
        // A half of the picture is hidden at a time.
        Mat other = OtherStream.view(10 + i);
        Rect half = new Rect(i % 2 * 320, 0, 320, 360);
        new Mat(other, half).copyTo(new Mat(picture, half));
        view.look(picture);
      }
      assertThat(view.isRecognised()).isTrue();
    }
  }
}
