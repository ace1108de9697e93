package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Source;
import org.cityedge.video.source.MainStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real child, connected to a camera that says nothing. */
@Timeout(60)
class MainRingIT {
  @TempDir Path folder;
  private long wall = 1_000_000;
  private int opened;

  @Test
  void opensItsStreamAnewWhenTheClockIsSetBack() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Source source = Source.of(URI.create("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam"));
      Ring ring =
          new Ring(
              folder.resolve("main"),
              1 << 20,
              Duration.ofSeconds(40),
              2,
              () -> 0,
              () -> Instant.EPOCH);
      try (MainRing main =
          new MainRing(
              "cam-1",
              ring,
              recording -> {
                opened++;
                return MainStream.open(
                    "cam-1", source, KeyFiles.in(folder), folder, recording, () -> 0);
              },
              () -> 0,
              () -> Instant.ofEpochSecond(wall))) {
        main.tick();
        main.tick();
        assertThat(opened).isEqualTo(1);
        wall -= 3600;
        main.tick();
        assertThat(opened).isEqualTo(2);
        main.tick();
        assertThat(opened).isEqualTo(2);
      }
    }
  }
}
