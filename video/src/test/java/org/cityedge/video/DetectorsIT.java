package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Long runs, and real footage where there is some. */
class DetectorsIT {
  @Test
  void keepsNoNativeMemoryPerFrame() {
    Scene scene = Scene.textured(320, 180);
    List<Detector> detectors = Detectors.of(Cameras.watching(Kind.SMOKE, Kind.CROWD));
    try {
      observe(detectors, scene, 0, 300);
      long bytes = Pointer.totalBytes();
      long count = Pointer.totalCount();
      long outsideHeap = outsideHeap();

      observe(detectors, scene, 300, 2_300);

      assertThat(Pointer.totalBytes()).isEqualTo(bytes);
      assertThat(Pointer.totalCount()).isEqualTo(count);
      // The heap's own pages come in as they are first used; one working picture leaked per frame
      // (0.7 MB) would be 1.4 GB.
      assertThat(outsideHeap()).isLessThan(outsideHeap + (256L << 20));
    } finally {
      detectors.forEach(Detector::close);
    }
  }

  private static void observe(List<Detector> detectors, Scene scene, int from, int to) {
    for (int i = from; i < to; i++) {
      Frame frame = scene.clear().person(i % 320, 150, 30, 60).frame(i / 2.0);
      detectors.forEach(detector -> detector.observe(frame));
    }
  }

  private static long outsideHeap() {
    return Pointer.physicalBytes() - Runtime.getRuntime().totalMemory();
  }

  @ParameterizedTest
  @CsvSource({
    "smoke_roadside_forest.mp4, true",
    "smoke_field_dusk.mp4, true",
    "neg_highway_cctv.avi, false",
  })
  void tellsSmokeFromTrafficInRealFootage(String clip, boolean smoke) throws Exception {
    Path file = footage().resolve(clip);
    int seen = 0;
    int judged = 0;
    List<Detector> detectors = Detectors.of(Cameras.watching(Kind.SMOKE));
    try (FileFrames frames = new FileFrames(file, Sampling.rate(2))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        Observation look = detectors.getFirst().observe(frame).getFirst();
        judged += look.valid() ? 1 : 0;
        seen += look.valid() && look.score() >= Observation.SUSPECT ? 1 : 0;
      }
    } finally {
      detectors.forEach(Detector::close);
    }

    if (smoke) {
      assertThat(seen).isGreaterThan(judged / 2);
    } else {
      assertThat(seen).isLessThan(judged / 10);
    }
  }

  @Test
  void countsPedestriansInRealFootage() throws Exception {
    Path file = footage().resolve("crowd_light_vtest.avi");
    double most = 0;
    List<Detector> detectors = Detectors.of(Cameras.watching(Kind.CROWD));
    try (FileFrames frames = new FileFrames(file, Sampling.rate(2))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        most = Math.max(most, detectors.getFirst().observe(frame).getFirst().persons().orElse(0));
      }
    } finally {
      detectors.forEach(Detector::close);
    }

    assertThat(most).isBetween(6.0, 14.0);
  }

  /** {@code CITYEDGE_FOOTAGE}, or {@code shared/footage} beside a folder above this one. */
  private static Path footage() {
    String named = System.getenv("CITYEDGE_FOOTAGE");
    Path found =
        named != null
            ? Path.of(named)
            : Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
                .map(folder -> folder.resolve("shared/footage"))
                .filter(Files::isDirectory)
                .max(Comparator.naturalOrder())
                .orElse(Path.of("shared/footage"));
    assumeTrue(
        Files.isReadable(found.resolve("manifest.json")),
        "no labelled footage: set CITYEDGE_FOOTAGE to its folder; skipped");
    return found;
  }
}
