package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cityedge.config.Secrets;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.Observation.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Live cameras with real servers, real children and real failures. */
@Timeout(120)
class CameraIT {
  private static final String PASSWORD = "p@ss:w/o'rd% 7";
  private static final CameraWatch.Limits LIMITS =
      new CameraWatch.Limits(
          Duration.ofSeconds(4),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofMillis(800));

  private final Telling told = new Telling();
  private final AtomicInteger closedDetectors = new AtomicInteger();
  private Path folder = Path.of("");

  @BeforeEach
  void writesSecret(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Path secret = folder.resolve("cam-1");
    Files.writeString(secret, PASSWORD + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void leavesNoChild() {
    assertThat(children()).isEmpty();
  }

  @Test
  void observesRtspStreamAndClosesEverything() throws Exception {
    try (RtspServer server = RtspServer.start("smpte")) {
      Camera camera = camera(server.uri());
      camera.start(told);
      told.awaitState(State.OK);
      Observation first = told.awaitObservation();
      camera.close();
      assertThat(first.features()).containsEntry("width", 640.0).containsEntry("height", 360.0);
      assertThat(closedDetectors).hasValue(1);
      int waiting = told.waiting();
      camera.close();
      assertThat(told.waiting()).isEqualTo(waiting);
    }
  }

  @Test
  void comesBackAfterTheCameraLostPower() throws Exception {
    RtspServer server = RtspServer.start("smpte");
    try (Camera camera = camera(server.uri())) {
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
  void logsInWithDigest() throws Exception {
    loginStaysSecret("digest");
  }

  @Test
  void logsInWithBasic() throws Exception {
    loginStaysSecret("basic");
  }

  private void loginStaysSecret(String method) throws Exception {
    try (RtspServer server = RtspServer.start(0, "smpte", "us er", PASSWORD, method);
        Camera camera = camera(server.uri(), Optional.of("us er"))) {
      camera.start(told);
      told.awaitState(State.OK);
      Path child = Path.of("/proc", String.valueOf(children().getFirst().pid()));
      String visible =
          Files.readString(child.resolve("cmdline")) + Files.readString(child.resolve("environ"));
      assertThat(visible)
          .contains("ffmpeg")
          .doesNotContain(PASSWORD, "p%40ss", "us er", "us%20er", "127.0.0.1");
    }
  }

  @Test
  void saysThatThePasswordIsRefused() throws Exception {
    try (RtspServer server = RtspServer.start(0, "smpte", "us er", "another", "digest");
        Camera camera = camera(server.uri(), Optional.of("us er"))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail())
          .contains("user or password refused")
          .doesNotContain(PASSWORD);
    }
  }

  @Test
  void startsAgainWhenTheChildIsKilled() throws Exception {
    try (RtspServer server = RtspServer.start("smpte");
        Camera camera = camera(server.uri())) {
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
        Camera camera = camera(server.uri())) {
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
        Camera camera = camera("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam")) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).containsAnyOf("no picture", "no answer");
    }
  }

  @Test
  void losesACameraThatTalksGarbage() throws Exception {
    try (ServerSocket garbage = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answerAll(garbage, "\u0000\u0001 no such thing \r\n\r\n"));
      try (Camera camera = camera("rtsp://127.0.0.1:" + garbage.getLocalPort() + "/cam")) {
        camera.start(told);
        assertThat(told.awaitState(State.LOST).detail()).isNotBlank();
      }
    }
  }

  @Test
  void observesMjpegAndSeesThatItIsFrozen() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      assertThat(told.awaitObservation().features()).containsEntry("width", 320.0);
      server.freeze();
      told.awaitState(State.FROZEN);
      server.go();
      told.awaitState(State.OK);
    }
  }

  @Test
  void logsInToMjpeg() throws Exception {
    try (MjpegServer server = MjpegServer.start("us er", PASSWORD);
        Camera camera = camera(server.uri(), Optional.of("us er"))) {
      camera.start(told);
      told.awaitState(State.OK);
    }
  }

  @Test
  void startsAgainWhenThePictureChangesItsSize() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.OK);
      server.size(400, 400);
      told.await("reconnected", health -> health.reconnects() > 0);
      Map<String, Double> wanted = Map.of("width", 400.0, "height", 400.0);
      Observation after = told.awaitNextObservation();
      while (!after.features().equals(wanted)) {
        after = told.awaitObservation();
      }
    }
  }

  @Test
  void seesThatThePictureIsBlack() throws Exception {
    try (RtspServer server = RtspServer.start("black");
        Camera camera = camera(server.uri())) {
      camera.start(told);
      told.awaitState(State.BLACK);
    }
  }

  @Test
  void refusedConnectionsCostNoDescriptors() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    CameraConfig config = config("rtsp://127.0.0.1:" + port + "/cam", Optional.empty());
    failToOpen(config, 5);
    long before = descriptors();
    failToOpen(config, 200);
    assertThat(descriptors()).isLessThanOrEqualTo(before + 2);
  }

  private void failToOpen(CameraConfig config, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      try (var stream =
          org.cityedge.video.source.LiveStream.open(
              config,
              Optional.empty(),
              folder,
              Duration.ofSeconds(10),
              Clock.systemUTC(),
              System::nanoTime)) {
        stream.next();
        throw new AssertionError("a closed port gave a picture");
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("connection refused");
      }
    }
  }

  private Camera camera(String uri) {
    return camera(uri, Optional.empty());
  }

  private Camera camera(String uri, Optional<String> user) {
    return new Camera(
        config(uri, user),
        List.of(new SizeDetector(closedDetectors)),
        new Secrets(folder),
        folder,
        Clock.systemUTC(),
        System::nanoTime,
        LIMITS);
  }

  private static CameraConfig config(String uri, Optional<String> user) {
    return new CameraConfig(
        "cam-1",
        URI.create(uri),
        user,
        user.map(_ -> "cam-1"),
        5,
        Set.of(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  private static List<ProcessHandle> children() {
    return ProcessHandle.current()
        .children()
        .filter(p -> p.info().command().orElse("").endsWith("/ffmpeg"))
        .toList();
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
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

  /** Tells each frame's size. */
  private record SizeDetector(AtomicInteger closed) implements Detector {
    @Override
    public List<Observation> observe(Frame frame) {
      return List.of(
          new Observation(
              "cam-1",
              "frame",
              Kind.SMOKE,
              "size/1",
              0,
              OptionalDouble.empty(),
              true,
              Map.of("width", (double) frame.width(), "height", (double) frame.height()),
              List.of(),
              frame.nanos(),
              frame.at()));
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
