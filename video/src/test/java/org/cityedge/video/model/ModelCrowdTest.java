package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Scene;
import org.cityedge.video.Zone;
import org.cityedge.video.crowd.CrowdDetector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts of both together, with networks that a test answers for ({@link TinyNetwork}). */
class ModelCrowdTest {
  private static final Zone LEFT = Cameras.box("left", 0, 0, 0.5, 1);
  private static final Zone RIGHT = Cameras.box("right", 0.5, 0, 1, 1);

  /** What the walkers' picture has of red on average is 0.3, with this 0.7. */
  private static final int RED = 100;

  @TempDir Path folder;

  @Test
  void countsPeopleByTheZoneTheyStandIn() throws Exception {
    List<Observation> seen = watchBoxes(List.of(LEFT, RIGHT), List.of(), Mode.ONNX);

    assertThat(seen).extracting(Observation::zone).containsExactly("left", "right");
    assertThat(seen).extracting(look -> look.persons().orElseThrow()).containsExactly(1.0, 2.0);
    assertThat(seen).extracting(Observation::detector).containsOnly("crowd-tiny-onnx/1");
    assertThat(seen.getLast().regions()).hasSize(2);
    assertThat(seen.getLast().features().get("persons_high")).isGreaterThanOrEqualTo(2 * 1.3);
    assertThat(seen.getLast().features().get("persons_low")).isLessThanOrEqualTo(2 / 1.3);
  }

  @Test
  void countsNobodyInAnIgnoredPart() throws Exception {
    List<Observation> seen = watchBoxes(List.of(), List.of(RIGHT), Mode.ONNX);

    assertThat(seen.getFirst().persons()).hasValue(1);
  }

  @Test
  void tellsTheLargerCount() throws Exception {
    Observation ofNetwork = watchBoxes(List.of(), List.of(), Mode.OR).getLast();
    Observation ofClassical = walk(Mode.OR, frame -> tinted(frame, RED)).getLast();

    assertThat(ofNetwork.persons()).hasValue(3);
    assertThat(ofClassical.persons().orElseThrow()).isGreaterThan(3);
    assertThat(ofClassical.features()).containsEntry("network", 1.0);
    assertThat(ofClassical.regions()).hasSizeGreaterThan(1);
  }

  @Test
  void takesOffWhereTheNetworkSeesNobody() throws Exception {
    List<Observation> all = walk(Mode.AND, UnaryOperator.identity());
    Observation seen = all.get(18); // it looks once a second, at every other picture

    assertThat(seen.valid()).isTrue();
    assertThat(seen.persons()).hasValue(0);
    assertThat(seen.features().get("denied")).isGreaterThan(2);
    assertThat(seen.regions()).isEmpty();
    assertThat(seen.score()).isLessThan(Observation.SUSPECT);
    assertThat(seen.detector()).isEqualTo("crowd-colour-and/1");
    assertThat(all.getLast().persons()).as("between looks").hasValue(0);
  }

  @Test
  void leavesPeopleWhomTheNetworkSees() throws Exception {
    Observation seen = walk(Mode.AND, frame -> tinted(frame, RED)).getLast();
    Observation alone = walk(Mode.CLASSICAL, frame -> tinted(frame, RED)).getLast();

    assertThat(alone.persons().orElseThrow()).isGreaterThan(3);
    assertThat(seen.persons()).isEqualTo(alone.persons());
    assertThat(seen.features()).containsEntry("denied", 0.0);
    assertThat(seen.detector()).isEqualTo("crowd-colour-and/1");
    assertThat(alone.detector()).isEqualTo(CrowdDetector.NAME);
  }

  @Test
  void believesNoNetworkOfPeopleThatAreTooSmallForIt() throws Exception {
    CameraConfig small = Cameras.tall(0.06, 0.06);
    Observation seen = walk(small, Mode.AND, UnaryOperator.identity()).getLast();
    Observation alone = walk(small, Mode.CLASSICAL, UnaryOperator.identity()).getLast();

    assertThat(alone.persons().orElseThrow()).isPositive();
    assertThat(seen.persons()).isEqualTo(alone.persons());
  }

