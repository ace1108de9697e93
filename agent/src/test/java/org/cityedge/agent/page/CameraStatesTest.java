package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.junit.jupiter.api.Test;

class CameraStatesTest {
  private long now = seconds(100);
  private final CameraStates cameras = new CameraStates(() -> now);

  private static long seconds(double seconds) {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  private void counted(String zone, double persons, boolean valid, Map<String, Double> features) {
    cameras.accept(
        new Observation(
            "cam-1",
            zone,
            Observation.Kind.CROWD,
            "crowd-classical/2",
            0.7,
            OptionalDouble.of(persons),
            valid,
            features,
            List.of(),
            now,
            Instant.EPOCH));
  }

  private Snapshot.Camera camera() {
    return cameras.now("cam-1", "cam-1", false);
  }

  private void well() {
    cameras.accept(
        new CameraHealth(
            "cam-1", CameraHealth.State.OK, "", 2, 500, 10, false, 5, 0, 0, Instant.EPOCH, now));
  }

  @Test
  void aCountIsShownByZoneUntilItIsOld() {
    well();
    counted("square", 12.34, true, Map.of(Observation.DENSITY, 0.3149));
    counted("gate", 3, true, Map.of());
    assertThat(camera().crowds())
        .containsExactly(
            new Snapshot.Crowd("gate", 3, null), new Snapshot.Crowd("square", 12.3, 0.31));
    now += seconds(6);
    counted("gate", 4, true, Map.of());
    counted("square", 99, false, Map.of());
    now += seconds(6);
    assertThat(camera().crowds()).containsExactly(new Snapshot.Crowd("gate", 4, null));
  }

  @Test
  void theAgeOfTheNewestFrameIsThatOfTheNewestLook() {
    well();
    now += seconds(4);
    assertThat(camera().frameAgeS()).isEqualTo(4.5);
    counted("frame", 0, false, Map.of());
    now += seconds(0.7);
    assertThat(camera().frameAgeS()).isEqualTo(0.7);
  }

  @Test
  void whatACameraThatIsOkRemarksIsShown() {
    well();
    assertThat(camera().detail()).isNull();
    cameras.accept(
        new CameraHealth(
            "cam-1", CameraHealth.State.OK, "hot", 2, 500, 10, false, 5, 0, 0, Instant.EPOCH, now));
    assertThat(camera().detail()).isEqualTo("hot");
  }

  @Test
  void whatIsForgottenStartsAnew() {
    well();
    counted("frame", 5, true, Map.of());
    cameras.forget("cam-1");
    assertThat(camera().state()).isEqualTo("starting");
    assertThat(camera().crowds()).isEmpty();
  }
}
