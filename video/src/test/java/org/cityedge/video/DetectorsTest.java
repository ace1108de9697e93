package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.cityedge.video.Observation.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetectorsTest {
  @Test
  void makesWhatTheCameraAsksFor() {
    assertThat(kinds(Kind.SMOKE, Kind.CROWD)).containsExactly(Kind.SMOKE, Kind.CROWD);
    assertThat(kinds(Kind.CROWD)).containsExactly(Kind.CROWD);
    assertThat(kinds()).isEmpty();
  }

  private static List<Kind> kinds(Kind... kinds) {
    Frame frame = Scene.plain(64, 48).clear().frame(0);
    List<Detector> detectors = Detectors.of(Cameras.watching(kinds));
    try {
      return detectors.stream().map(d -> d.observe(frame).getFirst().kind()).toList();
    } finally {
      detectors.forEach(Detector::close);
    }
  }

  @Test
  void repeatsItsAnswerForFramesThatComeTooFast() {
    Scene scene = Scene.textured(320, 180);
    for (Detector detector : Detectors.of(Cameras.watching(Kind.SMOKE, Kind.CROWD))) {
      try (detector) {
        Observation first = detector.observe(scene.clear().frame(1)).getFirst();
        Observation second = detector.observe(scene.clear().frame(1.05)).getFirst();

        assertThat(second.nanos()).isEqualTo(1_050_000_000L);
        assertThat(second.features()).isEqualTo(first.features());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 0.3, true",
    "0.2, 0.7, true",
    "0.5, 0.7, false",
    "0.9, 0.9, true",
    "-0.1, 0.5, false"
  })
  void knowsWhatLiesInsideAZone(double x, double y, boolean inside) {
    Zone notched =
        new Zone(
            "notched",
            List.of(
                new Zone.Point(0, 0),
                new Zone.Point(1, 0),
                new Zone.Point(1, 1),
                new Zone.Point(0.5, 0.5),
                new Zone.Point(0, 1)));

    assertThat(notched.contains(x, y)).isEqualTo(inside);
  }
}
