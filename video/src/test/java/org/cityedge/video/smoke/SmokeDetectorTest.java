package org.cityedge.video.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.cityedge.video.Cameras;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.River;
import org.cityedge.video.Scene;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmokeDetectorTest {
  private static final double RATE = 2;

  @ParameterizedTest(name = "opacity {0}, grey {1}, {2}x{3}")
  @CsvSource({
    "0.7, 200, 320, 180",
    "0.7, 30, 320, 180",
    "0.5, 190, 640, 360",
    "0.8, 200, 180, 320"
  })
  void seesPlumeWithinTwentyFrames(double opacity, double grey, int width, int height) {
    Scene scene = Scene.textured(width, height);

    List<Observation> seen =
        watch(
            scene,
            40,
            (s, t) -> {
              if (t >= 12) {
                s.plume(0.4 * width, 0.8 * height, t - 12, opacity, grey);
              }
            });

    assertThat(seen.subList(0, 24)).noneMatch(SmokeDetectorTest::suspicious);
    assertThat(seen.subList(24, 44)).anyMatch(SmokeDetectorTest::suspicious);
    long after = seen.subList(44, 80).stream().filter(SmokeDetectorTest::suspicious).count();
    assertThat(after).as("frames with smoke, of 36").isGreaterThan(18);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 5, 12})
  void seesPlumeAtAnyFrameRate(double rate) {
    Scene scene = Scene.textured(320, 180);
    int suspicious = 0;
    try (SmokeDetector detector = new SmokeDetector(Cameras.watching(Kind.SMOKE))) {
      for (int i = 0; i < 40 * rate; i++) {
        scene.clear().plume(130, 140, i / rate, 0.7, 200);
        suspicious += suspicious(detector.observe(scene.frame(i / rate)).getFirst()) ? 1 : 0;
      }
    }
    assertThat(suspicious / rate).as("seconds with smoke, of 40").isGreaterThan(10);
  }

  @Test
  void isNotFooledByWaves() {
    River river = new River(640, 360);
    try (SmokeDetector detector = new SmokeDetector(Cameras.watching(Kind.SMOKE))) {
      for (int look = 0; look < 80; look++) {
        assertThat(detector.observe(river.frame(look / 2.0)))
            .noneMatch(SmokeDetectorTest::suspicious);
      }
    }
  }

  @ParameterizedTest
  @MethodSource
  void isNotFooledBy(BiConsumer<Scene, Double> story) {
    List<Observation> seen = watch(Scene.textured(320, 180), 40, story);

    long suspicious = seen.stream().filter(SmokeDetectorTest::suspicious).count();
    assertThat(suspicious).as("suspicious frames of " + seen.size()).isLessThan(6);
  }

  static Stream<Arguments> isNotFooledBy() {
    return Stream.of(
        story("an empty scene", (s, t) -> {}),
        story("an exposure step", (s, t) -> s.light(t < 15 ? 1 : 1.35)),
        story("a pumping exposure", (s, t) -> s.light(1 + 0.15 * Math.sin(1.3 * t))),
        story("fog that comes", (s, t) -> s.fog(Math.clamp((t - 10) / 25, 0, 0.7), 200)),
        story("a cloud's shadow", (s, t) -> s.shadow(12 * t - 60, 50, 0.6)),
        story(
            "walkers",
            (s, t) -> {
              for (int k = 0; k < 5; k++) {
                s.person((25 * t + 71 * k) % 400 - 40, 90 + 18 * k, 45, 40 + 30 * k);
              }
            }),
        story(
            "walkers in haze",
            (s, t) -> {
              s.fog(0.5, 150);
              for (int k = 0; k < 6; k++) {
                s.person((25 * t + 61 * k) % 400 - 40, 90 + 15 * k, 45, 50 + 10 * k);
              }
            }),
        story(
            "a grey lorry that parks",
            (s, t) -> s.box(Math.min(170, 25 * t - 200), 80, 80, 55, 150)),
        story("branches in wind", (s, t) -> s.sway(200, 20, 310, 110, 3 * Math.sin(2.1 * t))),
        story(
            "headlights at night",
            (s, t) -> s.light(0.3).box((60 * t) % 380 - 30, 130, 14, 8, 250)),
        story(
            "headlights in damp air",
            (s, t) -> s.light(0.35).glare((45 * t) % 420 - 50, 120, 25, 160)),
        story("a pole that sways", (s, t) -> sway(s, t)),
        story(
            "a pole that sways over a street",
            (s, t) -> sway(s.box((60 * t) % 380 - 30, 100, 50, 30, 170), t)),
        story("a picture too dark to judge", (s, t) -> s.light(0.1).plume(130, 140, t, 0.7, 60)));
  }

  /** Up to 1.6 % of the width, two swings each way. */
  private static void sway(Scene scene, double t) {
    scene.shaken(
        3 * Math.sin(2.7 * t) + 2 * Math.sin(6.9 * t),
        2 * Math.sin(2.3 * t + 2) + Math.sin(7.3 * t));
  }

  @Test
  void seesPlumeFromAPoleThatSways() {
    List<Observation> seen =
        watch(
            Scene.textured(320, 180),
            30,
            (s, t) -> {
              s.plume(130, 140, t, 0.7, 200);
              sway(s, t);
            });

    assertThat(suspiciousIn(seen, 10, 30)).as("of 40 looks").isGreaterThan(24);
  }

  @Test
  void seesSmokeThatIsThereFromTheFirstPictureOn() {
    List<Observation> seen =
        watch(Scene.textured(320, 180), 10, (s, t) -> s.plume(130, 140, t + 20, 0.7, 200));

    // An alert takes 60 % of the looks of six seconds.
    assertThat(suspiciousIn(seen, 3.5, 9.5)).as("of 12 looks").isGreaterThan(8);
  }

  @Test
  void seesSmokeThatCoversMostOfThePicture() {
    List<Observation> seen =
        watch(
            Scene.textured(320, 180),
            20,
            (s, t) -> {
              for (int base = 20; base < 320; base += 50) {
                s.plume(base, 190, t + base, 0.8, 210)
                    .plume(base + 25, 120, t + 2 * base, 0.8, 210);
              }
            });

    assertThat(seen.subList(10, 40)).allMatch(Observation::valid);
    assertThat(suspiciousIn(seen, 5, 20)).as("of 30 looks").isGreaterThan(20);
  }

  @Test
  void losesOnlyTheLooksInWhichTheLightChanges() {
    List<Observation> seen =
        watch(
            Scene.textured(320, 180),
            30,
            (s, t) -> s.plume(130, 140, t, 0.7, 200).light(t < 20 ? 1 : 1.3));

    List<Observation> around = seen.subList(40, 60);
    assertThat(around.subList(0, 2)).noneMatch(Observation::valid);
    assertThat(around.subList(2, 20)).allMatch(Observation::valid);
    assertThat(suspiciousIn(seen, 21, 25)).as("of 8 looks").isGreaterThan(4);
  }

  /** It looks the same, so that an {@code ignore} part must be drawn around a chimney. */
  @Test
  void takesSteamForSmoke() {
    List<Observation> seen =
        watch(Scene.textured(320, 180), 30, (s, t) -> s.plume(200, 90, t + 20, 0.9, 245));

    assertThat(suspiciousIn(seen, 10, 30)).as("of 40 looks").isGreaterThan(24);
  }

  private static long suspiciousIn(List<Observation> seen, double from, double to) {
    return seen.subList((int) (from * RATE), (int) (to * RATE)).stream()
        .filter(SmokeDetectorTest::suspicious)
        .count();
  }

  private static Arguments story(String name, BiConsumer<Scene, Double> story) {
    return Arguments.of(Named.of(name, story));
  }

  @Test
  void saysThatItCannotJudgeYet() {
    List<Observation> seen = watch(Scene.textured(320, 180), 10, (s, t) -> {});

    assertThat(seen.subList(0, 5)).noneMatch(Observation::valid);
    assertThat(seen.subList(6, 20)).allMatch(Observation::valid);
  }

  @Test
  void saysThatItCannotJudgeInTheDark() {
    List<Observation> seen = watch(Scene.textured(320, 180), 10, (s, t) -> s.light(0.1));

    assertThat(seen).noneMatch(Observation::valid);
  }

  @Test
  void cannotJudgeFramesThatComeTooRarely() {
    Scene scene = Scene.textured(320, 180);
    try (SmokeDetector detector = new SmokeDetector(Cameras.watching(Kind.SMOKE))) {
      for (int i = 0; i < 10; i++) {
        assertThat(detector.observe(scene.clear().frame(5 * i)).getFirst().valid()).isFalse();
      }
    }
  }

  @Test
  void givesTheSameObservationsForTheSameFrames() {
    assertThat(plume()).isEqualTo(plume());
  }

  private static List<Observation> plume() {
    return watch(Scene.textured(320, 180), 15, (s, t) -> s.plume(130, 140, t, 0.7, 200));
  }

  @Test
  void learnsAnewWhenThePictureChangesItsSize() {
    Scene small = Scene.textured(320, 180);
    Scene large = Scene.textured(640, 480);
    try (SmokeDetector detector = new SmokeDetector(Cameras.watching(Kind.SMOKE))) {
      for (int i = 0; i < 8; i++) {
        detector.observe(small.clear().frame(i / RATE));
      }
      assertThat(detector.observe(small.clear().frame(4)).getFirst().valid()).isTrue();

      assertThat(detector.observe(large.clear().frame(4.5)).getFirst().valid()).isFalse();
      for (int i = 10; i < 20; i++) {
        detector.observe(large.clear().frame(i / RATE));
      }
      assertThat(detector.observe(large.clear().frame(10)).getFirst().valid()).isTrue();
    }
  }

  @Test
  void reportsSmokeInItsZoneOnly() {
    Scene scene = Scene.textured(320, 180);
    List<Zone> zones =
        List.of(Cameras.box("left", 0, 0, 0.7, 1), Cameras.box("right", 0.75, 0, 1, 1));
    double left = 0;
    double right = 0;
    try (SmokeDetector detector =
        new SmokeDetector(Cameras.watching(zones, List.of(), Kind.SMOKE))) {
      for (int i = 0; i < 40; i++) {
        List<Observation> seen =
            detector.observe(scene.clear().plume(90, 150, i / RATE, 0.7, 200).frame(i / RATE));
        assertThat(seen).extracting(Observation::zone).containsExactly("left", "right");
        left = Math.max(left, seen.getFirst().score());
        right = Math.max(right, seen.getLast().score());
      }
    }
    assertThat(left).isGreaterThan(Observation.SUSPECT);
    assertThat(right).isLessThan(0.1);
  }

  @Test
  void doesNotLookAtIgnoredParts() {
    Scene scene = Scene.textured(320, 180);
    List<Zone> ignore = List.of(Cameras.box("chimney", 0.1, 0, 0.9, 1));
    try (SmokeDetector detector =
        new SmokeDetector(Cameras.watching(List.of(), ignore, Kind.SMOKE))) {
      for (int i = 0; i < 40; i++) {
        Observation seen =
            detector
                .observe(scene.clear().plume(130, 140, i / RATE, 0.7, 200).frame(i / RATE))
                .getFirst();
        assertThat(seen.score()).isLessThan(Observation.SUSPECT);
      }
    }
  }

  @Test
  void tellsWhereAndWhy() {
    Observation seen =
        plume().stream().filter(SmokeDetectorTest::suspicious).findFirst().orElseThrow();

    assertThat(seen.detector()).isEqualTo(SmokeDetector.NAME);
    assertThat(seen.features()).containsKeys("cells", "boiling", "veiled", "drift", "detail");
    assertThat(seen.regions())
        .isNotEmpty()
        .allMatch(r -> r.x() >= 0 && r.y() >= 0 && r.x() + r.width() <= 1.0001);
  }

  private static boolean suspicious(Observation seen) {
    return seen.valid() && seen.score() >= Observation.SUSPECT;
  }

  private static List<Observation> watch(
      Scene scene, int seconds, BiConsumer<Scene, Double> story) {
    List<Observation> seen = new ArrayList<>();
    try (SmokeDetector detector = new SmokeDetector(Cameras.watching(Kind.SMOKE))) {
      for (int i = 0; i < seconds * RATE; i++) {
        story.accept(scene.clear(), i / RATE);
        seen.addAll(detector.observe(scene.frame(i / RATE)));
      }
    }
    return seen;
  }
}