  @Test
  void countsWithoutTheNetworkWhenItHasNotLookedFor20Seconds() throws Exception {
    Models models = new Models(folder);
    CameraConfig camera = camera(Cameras.watching(Kind.CROWD), Mode.AND);
    List<Observation> last = List.of();
    try (Detector detector = Detectors.of(camera, models).getFirst()) {
      Scene scene = Scene.plain(320, 180);
      for (int i = 0; i < 20; i++) {
        last = detector.observe(walkers(scene, i / 2.0));
      }
      assertThat(last.getFirst().persons()).hasValue(0);

      // What another camera has it look at is as urgent as it gets, all the time.
      ModelUse other = TinyNetwork.use(folder.resolve("colour.json"), Mode.AND);
      try (Lens greedy = models.lens(camera, Kind.CROWD, other)) {
        for (int i = 20; i < 80; i++) {
          Frame frame = walkers(scene, i / 2.0);
          var _ = greedy.look(frame, Model.WHOLE, 1, true);
          last = detector.observe(frame);
        }
      }
    }
    assertThat(last.getFirst().persons().orElseThrow()).isGreaterThan(3);
    assertThat(last.getFirst().detector()).isEqualTo(CrowdDetector.NAME);
  }

  private CameraConfig camera(CameraConfig of, Mode mode) throws Exception {
    return of.with(
        Map.of(
            Kind.CROWD,
            TinyNetwork.use(TinyNetwork.colour(folder, mode == Mode.AND ? 1 : 0.5), mode)));
  }

  private List<Observation> walk(Mode mode, UnaryOperator<Frame> tint) throws Exception {
    return walk(Cameras.watching(Kind.CROWD), mode, tint);
  }

  /** Ten seconds of six walkers. */
  private List<Observation> walk(CameraConfig of, Mode mode, UnaryOperator<Frame> tint)
      throws Exception {
    List<Observation> seen = new ArrayList<>();
    try (Detector detector = Detectors.of(camera(of, mode), new Models(folder)).getFirst()) {
      Scene scene = Scene.plain(320, 180);
      for (int i = 0; i < 20; i++) {
        seen.addAll(detector.observe(tint.apply(walkers(scene, i / 2.0))));
      }
    }
    return seen;
  }

  private static Frame walkers(Scene scene, double t) {
    scene.clear();
    for (int k = 0; k < 6; k++) {
      double feet = scene.height * (0.3 + 0.1 * k);
      double tall = 0.1 * scene.height + 0.1 * feet;
      double x = (k * 61 + 0.4 * tall * t) % (scene.width + tall);
      scene.person(x - tall / 2, feet, tall, 40);
    }
    return scene.light(0.5).frame(t);
  }

  private static Frame tinted(Frame frame, int by) {
    byte[] bgr = frame.bgr().clone();
    for (int i = 2; i < bgr.length; i += 3) {
      bgr[i] = (byte) Math.min(255, (bgr[i] & 0xff) + by);
    }
    return new Frame(frame.width(), frame.height(), bgr, frame.nanos(), frame.at());
  }

  private List<Observation> watchBoxes(List<Zone> zones, List<Zone> ignore, Mode mode)
      throws Exception {
    CameraConfig camera =
        Cameras.watching(zones, ignore, Kind.CROWD)
            .with(Map.of(Kind.CROWD, TinyNetwork.use(TinyNetwork.write(folder, "yolov5"), mode)));
    try (Detector detector = Detectors.of(camera, new Models(folder)).getFirst()) {
      List<Observation> seen = List.of();
      for (int i = 0; i < 10; i++) {
        seen = detector.observe(boxes(i));
      }
      return seen;
    }
  }

  /** Three people, half a second after the one before. */
  private static Frame boxes(int index) {
    int size = TinyNetwork.SIZE;
    byte[] bgr = new byte[size * size * 3];
    Arrays.fill(bgr, (byte) 100);
    for (int i = 0; i < bgr.length; i += 3) {
      bgr[i] = 0;
    }
    int[][] middles = {{8, 16}, {20, 8}, {28, 24}};
    for (int i = 0; i < middles.length; i++) {
      int[] box = {middles[i][0], middles[i][1], 4, 8, 1, 1, 0, 0};
      for (int j = 0; j < box.length; j++) {
        bgr[(i * 8 + j) * 3] = (byte) box[j];
      }
    }
    long nanos = index * 500_000_000L;
    return new Frame(size, size, bgr, nanos, Instant.ofEpochSecond(0, nanos));
  }
}
