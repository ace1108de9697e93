package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.video.CameraHealth.State;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS, snapshots and devices, with real servers. */
@Timeout(60)
class SourcesIT {
  private final Telling told = new Telling();
  @TempDir private Path folder;
  private CameraFixture cameras;

  @BeforeEach
  void begins() throws Exception {
    cameras = new CameraFixture(folder);
    Files.createDirectories(folder.resolve("certificates"));
  }

  @Test
  void observesRtspsThatShowsThePinnedCertificate() throws Exception {
    Certificate shown = certificate("cam-1");
    try (RtspServer server = secureServer(shown);
        Camera camera = camera(rtsps(server, "cam-1.pem"))) {
      camera.start(told);
      told.awaitState(State.OK);
    }
  }

  @Test
  void refusesRtspsThatShowsAnotherCertificate() throws Exception {
    Certificate shown = certificate("shown");
    certificate("cam-1");
    try (RtspServer server = secureServer(shown);
        Camera camera = camera(rtsps(server, "cam-1.pem"))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail())
          .contains("certificate does not lead to the one in tls");
    }
  }

  @Test
  void takesAnyCertificateOnlyWhenToldTo() throws Exception {
    try (RtspServer server = secureServer(certificate("cam-1"));
        Camera camera = camera(rtsps(server, null))) {
      camera.start(told);
      told.awaitState(State.OK);
    }
  }

  @Test
  void namesTheCertificateThatIsMissing() {
    try (Camera camera = camera(source("rtsps://127.0.0.1:1/", null, "gone.pem", null))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).contains("gone.pem is missing");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void observesMjpegOverTls() throws Exception {
    Certificate shown = certificate("cam-1");
    try (MjpegServer server = MjpegServer.startTls(shown.server());
        Camera camera = camera(source(server.uri(), null, "cam-1.pem", null))) {
      camera.start(told);
      told.awaitState(State.OK);
    }
  }

  @Test
  void fetchesASnapshotEverySecondWithDigest() throws Exception {
    Duration every = Duration.ofSeconds(1);
    try (MjpegServer server = MjpegServer.start("us er", CameraFixture.PASSWORD);
        Camera camera = camera(source(server.snapshotUri(), every, null, "us er"))) {
      camera.start(told);
      told.awaitState(State.OK);
      long began = told.awaitObservation().nanos();
      for (int i = 0; i < 3; i++) {
        told.awaitObservation();
      }
      assertThat((told.awaitObservation().nanos() - began) / 1e9).isBetween(2.0, 9.0);
      assertThat(server.fetches()).isBetween(4, 12);
    }
  }

  @Test
  void comesBackWhenASnapshotCouldNotBeFetched() throws Exception {
    Duration every = Duration.ofSeconds(1);
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(source(server.snapshotUri(), every, null, null))) {
      camera.start(told);
      told.awaitState(State.OK);
      server.answerSnapshotsWith(503);
      assertThat(told.awaitState(State.LOST).detail()).contains("server error (5xx)");
      server.answerSnapshotsWith(200);
      told.awaitState(State.OK);
    }
  }

  /** FFmpeg ends with status 0 then, as it does after the last fetch of a round. */
  @Test
  void doesNotAskWithoutAPauseWhereEveryOtherSnapshotIsRefused() throws Exception {
    Duration every = Duration.ofSeconds(1);
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(source(server.snapshotUri(), every, null, null))) {
      server.refuseEveryOtherSnapshot();
      camera.start(told);
      long began = System.nanoTime();
      CameraHealth health = told.awaitState(State.LOST);
      while (health.reconnects() < 3) {
        health = told.awaitState(State.LOST);
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      assertThat(server.fetches()).isLessThan((int) (10 + 4 * seconds));
    }
  }

  @Test
  void saysThatADeviceIsMissing() throws Exception {
    try (Camera camera = camera(source("v4l2:///dev/video-none", null, null, null))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).contains("device does not exist");
    }
  }

  @Test
  void observesADeviceOfThisMachine() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/dev/video0")), "no /dev/video0; skipped");
    try (Camera camera = camera(source("v4l2:///dev/video0", null, null, null))) {
      camera.start(told);
      told.awaitObservation();
    }
  }

  private Certificate certificate(String name) throws Exception {
    return Certificate.create(folder.resolve("certificates"), name);
  }

  private static RtspServer secureServer(Certificate shown) throws Exception {
    return RtspServer.start(0, "smpte", "us er", CameraFixture.PASSWORD, shown.withKey().toString());
  }

  private static Source rtsps(RtspServer server, @Nullable String ca) {
    return source(server.uri().replace("rtsp:", "rtsps:"), null, ca, "us er");
  }

  private static Source source(
      String uri, @Nullable Duration snapshot, @Nullable String ca, @Nullable String user) {
    return new Source(
        URI.create(uri),
        Optional.empty(),
        Optional.ofNullable(snapshot),
        Optional.ofNullable(ca),
        Optional.ofNullable(user),
        Optional.ofNullable(user).map(_ -> "cam-1"));
  }

  private Camera camera(Source source) {
    return cameras.camera(Cameras.of(source), Cameras.limits(CameraFixture.LIMITS));
  }
}
