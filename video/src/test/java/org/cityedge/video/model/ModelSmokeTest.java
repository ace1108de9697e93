package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;
import org.cityedge.video.Cameras;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Scene;
import org.cityedge.video.smoke.SmokeDetector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Smoke by both, where the network sees smoke in what is blue ({@link TinyNetwork#colour}). */
class ModelSmokeTest {
  private static final int SECONDS = 30;

  @TempDir Path folder;
  private Path sidecar;

  @BeforeEach
  void bringTheNetwork() throws Exception {
    sidecar = TinyNetwork.colour(folder, 0.62);
  }

  /** A plume from the twelfth second on, and blue pictures at some times. */
  private List<Observation> watch(Mode mode, boolean plume, DoublePredicate blue) throws Exception {
    List<Observation> seen = new ArrayList<>();
    Scene scene = Scene.textured(320, 180);
    try (Detector detector =
        Detectors.of(
                Cameras.watching(Kind.SMOKE)
                    .with(Map.of(Kind.SMOKE, TinyNetwork.use(sidecar, mode))),
                new Models(folder))
            .getFirst()) {
      for (int i = 0; i < 2 * SECONDS; i++) {
        double t = i / 2.0;
        scene.clear();
        if (plume && t >= 12) {
          scene.plume(130, 140, t - 12, 0.7, 200);
        }
        seen.addAll(detector.observe(blue.test(t) ? blue(scene.frame(t)) : scene.frame(t)));
      }
    }
    return seen;
  }

  /** As a picture with 0.8 of blue on average in place of 0.4; its grey is 10 levels brighter. */
  private static Frame blue(Frame frame) {
    byte[] bgr = frame.bgr();
    for (int i = 0; i < bgr.length; i += 3) {
      bgr[i] = (byte) Math.min(255, (bgr[i] & 0xff) + 90);
    }
    return frame;
  }

  private static long suspects(List<Observation> seen) {
    return seen.stream().filter(one -> one.score() >= Observation.SUSPECT).count();
  }

  @Test
  void believesASuspectThatTheNetworkSeesTwice() throws Exception {
    List<Observation> alone = watch(Mode.CLASSICAL, true, t -> true);
    List<Observation> both = watch(Mode.AND, true, t -> true);

    assertThat(suspects(alone)).isGreaterThan(18);
    assertThat(suspects(both)).isBetween(suspects(alone) - 4, suspects(alone) - 1);
    Observation last =
        both.stream().filter(one -> one.score() >= Observation.SUSPECT).toList().getLast();
    assertThat(last.detector()).isEqualTo("smoke-colour-and/1");
    assertThat(last.features().get("network_smoke")).isGreaterThanOrEqualTo(2);
  }

  @Test
  void dropsASuspectInWhichTheNetworkSeesNone() throws Exception {
    List<Observation> alone = watch(Mode.CLASSICAL, true, t -> false);
    List<Observation> both = watch(Mode.AND, true, t -> false);

    assertThat(suspects(alone)).isGreaterThan(18);
    assertThat(suspects(both)).isZero();
    assertThat(both).anyMatch(one -> one.features().getOrDefault("network_looks", 0.0) == 3);
  }

  @Test
  void believesASuspectWhenTheNetworkDoesNotAnswerFor10Seconds() throws Exception {
    Models models = new Models(folder);
    var use = TinyNetwork.use(sidecar, Mode.AND);
    var camera = Cameras.watching(Kind.SMOKE).with(Map.of(Kind.SMOKE, use));
    List<Double> suspects = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    Scene scene = Scene.textured(320, 180);
    // More suspects than a gateway has cameras: each has its turn every 26 s.
    List<Lens> others =
        Stream.generate(() -> models.lens(camera, Kind.SMOKE, use)).limit(25).toList();
    try (Detector detector = Detectors.of(camera, models).getFirst();
        Detector classical = Detectors.of(Cameras.watching(Kind.SMOKE)).getFirst()) {
      for (int i = 0; i < 2 * 40; i++) {
        double t = i / 2.0;
        scene.clear().plume(130, 140, t, 0.7, 200);
        Frame frame = scene.frame(t);
        others.forEach(other -> other.look(frame, Model.WHOLE, 1, true));
        Observation seen = detector.observe(frame).getFirst();
        if (seen.score() >= Observation.SUSPECT) {
          suspects.add(t);
        }
        if (classical.observe(frame).getFirst().score() >= Observation.SUSPECT) {
          alone.add(t);
        }
      }
    }
    others.forEach(Lens::close);
    double since = alone.getFirst();
    assertThat(suspects).isNotEmpty().allMatch(t -> t >= since + 10);
  }

  @Test
  void findsByTheNetworkAloneWhatIsNoPlume() throws Exception {
    DoublePredicate blue = t -> t >= 20;
    assertThat(suspects(watch(Mode.CLASSICAL, false, blue))).isZero();

    for (Mode mode : List.of(Mode.ONNX, Mode.OR)) {
      List<Observation> seen = watch(mode, false, blue);
      assertThat(suspects(seen.subList(0, 40))).as(mode + " before").isZero();
      assertThat(suspects(seen.subList(44, 60))).as(mode + " after").isEqualTo(16);
      assertThat(seen.getLast().regions()).hasSize(1);
      assertThat(seen.getLast().score()).isBetween(0.7, 0.9);
    }
  }

  @Test
  void seesAPlumeWithoutTheNetworkInOneModeOnly() throws Exception {
    assertThat(suspects(watch(Mode.OR, true, t -> false))).isGreaterThan(18);
    assertThat(suspects(watch(Mode.ONNX, true, t -> false))).isZero();
  }

  @Test
  void goesOnClassicallyWithADamagedNetwork() throws Exception {
    Files.writeString(folder.resolve("colour.onnx"), "half of it");
    List<Observation> alone = watch(Mode.CLASSICAL, true, t -> false);

    for (Mode mode : Mode.values()) {
      assertThat(watch(mode, true, t -> false)).as(mode.name()).isEqualTo(alone);
    }
    assertThat(alone.getLast().detector()).isEqualTo(SmokeDetector.NAME);
  }
}
