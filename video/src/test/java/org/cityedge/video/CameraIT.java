package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.video.CameraFixture.children;
import static org.cityedge.video.CameraFixture.config;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraHealth.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a camera shows and says of its pictures, with real servers and real children. */
@Timeout(120)
class CameraIT {
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
  void observesRtspStreamAndClosesEverything() throws Exception {
    try (RtspServer server = RtspServer.start("smpte")) {
      Camera camera = fixture.camera(server.uri());
      camera.start(told);
      told.awaitState(State.OK);
      Observation first = told.awaitObservation();
      camera.close();
      assertThat(first.features()).containsEntry("width", 640.0).containsEntry("height", 360.0);
      assertThat(fixture.closedDetectors).hasValue(1);
      int waiting = told.waiting();
      camera.close();
      assertThat(told.waiting()).isEqualTo(waiting);
    }
  }

  /** With privacy zones a picture leaves only while the view is known to be the right one. */
  @Test
  void observesMjpegAndSeesThatItIsFrozen() throws Exception {
    List<Zone> privacy = List.of(Cameras.box("house", 0, 0, 0.2, 0.2));
    try (MjpegServer server = MjpegServer.start();
        Camera camera = fixture.camera(server.uri(), Optional.empty(), privacy)) {
      camera.start(told);
      told.awaitState(State.OK);
      assertThat(told.awaitObservation().features()).containsEntry("width", 320.0);
      assertThat(told.awaitPicture().toString()).contains("not yet learned");
      server.freeze();
      told.awaitState(State.FROZEN);
      assertThat(told.awaitPicture().toString()).contains("another view than");
      server.go();
      told.awaitState(State.OK);
    }
  }

  @Test
  void seesThatThePictureIsBlack() throws Exception {
    try (RtspServer server = RtspServer.start("black");
        Camera camera = fixture.camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.BLACK);
    }
  }

  @Test
  void playsAFileOnceBlackensPrivacyZonesAndIsThenLost() throws Exception {
    Path file = fixture.folder.resolve("it's a scene.mp4");
    record(file);
    List<Zone> leftHalf =
        List.of(
            new Zone(
                "house",
                List.of(
                    new Zone.Point(0, 0),
                    new Zone.Point(0.5, 0),
                    new Zone.Point(0.5, 1),
                    new Zone.Point(0, 1))));
    try (Camera camera = fixture.camera(file.toUri().toString(), Optional.empty(), leftHalf)) {
      camera.start(told);
      told.awaitState(State.OK);
      Observation seen = told.awaitObservation();
      assertThat(seen.features()).containsEntry("left", 0.0);
      assertThat(seen.features().get("right")).isGreaterThan(10);
      CameraHealth lost = told.awaitState(State.LOST);
      assertThat(lost.detail()).isEqualTo("the file has ended");
      assertThat(lost.reconnects()).isZero();
    }
  }

  @Test
  void looksOnceASecondWhileTheBoardIsHotAndSaysSo() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera =
            new Camera(
                config(server.uri(), Optional.empty(), List.of()),
                () -> List.of(fixture.detector()),
                KeyFiles.in(fixture.folder),
                fixture.folder,
                Clock.systemUTC(),
                System::nanoTime,
                Optional.empty(),
                () -> true)) {
      camera.start(told);
      long first = told.awaitObservation().nanos();
      long second = told.awaitObservation().nanos();
      // Pictures come five times a second; the network may bring one a little early.
      assertThat(Duration.ofNanos(second - first)).isGreaterThan(Duration.ofMillis(750));
      assertThat(told.awaitState(State.OK).detail()).contains("the board is hot");
    }
  }

  /** Two seconds of a test picture. */
  private static void record(Path file) throws Exception {
    Process ffmpeg =
        new ProcessBuilder(
                Loader.load(ffmpeg.class),
                "-loglevel",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=320x240:r=10",
                "-t",
                "2",
                "-c:v",
                "mpeg4",
                file.toString())
            .inheritIO()
            .start();
    assertThat(ffmpeg.waitFor()).isZero();
  }
}
