package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse.Mode;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Sampling;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real networks on real clips, where both are at hand. */
class KnownNetworksIT {
  @TempDir Path folder;

  @BeforeEach
  void needsNetworksAndClips() {
    Assumptions.assumeTrue(
        Files.isRegularFile(KnownNetworks.FOOTAGE.resolve("models/FastestDet.onnx")),
        "skipped: there are no networks in " + KnownNetworks.FOOTAGE.toAbsolutePath().normalize());
  }

  static Stream<String> networks() {
    return KnownNetworks.SIDECARS.keySet().stream();
  }

  /** Counts of the first seconds of a clip, two looks a second; whom each is of in the end. */
  private List<Observation> watch(String clip, String network, Mode mode, double seconds)
      throws Exception {
    Path sidecar = KnownNetworks.bring(network, KnownNetworks.FOOTAGE.resolve("models"), folder);
    CameraConfig camera =
        Cameras.watching(Kind.CROWD).with(Map.of(Kind.CROWD, TinyNetwork.use(sidecar, mode)));
    List<Observation> seen = new ArrayList<>();
    Models models = new Models(folder);
    try (FileFrames frames = new FileFrames(KnownNetworks.FOOTAGE.resolve(clip), Sampling.rate(2));
        Detector detector = Detectors.of(camera, models).getFirst()) {
      for (Frame frame = frames.next();
          frame != null && frame.nanos() < seconds * 1e9;
          frame = frames.next()) {
        seen.addAll(detector.observe(frame));
      }
      assertThat(models.standings()).allMatch(standing -> standing.trouble().isEmpty());
    }
    return seen;
  }

  private static double most(List<Observation> seen) {
    return seen.stream().mapToDouble(one -> one.persons().orElse(0)).max().orElseThrow();
  }

  /** Three to eight people walk about. */
  @ParameterizedTest
  @MethodSource("networks")
  void countsAFewPeople(String network) throws Exception {
    List<Observation> seen = watch("crowd_light_vtest.avi", network, Mode.ONNX, 12);

    Observation last = seen.getLast();
    assertThat(last.detector()).isEqualTo("crowd-" + network + "-onnx/1");
    assertThat(last.persons().orElseThrow()).isBetween(3.0, 10.0);
  }

  /** A lorry and cars, and nobody on foot but one for a while. */
  @ParameterizedTest
  @MethodSource("networks")
  void takesVehiclesOffTheCount(String network) throws Exception {
    double before = most(watch("neg_highway_cctv.avi", network, Mode.CLASSICAL, 12));
    double after = most(watch("neg_highway_cctv.avi", network, Mode.AND, 12));

    assertThat(before).isGreaterThan(5);
    assertThat(after).isLessThan(before / 2);
  }
}
