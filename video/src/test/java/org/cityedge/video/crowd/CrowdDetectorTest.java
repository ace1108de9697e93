package org.cityedge.video.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.River;
import org.cityedge.video.Scene;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CrowdDetectorTest {
  private static final double RATE = 2;

  @ParameterizedTest(name = "{0} people in {1}x{2}")
  @CsvSource({"0, 640, 360", "3, 640, 360", "12, 640, 360", "25, 640, 360", "8, 360, 640"})
  void countsWalkersWithinABand(int people, int width, int height) {
    Observation seen =
        last(Cameras.watching(Kind.CROWD), Scene.plain(width, height), walkers(people));

    assertThat(seen.valid()).isTrue();
    double count = seen.persons().orElseThrow();
    assertThat(count).isBetween(people * 0.6 - 1, people * 1.5 + 1);
    assertThat(seen.features().get("persons_low")).isLessThanOrEqualTo(count);
    assertThat(seen.features().get("persons_high")).isGreaterThanOrEqualTo(count);
    assertThat(seen.score()).isGreaterThanOrEqualTo(Observation.SUSPECT);
  }

  @Test
  void tellsTheDensityWhereTheGroundIsMeasured() {
    Zone lower =
        new Zone(
            "lower",
            List.of(
                new Zone.Point(0, 0.5),
                new Zone.Point(1, 0.5),
                new Zone.Point(1, 1),
                new Zone.Point(0, 1)));
    CameraConfig bare = Cameras.watching(List.of(lower), List.of(), Kind.CROWD);
    Observation seen =
        last(Cameras.above(bare, Cameras.FROM_ABOVE), Scene.plain(640, 360), walkers(12));
    Observation without = last(bare, Scene.plain(640, 360), walkers(12));

    double persons = seen.persons().orElseThrow();
    assertThat(persons).isPositive().isEqualTo(without.persons().orElseThrow());
    assertThat(seen.features().get("area_m2")).isCloseTo(100, within(0.5));
    assertThat(seen.features().get(Observation.DENSITY)).isCloseTo(persons / 100, within(0.001));
    assertThat(without.features()).doesNotContainKeys("area_m2", Observation.DENSITY);
  }

  /** Feet in five rows, as tall as the detector assumes there, each at its own pace. */
  private static BiConsumer<Scene, Double> walkers(int people) {
    return (scene, t) -> {
      for (int k = 0; k < people; k++) {
        double feet = scene.height * (0.3 + 0.16 * (k % 5));
        double tall = 0.1 * scene.height + 0.1 * feet;
        double span = scene.width + tall;
        double x = (k * 0.37 * span + (0.5 + 0.1 * (k % 7)) * tall * t) % span;
        scene.person(x - tall / 2, feet, tall, k % 2 == 0 ? 60 : 95);
      }
    };
  }

  @Test
  void doesNotReadZeroInAStandingCrowd() {
    Observation seen =
        last(
            Cameras.watching(Kind.CROWD),
            Scene.plain(640, 360),
            (scene, t) -> {
              for (int k = 0; k < 240; k++) {
                double feet = 40 + 16 * (k / 12);
                double fidget = 5 * Math.sin(1.7 * t + k);
                double x = 10 + 55 * (k % 12) + 25 * (k / 12 % 2) + fidget;
                scene.person(x, feet, 0.1 * 360 + 0.1 * feet, 40 + 37 * k % 150);
              }
            });

    assertThat(seen.persons().orElseThrow()).isGreaterThan(30);
  }

  /** As far apart as people stand: shoulder to shoulder, at ease, and loosely. */
  @ParameterizedTest(name = "{0} of their height apart")
  @ValueSource(doubles = {0.55, 0.65, 0.8})
  void countsAPackedSquareWithinABand(double apart) {
    Square square = new Square(640, 360, apart);

    double count =
        last(
                Cameras.watching(Kind.CROWD),
                Scene.plain(640, 360),
                (scene, t) -> square.draw(scene, t, square.places.size()))
            .persons()
            .orElseThrow();

    assertThat(count / square.places.size()).isBetween(1 / 1.6, 1.6);
  }

  @Test
  void followsASquareThatFillsInAMinute() {
    Square square = new Square(640, 360, 0.65);
    int all = square.places.size();

    List<Observation> seen =
        watch(
            80,
            Cameras.watching(Kind.CROWD),
            Scene.plain(640, 360),
            (scene, t) -> square.draw(scene, t, (int) (all * Math.clamp((t - 10) / 60, 0, 1))));

    for (int part = 1; part <= 4; part++) {
      double count = seen.get((int) (RATE * (12 + 15 * part))).persons().orElseThrow();
      assertThat(count / (all * part / 4.0)).as("%d quarters full", part).isBetween(0.5, 1.7);
    }
  }

  /** Places that people take in no order, farther ones behind nearer ones. */
  private static final class Square {
    private record Place(double x, double feet, double tall, double grey, int turn) {}

    private final List<Place> places = new ArrayList<>();

    Square(int width, int height, double apart) {
      Random random = new Random(3);
      double feet = 0.15 * height;
      while (feet < 1.1 * height) {
        double tall = 0.1 * height + 0.1 * feet;
        double first = random.nextDouble() * apart * tall;
        for (double x = first; x < width; x += apart * tall) {
          places.add(new Place(x, feet, tall, 30 + random.nextInt(130), random.nextInt(1000)));
        }
        feet += apart * tall;
      }
    }

    /** The first so many by their turn. */
    void draw(Scene scene, double t, int people) {
      int last =
          places.stream().mapToInt(Place::turn).sorted().skip(people).findFirst().orElse(1000);
      for (Place place : places) {
        if (place.turn < last) {
          double fidget = 0.06 * place.tall * Math.sin(1.7 * t + place.turn);
          clothed(scene, place.x + fidget, place.feet, place.tall, place.grey);
        }
      }
    }
  }

  /** With a shirt, a bag and hair: people in a crowd have outlines of their own. */
  private static void clothed(Scene scene, double x, double feet, double tall, double grey) {
    scene.person(x, feet, tall, grey);
    scene.box(x - 0.14 * tall, feet - 0.78 * tall, 0.28 * tall, 0.3 * tall, (grey + 90) % 220);
    scene.box(x - 0.04 * tall, feet - 0.7 * tall, 0.12 * tall, 0.14 * tall, grey);
    scene.box(x - 0.07 * tall, feet - 1.02 * tall, 0.14 * tall, 0.07 * tall, (grey + 130) % 220);
  }

  @Test
  void countsAnExposureStepAsNobody() {
    List<Observation> seen =
        watch(
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> scene.light(t < 10 ? 1 : 1.4));

    assertThat(seen).allMatch(o -> o.persons().orElse(0) < 2);
    assertThat(seen).anyMatch(o -> o.nanos() > 9e9 && !o.valid());
    assertThat(seen.getLast().valid()).isTrue();
  }

  @Test
  void countsALorryAsNobody() {
    Observation seen =
        last(
            Cameras.watching(Kind.CROWD),
            Scene.plain(640, 360),
            (scene, t) -> scene.box(40 * t - 200, 150, 200, 120, 90));

    assertThat(seen.persons().orElseThrow()).isLessThan(1);
    assertThat(seen.features().get("vehicles")).isGreaterThan(1);
    assertThat(seen.score()).isLessThan(Observation.SUSPECT);
  }

  /** Two lanes whose vehicles look like one that fills no box. */
  @Test
  void countsFastTrafficAsNobody() {
    List<Observation> seen =
        watch(
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> {
              double x = 260 * t % 900 - 130;
              scene.box(x, 180, 60, 45, 60).box(x + 50, 200, 70, 60, 40);
            });

    assertThat(seen).allMatch(o -> o.persons().orElse(0) < 1);
    assertThat(seen).anyMatch(o -> o.features().getOrDefault("vehicles", 0.0) > 1);
  }

  @Test
  void countsLeavesThatTrembleAsNobody() {
    List<Observation> seen =
        watch(
            30,
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> scene.sway(350, 40, 450, 160, 1.4 * Math.sin(2.1 * t)));

    assertThat(seen).allMatch(o -> o.persons().orElse(0) < 1);
  }

  @Test
  void countsWavesAsNobody() {
    River river = new River(640, 360);
    try (CrowdDetector detector = new CrowdDetector(Cameras.watching(Kind.CROWD))) {
      for (int look = 0; look < 20 * RATE; look++) {
        assertThat(detector.observe(river.frame(look / RATE)))
            .allMatch(o -> o.persons().orElse(0) < 4);
      }
    }
  }

  @Test
  void countsPeopleBeforeWavesByTheirColours() {
    River river = new River(640, 360);
    List<Double> counts = new ArrayList<>();
    try (CrowdDetector detector = new CrowdDetector(Cameras.watching(Kind.CROWD))) {
      for (int look = 0; look < 20 * RATE; look++) {
        Observation seen = detector.observe(river.frame(look / RATE, 10)).getFirst();
        seen.persons().ifPresent(counts::add);
      }
    }
    assertThat(counts.subList(10, counts.size())).allMatch(count -> count > 5 && count < 17);
  }

  @ParameterizedTest(name = "{0} people")
  @ValueSource(ints = {0, 6})
  void countsFromAPoleThatSways(int people) {
    List<Observation> seen =
        watch(
            25,
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> {
              for (int k = 0; k < people; k++) {
                double feet = 160 + 35 * k;
                scene.person((97 * k + 30 * t) % 640, feet, 36 + 0.1 * feet, 20);
              }
              scene.shaken(5 * Math.sin(2.7 * t), 3 * Math.sin(2.3 * t + 2));
            });

    assertThat(seen.stream().filter(o -> o.nanos() > 10e9))
        .allMatch(o -> o.persons().orElse(0) > people / 1.6 - 1)
        .allMatch(o -> o.persons().orElse(0) < people * 1.6 + 1);
  }

  @Test
  void countsAGreyLorryThatParksAsNobody() {
    List<Observation> seen =
        watch(
            30,
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> scene.box(Math.min(340, 80 * (t - 10)) - 160, 160, 160, 110, 150));

    assertThat(seen).allMatch(o -> o.persons().orElse(0) < 1);
  }

  @Test
  void countsSmokeAsNobody() {
    List<Observation> seen =
        watch(
            40,
            Cameras.watching(Kind.CROWD),
            Scene.textured(640, 360),
            (scene, t) -> scene.plume(300, 300, t - 10, 0.6, 200));

    assertThat(seen).allMatch(o -> o.persons().orElse(0) < 4);
  }

  @Test
  void aCrowdThatStandsStaysACrowd() {
    Observation seen =
        watch(
                120,
                Cameras.watching(Kind.CROWD),
                Scene.plain(640, 360),
                (scene, t) -> {
                  for (int k = 0; t > 20 && k < 12; k++) {
                    scene.person(40 + 48 * k, 230 + 6 * k, 60, 60);
                  }
                })
            .getLast();

    assertThat(seen.persons().orElseThrow()).isBetween(7.0, 18.0);
  }

  @Test
  void whereSomebodyLeftNobodyIsCounted() {
    List<Observation> seen =
        watch(
            40,
            Cameras.watching(Kind.CROWD),
            Scene.plain(640, 360),
            (scene, t) -> {
              for (int k = 0; t < 20 && k < 8; k++) {
                scene.person(40 + 70 * k, 230 + 6 * k, 60, 60);
              }
            });

    assertThat(seen.stream().filter(o -> o.nanos() > 25e9))
        .allMatch(o -> o.persons().orElse(0) < 1);
  }

  @Test
  void countsEachZoneForItself() {
    List<Zone> zones =
        List.of(Cameras.box("west", 0, 0, 0.5, 1), Cameras.box("east", 0.5, 0, 1, 1));
    List<Observation> seen =
        watch(
            Cameras.watching(zones, List.of(), Kind.CROWD),
            Scene.plain(640, 360),
            (scene, t) -> {
              for (int k = 0; k < 6; k++) {
                scene.person(40 + 40 * k + 20 * Math.sin(t + k), 200 + 10 * k, 60, 60);
              }
            });

    List<Observation> end = seen.subList(seen.size() - 2, seen.size());
    assertThat(end).extracting(Observation::zone).containsExactly("west", "east");
    assertThat(end.getFirst().persons().orElseThrow()).isGreaterThan(2);
    assertThat(end.getLast().persons().orElseThrow()).isLessThan(0.5);
  }

  @Test
  void givesTheSameObservationsForTheSameFrames() {
    CameraConfig camera = Cameras.watching(Kind.CROWD);

    assertThat(watch(camera, Scene.plain(320, 180), walkers(5)))
        .isEqualTo(watch(camera, Scene.plain(320, 180), walkers(5)));
  }

  @Test
  void learnsAnewWhenThePictureChangesItsSize() {
    try (CrowdDetector detector = new CrowdDetector(Cameras.watching(Kind.CROWD))) {
      Scene small = Scene.plain(320, 180);
      Scene large = Scene.plain(640, 480);
      for (int i = 0; i < 8; i++) {
        detector.observe(small.clear().frame(i / RATE));
      }
      assertThat(detector.observe(small.clear().frame(4)).getFirst().valid()).isTrue();
      assertThat(detector.observe(large.clear().frame(4.5)).getFirst().valid()).isFalse();
    }
  }

  private static Observation last(
      CameraConfig camera, Scene scene, BiConsumer<Scene, Double> story) {
    return watch(camera, scene, story).getLast();
  }

  private static List<Observation> watch(
      CameraConfig camera, Scene scene, BiConsumer<Scene, Double> story) {
    return watch(15, camera, scene, story);
  }

  private static List<Observation> watch(
      int seconds, CameraConfig camera, Scene scene, BiConsumer<Scene, Double> story) {
    List<Observation> seen = new ArrayList<>();
    try (CrowdDetector detector = new CrowdDetector(camera)) {
      for (int i = 0; i < seconds * RATE; i++) {
        story.accept(scene.clear(), i / RATE);
        seen.addAll(detector.observe(scene.frame(i / RATE)));
      }
    }
    return seen;
  }
}
