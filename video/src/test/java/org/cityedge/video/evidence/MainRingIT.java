package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
  private long nanos;
  private int opened;

  /** Each child is refused and ends; what it would have brought is written by hand. */
  @Test
  void aStreamThatComesAndGoesIsOpenedUnderBackoff() throws Exception {
    int nobody;
    try (ServerSocket gone = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      nobody = gone.getLocalPort();
    }
    Source source = Source.of(URI.create("rtsp://127.0.0.1:" + nobody + "/cam"));
    Path recorded = folder.resolve("main");
    List<MainStream> streams = new ArrayList<>();
    Ring ring =
        new Ring(recorded, 1 << 20, Duration.ofSeconds(40), 2, () -> nanos, () -> Instant.EPOCH);
    try (MainRing main =
        new MainRing(
            "cam-1",
            ring,
            recording -> {
              opened++;
              streams.add(
                  MainStream.open(
                      "cam-1", source, KeyFiles.in(folder), folder, recording, () -> nanos));
              return streams.getLast();
            },
            () -> nanos,
            () -> Instant.ofEpochSecond(wall).plusNanos(nanos))) {
      for (int connection = 1; connection <= 4; connection++) {
        while (opened < connection) {
          main.tick();
          nanos += Duration.ofMillis(100).toNanos();
        }
        Files.write(recorded.resolve("live-00000000.mkv"), new byte[10 * connection]);
        main.tick();
        while (streams.getLast().isAlive()) {
          Thread.onSpinWait();
        }
        main.tick();
        // Once it was in trouble it is not called back for a moment's sake.
        assertThat(main.trouble()).isPresent();
      }
    }
    // The waits are 1, 2 and 5 s, each lengthened by up to a fifth.
    assertThat(nanos).isGreaterThan(Duration.ofSeconds(8).toNanos());
  }

  @Test
  void opensItsStreamAnewWhenTheClockIsSet() throws Exception {
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
              () -> nanos,
              () -> Instant.ofEpochSecond(wall).plusNanos(nanos))) {
        main.tick();
        main.tick();
        assertThat(opened).isEqualTo(1);
        wall -= 3600;
        main.tick();
        assertThat(opened).isEqualTo(2);
        main.tick();
        assertThat(opened).isEqualTo(2);
        nanos = Duration.ofMinutes(1).toNanos();
        wall += 7200;
        main.tick();
        assertThat(opened).isEqualTo(3);
      }
    }
  }

  /** Nothing bounds what such a stream writes. */
  @Test
  void endsItsStreamAndWaitsWithTheNextOneAlsoWhenItsFolderRefuses() throws Exception {
    Path recorded = folder.resolve("main");
    Ring ring =
        new Ring(recorded, 1 << 20, Duration.ofSeconds(40), 2, () -> nanos, () -> Instant.EPOCH);
    List<MainStream> streams = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        MainRing main =
            new MainRing(
                "cam-1",
                ring,
                recording -> {
                  Source source =
                      Source.of(URI.create("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam"));
                  streams.add(
                      MainStream.open(
                          "cam-1", source, KeyFiles.in(folder), folder, recording, () -> nanos));
                  return streams.getLast();
                },
                () -> nanos,
                () -> Instant.ofEpochSecond(wall).plusNanos(nanos))) {
      main.tick();
      assertThat(streams.getFirst().isAlive()).isTrue();
      Files.delete(recorded);
      Files.createFile(recorded);
      nanos += MainRing.STALL.toNanos() + 1;
      main.tick();
      assertThat(streams.getFirst().isAlive()).isFalse();

      Files.delete(recorded);
      main.tick();
      assertThat(streams).as("within the wait after a failure").hasSize(1);
      nanos += Duration.ofSeconds(2).toNanos();
      main.tick();
      assertThat(streams).hasSize(2);
    }
  }

  /** What is flushed by a child that is killed is seen only after its connection is over. */
  @Test
  void whatAConnectionLeftDoesNotMakeTheNextOneWell() throws Exception {
    int nobody;
    try (ServerSocket gone = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      nobody = gone.getLocalPort();
    }
    Path recorded = folder.resolve("main");
    Ring ring =
        new Ring(recorded, 1 << 20, Duration.ofSeconds(40), 2, () -> nanos, () -> Instant.EPOCH);
    List<MainStream> streams = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        MainRing main =
            new MainRing(
                "cam-1",
                ring,
                recording -> {
                  int port = streams.isEmpty() ? nobody : silent.getLocalPort();
                  Source source = Source.of(URI.create("rtsp://127.0.0.1:" + port + "/cam"));
                  streams.add(
                      MainStream.open(
                          "cam-1", source, KeyFiles.in(folder), folder, recording, () -> nanos));
                  return streams.getLast();
                },
                () -> nanos,
                () -> Instant.ofEpochSecond(wall).plusNanos(nanos))) {
      main.tick();
      while (streams.getFirst().isAlive()) {
        Thread.onSpinWait();
      }
      main.tick();
      Files.write(recorded.resolve("live-00000000.mkv"), new byte[10]);
      while (streams.size() < 2) {
        nanos += Duration.ofMillis(100).toNanos();
        main.tick();
      }
      main.tick();
      assertThat(ring.bytes()).isEqualTo(10);
      assertThat(main.isWell()).isFalse();
    }
  }

  @Test
  void aClockThatIsSetToAndFroOpensItsStreamOnceAMinute() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Source source = Source.of(URI.create("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam"));
      Path recorded = folder.resolve("main");
      Ring ring =
          new Ring(recorded, 1 << 20, Duration.ofSeconds(40), 2, () -> nanos, () -> Instant.EPOCH);
      try (MainRing main =
          new MainRing(
              "cam-1",
              ring,
              recording -> {
                opened++;
                return MainStream.open(
                    "cam-1", source, KeyFiles.in(folder), folder, recording, () -> nanos);
              },
              () -> nanos,
              () -> Instant.ofEpochSecond(wall).plusNanos(nanos))) {
        for (int second = 0; second <= 125; second++) {
          nanos = Duration.ofSeconds(second).toNanos();
          wall = 1_000_000 + second / 3 % 2 * 2L;
          Files.write(recorded.resolve("live-00000000.mkv"), new byte[10 + second]);
          main.tick();
        }
        assertThat(opened).as("the first, and one for each minute").isEqualTo(3);
        assertThat(main.isWell()).isTrue();
      }
    }
  }
}
