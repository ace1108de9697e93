package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.video.CameraFixture.children;
import static org.cityedge.video.CameraFixture.config;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.evidence.ClipMaker;
import org.cityedge.video.evidence.EvidenceConfig;
import org.cityedge.video.evidence.Recorder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What makes a camera open its stream anew, and what it says while it has none. */
@Timeout(120)
class CameraReconnectIT {
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
  void comesBackAfterTheCameraLostPower() throws Exception {
    RtspServer server = RtspServer.start("smpte");
    try (Camera camera = fixture.camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      server.close();
      CameraHealth lost = told.awaitState(State.LOST);
      assertThat(lost.detail()).contains("connection refused");
      server = RtspServer.start(server.port(), "smpte");
      CameraHealth back = told.awaitState(State.OK);
      assertThat(back.reconnects()).isPositive();
    } finally {
      server.close();
    }
  }

  @Test
  void startsAgainWhenTheChildIsKilled() throws Exception {
    try (RtspServer server = RtspServer.start("smpte");
        Camera camera = fixture.camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      children().getFirst().destroyForcibly();
      told.await("reconnected", health -> health.reconnects() > 0);
      told.awaitNextObservation();
    }
  }

  @Test
  void killsAChildThatHangs() throws Exception {
    try (RtspServer server = RtspServer.start("smpte");
        Camera camera = fixture.camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      ProcessHandle hanging = children().getFirst();
      signal("STOP", hanging);
      assertThat(told.awaitState(State.LOST).detail()).contains("no picture");
      hanging.onExit().join();
      told.awaitState(State.OK);
    }
  }

  @Test
  void losesACameraThatAcceptsAndStaysSilent() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Camera camera = fixture.camera("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam")) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).containsAnyOf("no picture", "no answer");
    }
  }

  @Test
  void losesACameraThatTalksGarbage() throws Exception {
    try (ServerSocket garbage = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answerAll(garbage, "\u0000\u0001 no such thing \r\n\r\n"));
      try (Camera camera = fixture.camera("rtsp://127.0.0.1:" + garbage.getLocalPort() + "/cam")) {
        camera.start(told);
        assertThat(told.awaitState(State.LOST).detail()).isNotBlank();
      }
    }
  }

  /** Its recording goes by the clock. */
  @Test
  void opensARecordedStreamAnewWhenTheClockIsSetBack() throws Exception {
    AtomicLong hoursBack = new AtomicLong();
    InstantSource clock = () -> Instant.now().minus(Duration.ofHours(hoursBack.get()));
    try (MjpegServer server = MjpegServer.start();
        ClipMaker clips = new ClipMaker(fixture.folder.resolve("clips"))) {
      CameraConfig config = config(server.uri(), Optional.empty(), List.of());
      Recorder recorder =
          new Recorder(
              config,
              EvidenceConfig.DEFAULT,
              clips,
              fixture.folder.resolve("ring"),
              KeyFiles.in(fixture.folder),
              System::nanoTime,
              clock);
      try (Camera camera =
          new Camera(
              config,
              () -> List.of(fixture.detector()),
              KeyFiles.in(fixture.folder),
              fixture.folder,
              clock,
              System::nanoTime,
              Optional.of(recorder),
              () -> false)) {
        camera.start(told);
        told.awaitState(State.OK);
        assertThat(server.streams().tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        hoursBack.set(1);
        assertThat(server.streams().tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        assertThat(told.latest().reconnects()).isZero();
        // Again within the minute: that is told, and the pictures go on.
        hoursBack.set(0);
        told.await("restless", health -> health.detail().startsWith("the clock is set again"));
        told.awaitNextObservation();
        assertThat(server.streams().availablePermits()).isZero();
      }
    }
  }

  @Test
  void startsAgainWhenThePictureChangesItsSize() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera = fixture.camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      server.size(400, 400);
      told.await("reconnected", health -> health.reconnects() > 0);
      Observation after = told.awaitNextObservation();
      while (!Double.valueOf(400).equals(after.features().get("width"))) {
        after = told.awaitObservation();
      }
      assertThat(after.features()).containsEntry("height", 400.0);
    }
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  private static void answerAll(ServerSocket server, String text) {
    try {
      while (true) {
        try (Socket socket = server.accept();
            OutputStream out = socket.getOutputStream()) {
          out.write(text.getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
