package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.video.CameraFixture.PASSWORD;
import static org.cityedge.video.CameraFixture.children;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.video.CameraHealth.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cameras that ask for user and password, which no other process may see. */
@Timeout(120)
class CameraLoginIT {
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
  void logsInWithDigest() throws Exception {
    loginStaysSecret("digest");
  }

  @Test
  void logsInWithBasic() throws Exception {
    loginStaysSecret("basic");
  }

  private void loginStaysSecret(String method) throws Exception {
    try (RtspServer server = RtspServer.start(0, "smpte", "us er", PASSWORD, method);
        Camera camera = fixture.camera(server.uri(), Optional.of("us er"))) {
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
        Camera camera = fixture.camera(server.uri(), Optional.of("us er"))) {
      camera.start(told);
      assertThat(told.awaitState(State.LOST).detail())
          .contains("user or password refused")
          .doesNotContain(PASSWORD);
    }
  }

  @Test
  void logsInToMjpeg() throws Exception {
    try (MjpegServer server = MjpegServer.start("us er", PASSWORD);
        Camera camera = fixture.camera(server.uri(), Optional.of("us er"))) {
      camera.start(told);
      told.awaitState(State.OK);
    }
  }
}
