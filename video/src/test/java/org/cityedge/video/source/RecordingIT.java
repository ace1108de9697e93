package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Cameras;
import org.cityedge.video.Footage;
import org.cityedge.video.Frame;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the real child writes beside the pictures, to a good disk and to a full one. */
@Timeout(60)
class RecordingIT {
  private static final int SECONDS = 7;

  @TempDir Path folder;
  private Path ring;

  @BeforeEach
  void makesTheFolder() throws IOException {
    ring = Files.createDirectory(folder.resolve("100% ring"));
  }

  private LiveStream open(Path file) throws IOException {
    CameraConfig config = Cameras.of(Source.of(file.toUri()));
    return LiveStream.open(
        config,
        config.sampling(),
        KeyFiles.in(folder),
        folder,
        new LiveStream.Limits(Duration.ofSeconds(5), LiveStream.Limits.MEMORY_BYTES),
        Clock.systemUTC(),
        System::nanoTime,
        Optional.of(new Recording(ring, 1)));
  }

  /** Looks at the pictures to their end and counts them. */
  private static int pictures(LiveStream stream) throws Exception {
    int pictures = 0;
    try {
      while (true) {
        if (stream.poll(Duration.ofSeconds(1)) != null) {
          pictures++;
        }
      }
    } catch (EOFException e) {
      return pictures;
    }
  }

  @Test
  void writesEveryPictureOfTheCamera() throws Exception {
    Path file = folder.resolve("scene.mp4");
    Footage.pattern(file, 3);
    try (LiveStream stream = open(file)) {
      assertThat(pictures(stream)).isGreaterThan(8);
      assertThat(stream.recordingTrouble()).isEmpty();
    }
    int recorded = 0;
    for (int i = 0; i < 3; i++) {
      try (FileFrames frames =
          new FileFrames(ring.resolve("live-%08d.mkv".formatted(i)), Sampling.rate(60))) {
        for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
          recorded++;
        }
      }
    }
    assertThat(recorded).isEqualTo(30);
  }

  @Test
  void writesWhatNoTransportStreamCouldHold() throws Exception {
    Path file = folder.resolve("scene.avi");
    Footage.pattern(file, 2, "-c:v", "mjpeg");
    try (LiveStream stream = open(file)) {
      assertThat(pictures(stream)).isGreaterThan(5);
    }
    try (FileFrames frames = new FileFrames(ring.resolve("live-00000000.mkv"), Sampling.rate(60))) {
      assertThat(frames.next()).isNotNull();
    }
  }

  /** Every file is /dev/full, where each write fails with ENOSPC, and then no longer. */
  @Test
  void aFullDiskCostsNoPictureAndIsOverWhenThereIsRoomAgain() throws Exception {
    Path file = folder.resolve("scene.mp4");
    Footage.pattern(file, SECONDS);
    for (int i = 0; i < 2 * SECONDS; i++) {
      Files.createSymbolicLink(ring.resolve("live-%08d.mkv".formatted(i)), Path.of("/dev/full"));
    }
    int pictures = 0;
    try (LiveStream stream = open(file)) {
      while (stream.recordingTrouble().isEmpty()) {
        if (stream.poll(Duration.ofSeconds(1)) != null) {
          pictures++;
        }
      }
      assertThat(stream.recordingTrouble().get()).contains("ending segment");
      for (int i = 0; i < 2 * SECONDS; i++) {
        Files.delete(ring.resolve("live-%08d.mkv".formatted(i)));
      }
      pictures += pictures(stream);
    }
    // Picked at least 0.192 s apart from ten a second: five a second.
    assertThat(pictures).isBetween(5 * SECONDS - 4, 5 * SECONDS + 1);
    assertThat(ring.resolve("live-00000000.mkv")).isRegularFile().isNotEmptyFile();
  }

  /**
   * Its packets have the wall clock's times, which was set by an hour before the file was closed.
   */
  @Test
  void aFileWhoseTimesJumpGivesNoMorePicturesThanItsLengthHas() throws Exception {
    String jump = "setts=ts=TS+gte(N\\,25)*3600/TB";
    Footage.pattern(folder.resolve("0.mkv"), 4, "-c:v", "libopenh264", "-bsf:v", jump);
    Footage.pattern(folder.resolve("1.mkv"), 2);
    SegmentFrames.list(folder, List.of("0.mkv", "1.mkv"), List.of(4.0, 2.0));
    int pictures = 0;
    try (SegmentFrames frames = SegmentFrames.open(folder, 5, 320, 60)) {
      while (frames.next() != null) {
        pictures++;
      }
    }
    assertThat(pictures).isBetween(5 * (4 + 2) - 1, 5 * (4 + 2) + 1);
  }

  @Test
  void anOriginalOfAFileWhoseTimesJumpStandsStillForASecondAndNotForAnHour() throws Exception {
    String jump = "setts=ts=TS+gte(N\\,25)*3600/TB";
    Footage.pattern(folder.resolve("0.mkv"), 4, "-c:v", "libopenh264", "-bsf:v", jump);
    Footage.pattern(folder.resolve("1.mkv"), 2);
    SegmentFrames.list(folder, List.of("0.mkv", "1.mkv"), List.of());
    try (Mp4 joined = Mp4.join(folder, "original.mp4", false, 60)) {
      joined.finish(60);
    }
    List<Long> times = new ArrayList<>();
    try (FileFrames frames = new FileFrames(folder.resolve("original.mp4"), Sampling.rate(60))) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        times.add(frame.nanos());
      }
    }
    assertThat(times).hasSize(10 * (4 + 2)).isSorted();
    // Six seconds of pictures, and the second that stands for the step.
    assertThat(times.getLast() / 1e9).isBetween(6.5, 7.1);
  }
}
