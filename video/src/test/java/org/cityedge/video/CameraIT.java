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
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.evidence.ClipMaker;
import org.cityedge.video.evidence.EvidenceConfig;
import org.cityedge.video.evidence.Recorder;
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
    Path secret = Files.createDirectories(folder.resolve("secrets")).resolve("cam-1");
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

  /** With privacy zones a picture leaves only while the view is known to be the right one. */
  @Test
  void observesMjpegAndSeesThatItIsFrozen() throws Exception {
    List<Zone> privacy = List.of(Cameras.box("house", 0, 0, 0.2, 0.2));
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(server.uri(), Optional.empty(), privacy)) {
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

  /** Its recording goes by the clock. */
  @Test
  void opensARecordedStreamAnewWhenTheClockIsSetBack() throws Exception {
    AtomicLong hoursBack = new AtomicLong();
    InstantSource clock = () -> Instant.now().minus(Duration.ofHours(hoursBack.get()));
    try (MjpegServer server = MjpegServer.start();
        ClipMaker clips = new ClipMaker(folder.resolve("clips"))) {
      CameraConfig config = config(server.uri(), Optional.empty(), List.of());
      Recorder recorder =
          new Recorder(
              config,
              EvidenceConfig.DEFAULT,
              clips,
              folder.resolve("ring"),
              KeyFiles.in(folder),
              System::nanoTime,
              clock);
      try (Camera camera =
          new Camera(
              config,
              () -> List.of(new SizeDetector(closedDetectors)),
              KeyFiles.in(folder),
              folder,
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
      Observation after = told.awaitNextObservation();
      while (!Double.valueOf(400).equals(after.features().get("width"))) {
        after = told.awaitObservation();
      }
      assertThat(after.features()).containsEntry("height", 400.0);
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
  void playsAFileOnceBlackensPrivacyZonesAndIsThenLost() throws Exception {
    Path file = folder.resolve("it's a scene.mp4");
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
    try (Camera camera = camera(file.toUri().toString(), Optional.empty(), leftHalf)) {
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
  void aFailingDetectorStopsNoOther() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera =
            new Camera(
                config(server.uri(), Optional.empty(), List.of()),
                () -> List.of(new FailingDetector(), new SizeDetector(closedDetectors)),
                KeyFiles.in(folder),
                folder,
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
                () -> List.of(new FailingDetector(), new SizeDetector(closedDetectors)),
                KeyFiles.in(folder),
                folder,
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
            KeyFiles.in(folder),
            folder,
            Clock.systemUTC(),
            System::nanoTime,
            Cameras.limits(LIMITS))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail()).contains("no room to unpack it");
    }
  }

  @Test
  void looksOnceASecondWhileTheBoardIsHotAndSaysSo() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera =
            new Camera(
                config(server.uri(), Optional.empty(), List.of()),
                () -> List.of(new SizeDetector(closedDetectors)),
                KeyFiles.in(folder),
                folder,
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

  private Camera camera(String uri) {
    return camera(uri, Optional.empty());
  }

  private Camera camera(String uri, Optional<String> user) {
    return camera(uri, user, List.of());
  }

  private Camera camera(String uri, Optional<String> user, List<Zone> privacy) {
    return new Camera(
        config(uri, user, privacy),
        () -> List.of(new SizeDetector(closedDetectors)),
        KeyFiles.in(folder),
        folder,
        Clock.systemUTC(),
        System::nanoTime,
        Cameras.limits(LIMITS));
  }

  private static CameraConfig config(String uri, Optional<String> user, List<Zone> privacy) {
    Source source =
        new Source(
            URI.create(uri),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            user,
            user.map(_ -> "cam-1"));
    return config(source, privacy);
  }

  private static CameraConfig config(Source source, List<Zone> privacy) {
    return new CameraConfig(
        "cam-1",
        source,
        Sampling.rate(5),
        Set.of(),
        List.of(),
        List.of(),
        privacy,
        Optional.empty());
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

  private static List<ProcessHandle> children() {
    return ProcessHandle.current()
        .children()
        .filter(p -> p.info().command().orElse("").endsWith("/ffmpeg"))
        .toList();
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

  /** Tells each frame's size, and the mean of its left and right half. */
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
              Map.of(
                  "width",
                  (double) frame.width(),
                  "height",
                  (double) frame.height(),
                  "left",
                  mean(frame, 0, frame.width() / 2),
                  "right",
                  mean(frame, frame.width() / 2 + 1, frame.width())),
              List.of(),
              frame.nanos(),
              frame.at()));
    }

    private static double mean(Frame frame, int from, int to) {
      long sum = 0;
      for (int y = 0; y < frame.height(); y++) {
        for (int i = (y * frame.width() + from) * 3; i < (y * frame.width() + to) * 3; i++) {
          sum += frame.bgr()[i] & 0xff;
        }
      }
      return sum / (3.0 * (to - from) * frame.height());
    }

    @Override
    public void close() {
      closed.incrementAndGet();
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
