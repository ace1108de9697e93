package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Cameras;
import org.cityedge.video.Clip;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as the child writes them, by hand; time as the test says. What is real is RecorderIT's. */
class RecorderTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private final Evidence evidence = new Evidence();
  private final List<Clip> clips = new ArrayList<>();
  private ClipMaker maker;
  private Recorder recorder;
  private long seconds = 100;
  private InstantSource clock = () -> Instant.EPOCH;

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void opens() throws IOException {
    maker = new ClipMaker(folder.resolve("clips"));
    recorder = recorder(Source.of(URI.create("rtsp://127.0.0.1/cam")));
  }

  private Recorder recorder(Source source) {
    EvidenceConfig standard = EvidenceConfig.DEFAULT;
    return new Recorder(
        Cameras.of(source),
        new EvidenceConfig(
            true,
            standard.before(),
            standard.after(),
            2 * MIB,
            standard.keep(),
            standard.originals()),
        maker,
        folder.resolve("ring"),
        KeyFiles.in(folder),
        () -> seconds * 1_000_000_000,
        () -> clock.instant());
  }

  @AfterEach
  void closes() {
    recorder.close();
    maker.close();
    evidence.close();
  }

  /** Two seconds of stream in files of two seconds each. */
  private void record(int files, int bytes) throws IOException {
    for (int i = 0; i < files; i++) {
      Files.write(folder.resolve("ring/live-%08d.mkv".formatted(i)), new byte[bytes]);
      recorder.tick(Optional.empty());
      seconds += 2;
    }
    recorder.connecting();
    recorder.tick(Optional.empty());
  }

  @Test
  void saysWhatItsBytesLackUntilTheyAreEnough() throws IOException {
    record(3, MIB / 4);
    assertThat(recorder.lack()).isEmpty();
    // 1 Mbit/s: two of the 32 s that a clip of 30 s and its last file take come to 16 s.
    record(30, MIB / 4);
    assertThat(recorder.lack())
        .contains("clips begin late: evidence.ringBytes holds 14 s of 32 s; it must be 5MiB");
    record(60, MIB / 16);
    assertThat(recorder.lack()).isEmpty();
  }

  /** A folder that another file system lies on cannot be removed. */
  @Test
  void leavesNoFileOfOneStreamBehindBecauseTheOtherOnesFolderStays() throws Exception {
    recorder.close();
    URI nobody = URI.create("rtsp://127.0.0.1:9/cam");
    recorder =
        recorder(
            new Source(
                nobody,
                Optional.of(nobody),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    record(2, MIB / 4);
    Path stays = folder.resolve("ring/main");
    assumeTrue(ends("mount", "-t", "tmpfs", "tmpfs", stays.toString()), "only root may mount");
    try {
      Files.write(stays.resolve("0000000000.mkv"), new byte[10]);
      recorder.close();
      assertThat(stays).isEmptyDirectory();
      assertThat(folder.resolve("ring")).isDirectoryNotContaining("glob:**.mkv");
    } finally {
      assertThat(ends("umount", stays.toString())).isTrue();
    }
  }

  private static boolean ends(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }

  private void learn() {
    byte[] bgr = new byte[64 * 48 * 3];
    for (int s = 0; s < 20; s++) {
      evidence.learn(
          new Frame(64, 48, bgr, Duration.ofSeconds(s).toNanos(), Instant.ofEpochSecond(s)));
    }
  }

  @Test
  void withholdsTheClipThatWaitsForItsEndWhenTheCameraIsStopped() {
    learn();
    recorder.order(
        Duration.ofSeconds(seconds).toNanos(),
        evidence,
        false,
        clip -> {
          clips.add(clip);
          throw new OutOfMemoryError("a consumer's own fault");
        });
    recorder.order(Duration.ofSeconds(seconds).toNanos(), evidence, false, clips::add);
    assertThat(clips).isEmpty();

    recorder.close();

    assertThat(clips)
        .hasSize(2)
        .containsOnly(new Clip.Withheld("the camera was stopped before the clip was made"));
    assertThat(folder.resolve("ring")).as("what is not masked").doesNotExist();
    recorder.close();
    assertThat(clips).hasSize(2);
  }

  /** Whoever orders it has the alert in hand, and a siren to switch. */
  @Test
  void tellsThatThereIsNoClipForWantOfMemoryAndLetsTheAlertGoOn() {
    OutOfMemoryError want = new OutOfMemoryError("Physical memory usage is too high");
    recorder.order(
        0,
        () -> {
          throw want;
        },
        false,
        clips::add);
    assertThat(clips).containsExactly(new Clip.Withheld("no clip: " + want));
  }

  @Test
  void tellsThatThereIsNoClipAlsoWhereAnErrorEndsItsCutting() throws IOException {
    learn();
    record(20, 10);
    recorder.order(Duration.ofSeconds(seconds - 25).toNanos(), evidence, false, clips::add);
    OutOfMemoryError want = new OutOfMemoryError("Physical memory usage is too high");
    clock =
        () -> {
          throw want;
        };
    assertThatThrownBy(() -> recorder.tick(Optional.empty())).isSameAs(want);
    assertThat(clips).containsExactly(new Clip.Withheld("no clip: " + want));
    assertThat(folder.resolve("clips")).isEmptyDirectory();
  }
}
