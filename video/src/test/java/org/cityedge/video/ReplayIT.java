package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.source.FileFrames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recorded clip, read and analysed as {@code cityedge analyze} does it. */
class ReplayIT {
  private static final int SECONDS = 24;
  private static final int AT_ONCE = 2;

  @TempDir Path folder;

  @Test
  void saysTheSameOfAClipEachTimeAndBesideOthers() throws Exception {
    Path clip = folder.resolve("clip.mp4");
    draw(clip);

    List<String> alone = lines(clip);

    // Smoke and people are seen, so that what is compared is not only that nothing is.
    assertThat(alone).anyMatch(line -> line.matches("SMOKE score=(0\\.[5-9]|1).* valid=true .*"));
    assertThat(alone).anyMatch(line -> line.matches("CROWD .* persons=[1-9].* valid=true .*"));
    CyclicBarrier together = new CyclicBarrier(AT_ONCE);
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<List<String>>> beside = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        beside.add(
            threads.submit(
                () -> {
                  together.await();
                  return lines(clip);
                }));
      }
      for (Future<List<String>> again : beside) {
        assertThat(again.get()).isEqualTo(alone);
      }
    }
  }

  /** Everything that is observed, a line each. */
  private static List<String> lines(Path clip) throws Exception {
    List<String> lines = new ArrayList<>();
    List<Detector> detectors = Detectors.of(Cameras.watching(Kind.SMOKE, Kind.CROWD));
    try (FileFrames frames = new FileFrames(clip, Sampling.rate(2))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        for (Detector detector : detectors) {
          detector.observe(frame).forEach(seen -> lines.add(line(seen)));
        }
      }
    } finally {
      detectors.forEach(Detector::close);
    }
    return Collections.unmodifiableList(lines);
  }

  /** Doubles as Java writes them, so that the last bit counts. */
  private static String line(Observation seen) {
    return seen.kind()
        + " score="
        + seen.score()
        + " persons="
        + seen.persons().orElse(-1)
        + " valid="
        + seen.valid()
        + " "
        + new TreeMap<>(seen.features())
        + " "
        + seen.regions()
        + " "
        + seen.nanos()
        + " "
        + seen.at();
  }

  private static void draw(Path clip) throws Exception {
    Scene scene = Scene.textured(320, 180);
    Footage.clip(
        clip,
        scene.width,
        scene.height,
        out -> {
          for (int i = 0; i < 10 * SECONDS; i++) {
            double t = i / 10.0;
            scene.clear().plume(220, 140, t - 8, 0.6, 190);
            if (t > 4) {
              scene.person(20 + 12 * (t - 4), 160, 34, 30).person(300 - 8 * (t - 4), 172, 36, 230);
            }
            out.write(scene.frame(t).bgr());
          }
        });
  }
}
