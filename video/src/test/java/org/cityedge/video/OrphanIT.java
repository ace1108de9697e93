package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.KeyFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is killed leaves no child behind, not even one that hangs. */
@Timeout(120)
class OrphanIT {
  @Test
  void theChildDiesWithTheAgent(@TempDir Path folder) throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Process agent =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Agent.class.getName(),
                  "rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam",
                  folder.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        silent.accept();
        ProcessHandle child = agent.descendants().findFirst().orElseThrow();
        // Stopped, it can neither run into its own time limit nor notice the closed pipe.
        new ProcessBuilder("kill", "-STOP", String.valueOf(child.pid())).start().waitFor();
        agent.destroyForcibly().waitFor();
        try {
          child.onExit().get(60, TimeUnit.SECONDS);
          assertThat(child.isAlive()).isFalse();
        } finally {
          child.destroyForcibly();
        }
      } finally {
        agent.destroyForcibly();
      }
    }
  }

  /** Runs in a JVM of its own until it is killed. */
  static final class Agent {
    public static void main(String[] args) throws InterruptedException {
      CameraConfig config =
          new CameraConfig(
              "cam-1",
              Source.of(URI.create(args[0])),
              Sampling.rate(2),
              Set.of(),
              List.of(),
              List.of(),
              List.of(),
              Optional.empty());
      Path folder = Path.of(args[1]);
      Camera camera =
          new Camera(
              config,
              () -> List.of(),
              KeyFiles.in(folder),
              folder,
              Clock.systemUTC(),
              System::nanoTime);
      camera.start(
          new Camera.Sink() {
            @Override
            public void observed(Observation observation, Witness witness) {}

            @Override
            public void health(CameraHealth health) {}
          });
      new CountDownLatch(1).await();
    }
  }
}
