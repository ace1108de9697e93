package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.video.CameraFixture.LIMITS;
import static org.cityedge.video.CameraFixture.children;
import static org.cityedge.video.CameraFixture.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraHealth.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Detectors that fail or cannot be loaded: what their camera says, and what goes on. */
@Timeout(120)
class FailingDetectorsIT {
  private final Telling told = new Telling();
  private CameraFixture fixture;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    fixture = new CameraFixture(folder);
  }

  @AfterEach
  void leavesNoChild() {
    assertThat(children()).isEmpty();
  }

  @Test
  void aFailingDetectorStopsNoOther() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera =
            new Camera(
                config(server.uri(), Optional.empty(), List.of()),
                () -> List.of(new FailingDetector(), fixture.detector()),
                KeyFiles.in(fixture.folder),
                fixture.folder,
                Clock.systemUTC(),
                System::nanoTime,
                Cameras.limits(LIMITS))) {
      camera.start(told);
      assertThat(told.awaitObservation().detector()).isEqualTo("size/1");
      assertThat(told.awaitState(State.OK).detail()).startsWith("nothing is found in its pictures");
    }
  }

  @Test
  void isDegradedOnceADetectorHasFailedForTenSeconds() throws Exception {
    // Ten seconds of its clock go by in half a one.
    LongSupplier fast = () -> 20 * System.nanoTime();
    Duration never = Duration.ofHours(1);
    try (MjpegServer server = MjpegServer.start();
        Camera camera =
            new Camera(
                config(server.uri(), Optional.empty(), List.of()),
                () -> List.of(new FailingDetector(), fixture.detector()),
                KeyFiles.in(fixture.folder),
                fixture.folder,
                Clock.systemUTC(),
                fast,
                Cameras.limits(new CameraWatch.Limits(never, never, never, Duration.ZERO)))) {
      camera.start(told);
      String detail = told.awaitState(State.DEGRADED).detail();
      assertThat(CameraHealth.isUnanalysed(State.DEGRADED, detail)).isTrue();
    }
  }

  @Test
  void isLostWhenItsDetectorsCannotBeLoaded() throws Exception {
    try (Camera camera =
        new Camera(
            config("http://127.0.0.1:9/", Optional.empty(), List.of()),
            () -> {
              throw new UnsatisfiedLinkError("no room to unpack it");
            },
            KeyFiles.in(fixture.folder),
            fixture.folder,
            Clock.systemUTC(),
            System::nanoTime,
            Cameras.limits(LIMITS))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).contains("no room to unpack it");
    }
  }

  private record FailingDetector() implements Detector {
    @Override
    public List<Observation> observe(Frame frame) {
      throw new IllegalStateException("this detector always fails");
    }

    @Override
    public void close() {}
  }
}
