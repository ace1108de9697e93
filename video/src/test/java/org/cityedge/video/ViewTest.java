package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.cityedge.video.CameraHealth.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drawn views, a picture a second; what happens begins after 40 s. */
class ViewTest {
  private static final int BEGINS = 40;

  private final Scene scene = Scene.textured(320, 180);
  private final List<State> states = new ArrayList<>();
  private UnaryOperator<Frame> camera = frame -> frame;
  private List<Zone> privacy = List.of();

  /** Of sizes that blocks do not divide, and rows of which eight bytes are no part. */
  @ParameterizedTest(name = "{0}x{1}")
  @CsvSource({"640, 360", "333, 187", "321, 1000", "100, 60", "17, 16"})
  void measuresTheLightBlockByBlock(int width, int height) {
    Random random = new Random(width);
    byte[] bgr = new byte[width * height * 3];
    for (int i = 0; i < bgr.length; i++) {
      bgr[i] = (byte) Math.min(255, 180 + random.nextInt(120));
    }
    double light = 0;
    double glare = 0;
    for (int y = 0; y < 90; y++) {
      for (int x = 0; x < 160; x++) {
        float level = level(bgr, width, height, x, y);
        light += level;
        glare += level >= 250 ? 1 : 0;
      }
    }
    try (View view = new View(List.of())) {
      Sight sight = view.look(new Frame(width, height, bgr, 0, Instant.EPOCH), true);

      assertThat(sight).isEqualTo(Sight.unknown(light / (160 * 90), glare / (160 * 90)));
    }
  }

  private static float level(byte[] bgr, int width, int height, int x, int y) {
    int left = x * width / 160;
    int right = Math.max(left + 1, (x + 1) * width / 160);
    int top = y * height / 90;
    int bottom = Math.max(top + 1, (y + 1) * height / 90);
    int[] sum = new int[3];
    for (int row = top; row < bottom; row++) {
      for (int i = (row * width + left) * 3; i < (row * width + right) * 3; i++) {
        sum[i % 3] += bgr[i] & 0xff;
      }
    }
    return (0.114f * sum[0] + 0.587f * sum[1] + 0.299f * sum[2])
        / ((bottom - top) * (right - left));
  }

  @Test
  void aStreetIsWell() {
    show(
        300,
        (view, t) ->
            view.box(10 + 8 * t % 200, 100, 60, 40, 90)
                .person(150 + 20 * Math.sin(t / 7), 150, 40, 40)
                .sway(200, 20, 300, 80, 2 * Math.sin(t)));
    assertThat(states).isEmpty();
  }

  @Test
  void dusksShadowsAndExposuresAreNoFault() {
    show(600, (view, t) -> view.light(1 - 0.7 * Math.max(0, t) / 600));
    show(150, (view, t) -> view.light(t < 0 ? 1 : 1.35));
    show(150, (view, t) -> view.shadow(160, 80, t < 0 ? 1 : 0.5));
    assertThat(states).isEmpty();
  }

  @Test
  void aLorryThatWaitsBeforeTheCameraIsNoCover() {
    show(120, (view, t) -> view.box(20, 0, t > 0 && t < 40 ? 280 : 0, 180, 120));
    assertThat(states).isEmpty();
  }

  @Test
  void glareBlindsAndGoesAgain() {
    show(90, (view, t) -> view.fog(t > 0 && t < 40 ? 1 : 0, 255));
    assertThat(states).containsExactly(State.BLINDED, State.OK);
  }

  /** Water and sky have no outlines by which anything could be told. */
  @Test
  void glareGoesAlsoWhereNothingElseCanBeTold() {
    show(200, (view, t) -> view.fog(1, t > 0 && t < 40 ? 255 : 70));
    assertThat(states).containsExactly(State.BLINDED, State.OK);
  }

  /** Such as the switch from day to infrared light, while the fog is there. */
  @Test
  void fogLiftsAlsoWhenTheViewWasForgottenInIt() {
    show(
        700,
        (view, t) -> {
          view.fog(t < 300 ? Math.clamp(t / 200, 0, 0.95) : t < 400 ? 0.95 : 0, 190);
          camera = t < 350 ? f -> f : ViewTest::coloured;
        });
    assertThat(states).containsExactly(State.DEGRADED, State.OK);
  }

  @Test
  void aBagCoversAndIsTakenOffAgain() {
    show(240, (view, t) -> view.fog(t > 0 && t < 120 ? 1 : 0, 70));
    assertThat(states).containsExactly(State.COVERED, State.OK);
  }

  @Test
  void fogDegradesAndLifts() {
    show(700, (view, t) -> view.fog(Math.clamp(t < 400 ? t / 200 : (600 - t) / 200, 0, 0.85), 190));
    assertThat(states).containsExactly(State.DEGRADED, State.OK);
  }

  @Test
  void aPushMovesItAndTheNewViewIsAcceptedAfterTenMinutes() {
    show(120, (view, t) -> view.sway(0, 0, 320, 180, t < 0 ? 0 : 12));
    assertThat(states).containsExactly(State.MOVED);
    states.clear();
    show(650, (view, t) -> view.sway(0, 0, 320, 180, t < 0 ? 0 : 12));
    assertThat(states).containsExactly(State.MOVED, State.OK);
  }

  @Test
  void anotherViewIsAMove() {
    BiConsumer<Scene, Double> turned = (view, t) -> camera = t < 0 ? f -> f : ViewTest::upsideDown;
    show(120, turned);
    assertThat(states).containsExactly(State.MOVED);
  }

