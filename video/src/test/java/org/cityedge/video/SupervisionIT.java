package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.video.CameraFixture.LIMITS;
import static org.cityedge.video.CameraFixture.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraHealth.State;
import org.cityedge.video.source.LiveStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a child may use, and what is left when it is gone. */
@Timeout(1_800)
class SupervisionIT {
  private static final int CONNECTS = Integer.getInteger("cityedge.connects", 100);
  private static final long MIB = 1 << 20;

  private final Telling told = new Telling();
  private final Telling toldOfOther = new Telling();
  private CameraFixture fixture;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    fixture = new CameraFixture(folder);
  }

  @Test
  void aChildAtItsMemoryLimitIsReplacedAndDisturbsNoOther() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        MjpegServer other = MjpegServer.start();
        Camera undisturbed = camera(other.uri(), LiveStream.Limits.MEMORY_BYTES);
        Camera camera = camera(server.uri(), 128 * MIB)) {
      undisturbed.start(toldOfOther);
      camera.start(told);
      told.awaitState(State.OK);
      toldOfOther.awaitState(State.OK);
      // 96 MB for one decoded picture.
      server.size(8_000, 8_000);
      CameraHealth lost = told.awaitState(State.LOST);
      assertThat(lost.detail()).contains("memory limit");
      server.size(320, 240);
      told.awaitState(State.OK);
      toldOfOther.awaitNextObservation();
      assertThat(toldOfOther.latest().state()).isEqualTo(State.OK);
      assertThat(toldOfOther.latest().reconnects()).isZero();
    }
  }

  @Test
  void comesBackFromGarbageInTheMiddleOfTheStream() throws Exception {
    try (MjpegServer server = MjpegServer.start();
        Camera camera = camera(server.uri(), LiveStream.Limits.MEMORY_BYTES)) {
      camera.start(told);
      told.awaitState(State.OK);
      server.garble(true);
      assertThat(told.awaitState(State.LOST).detail()).isNotBlank();
      server.garble(false);
      told.awaitState(State.OK);
    }
  }

  @Test
  void failedConnectsCostNeitherMemoryNorDescriptors() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    CameraConfig config = config("rtsp://127.0.0.1:" + port + "/cam", Optional.empty(), List.of());
    failToOpen(config, 20);
    long descriptors = descriptors();
    long resident = residentBytes();
    failToOpen(config, CONNECTS);
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2);
    assertThat((residentBytes() - resident) / MIB).as("MiB grown").isLessThan(16);
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  private void failToOpen(CameraConfig config, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      try (var stream =
          LiveStream.open(
              config,
              config.sampling(),
              KeyFiles.in(fixture.folder),
              fixture.folder,
              new LiveStream.Limits(Duration.ofSeconds(10), LiveStream.Limits.MEMORY_BYTES),
              Clock.systemUTC(),
              System::nanoTime,
              Optional.empty())) {
        stream.next();
        throw new AssertionError("a closed port gave a picture");
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("connection refused");
      }
    }
  }

  private Camera camera(String uri, long memoryBytes) {
    return fixture.camera(
        config(uri, Optional.empty(), List.of()),
        new Camera.Limits(LIMITS, Cameras.limits(LIMITS).keyframes(), memoryBytes));
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  /** VmRSS of this process, after the garbage is gone. */
  private static long residentBytes() throws IOException {
    System.gc();
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(l -> l.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
  }
}