  @Test
  void windShakesItAndThatIsNoMove() {
    show(300, (view, t) -> view.sway(0, 0, 320, 180, t < 0 ? 0 : 1.5 * Math.sin(5 * t)));
    assertThat(states).isEmpty();
  }

  @Test
  void theSwitchToInfraredIsLearnedAnew() {
    show(
        300,
        (view, t) -> {
          view.light(t < 0 ? 1 : 0.6);
          camera = t < 0 ? ViewTest::coloured : ViewTest::negative;
        });
    assertThat(states).isEmpty();
  }

  @Test
  void nightIsNotJudged() {
    show(300, (view, t) -> view.light(t < 0 ? 1 : 0.15).fog(t < 0 ? 0 : 0.8, 0));
    assertThat(states).isEmpty();
  }

  @Test
  void aPrivacyZoneDoesNotHideACover() {
    privacy = List.of(Cameras.box("house", 0.3, 0.2, 0.7, 0.8));
    camera =
        frame -> {
          new org.cityedge.video.privacy.PrivacyMask(privacy)
              .cover(frame.bgr(), frame.width(), frame.height());
          return frame;
        };
    show(120, (view, t) -> view.fog(t > 0 ? 1 : 0, 70));
    assertThat(states).containsExactly(State.COVERED);
  }

  /** What the zones are to hide lies elsewhere in the new view. */
  @Test
  void withPrivacyZonesAMovedViewIsNeverAcceptedAndTheOldOneIsKnownAgain() {
    privacy = List.of(Cameras.box("house", 0.3, 0.2, 0.5, 0.6));
    show(750, (view, t) -> view.sway(0, 0, 320, 180, t < 0 || t > 700 ? 0 : 12));
    assertThat(states).containsExactly(State.MOVED, State.OK);
  }

  @Test
  void withPrivacyZonesAPictureThatIsCutOtherwiseIsAMoveAndASqueezedOneIsNot() {
    privacy = List.of(Cameras.box("house", 0.3, 0.2, 0.5, 0.6));
    show(60, (_, t) -> camera = t < 0 ? f -> f : f -> fourThirds(f, 240));
    assertThat(states).containsExactly(State.MOVED);
    states.clear();
    show(60, (_, t) -> camera = t < 0 ? f -> f : f -> fourThirds(f, 320));
    assertThat(states).isEmpty();
  }

  @Test
  void withPrivacyZonesAViewThatMovedInInfraredLightIsToldByDay() {
    privacy = List.of(Cameras.box("house", 0.3, 0.2, 0.5, 0.6));
    show(
        160,
        (view, t) -> {
          view.sway(0, 0, 320, 180, t < 80 ? 0 : 12);
          camera = t < 0 || t > 80 ? ViewTest::coloured : ViewTest::negative;
        });
    assertThat(states).containsExactly(State.MOVED);
  }

  @Test
  void withPrivacyZonesAViewThatMovedInTheDarkIsToldInTheMorning() {
    privacy = List.of(Cameras.box("house", 0.3, 0.2, 0.5, 0.6));
    show(
        700,
        (view, t) -> view.sway(0, 0, 320, 180, t < 50 ? 0 : 12).light(t < 0 || t > 620 ? 1 : 0.15));
    assertThat(states).containsExactly(State.MOVED);
  }

  /** Draws {@code seconds} after the beginning; {@code t} is negative before it. */
  private void show(int seconds, BiConsumer<Scene, Double> happens) {
    ViewWatch.Limits limits = ViewWatch.Limits.product();
    ViewWatch watch = new ViewWatch(privacy.isEmpty() ? limits : limits.forPrivacy());
    State before = State.OK;
    try (View view = new View(privacy)) {
      for (double t = -BEGINS; t < seconds; t++) {
        happens.accept(scene.clear(), t);
        Frame frame = camera.apply(scene.frame(t + BEGINS));
        Sight sight = view.look(frame, watch.isClear());
        if (sight != null && watch.saw(sight, frame.nanos())) {
          view.forget();
        }
        if (watch.state() != before) {
          before = watch.state();
          states.add(before);
        }
      }
    }
  }

  private static Frame upsideDown(Frame frame) {
    byte[] bgr = frame.bgr();
    for (int i = 0, j = bgr.length - 1; i < j; i++, j--) {
      byte first = bgr[i];
      bgr[i] = bgr[j];
      bgr[j] = first;
    }
    return frame;
  }

  /** The middle of a frame, so wide, as 240 pixels. */
  private static Frame fourThirds(Frame frame, int wide) {
    byte[] bgr = new byte[240 * frame.height() * 3];
    for (int i = 0; i < bgr.length / 3; i++) {
      int x = (frame.width() - wide) / 2 + i % 240 * wide / 240;
      int from = i / 240 * frame.width() + x;
      System.arraycopy(frame.bgr(), 3 * from, bgr, 3 * i, 3);
    }
    return new Frame(240, frame.height(), bgr, frame.nanos(), frame.at());
  }

  private static Frame coloured(Frame frame) {
    for (int i = 0; i < frame.bgr().length; i += 3) {
      frame.bgr()[i] = (byte) ((frame.bgr()[i] & 0xff) * 3 / 4);
    }
    return frame;
  }

  /** Leaves and cloth that are dark by day are bright in infrared light. */
  private static Frame negative(Frame frame) {
    for (int i = 0; i < frame.bgr().length; i++) {
      frame.bgr()[i] = (byte) (120 - Math.min(120, (frame.bgr()[i] & 0xff)));
    }
    return frame;
  }
}
