package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as the child writes them, by hand; time as the test says. */
class RingTest {
  private static final int MAX_BYTES = 1000;
  private static final Duration SPAN = Duration.ofSeconds(10);

  /** No file is as old, so that a file counts as begun when it is first seen. */
  private static final Instant LONG_AGO = Instant.EPOCH;

  @TempDir Path parent;
  private Path folder;
  private Ring ring;
  private long seconds = 100;

  /** Seconds by which the wall clock was set back. */
  private long back;

  @BeforeEach
  void opensTheRing() throws IOException {
    folder = parent.resolve("ring-cam-1");
    ring = open();
  }

  private Ring open() throws IOException {
    return new Ring(folder, MAX_BYTES, SPAN, 2, () -> seconds * 1_000_000_000, () -> LONG_AGO);
  }

  /** The child begins or goes on with a file; the later the call, the younger the file. */
  private void write(int number, int bytes) throws IOException {
    Path file = folder.resolve("live-%08d.mkv".formatted(number));
    Files.write(file, new byte[bytes]);
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO.plusSeconds(seconds - back)));
  }

  private void tickAt(long second) throws IOException {
    seconds = second;
    ring.tick();
  }

  private void writeAt(long second, int number, int bytes) throws IOException {
    seconds = second;
    write(number, bytes);
    ring.tick();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> spans(long from, long until) {
    return ring.between(from * 1_000_000_000, until * 1_000_000_000).stream()
        .map(s -> s.from() / 1_000_000_000 + ".." + s.until() / 1_000_000_000)
        .toList();
  }

  @Test
  void takesOverWhatIsFinishedAndLeavesWhatIsBeingWritten() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    writeAt(104, 2, 10);
    assertThat(files()).containsExactly("0000000000.mkv", "0000000001.mkv", "live-00000002.mkv");
    assertThat(spans(100, 200)).containsExactly("100..102", "102..104");
    assertThat(spans(103, 104)).containsExactly("102..104");
    assertThat(ring.reaches(104_000_000_000L)).isTrue();
    assertThat(ring.reaches(105_000_000_000L)).isFalse();
  }

  @Test
  void countsWhatComesAndNotWhatGoes() throws IOException {
    writeAt(100, 0, 10);
    writeAt(101, 0, 15);
    writeAt(102, 1, 10);
    assertThat(ring.arrived()).isEqualTo(25);
    ring.finish();
    tickAt(200);
    assertThat(files()).isEmpty();
    assertThat(ring.arrived()).isEqualTo(25);
  }

  /** The file system stamps with the wall clock, which NTP sets. */
  @Test
  void keepsTheOrderWhenTheClockIsSetBack() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    back = 3600;
    writeAt(104, 2, 10);
    writeAt(106, 3, 10);

    assertThat(spans(100, 200)).containsExactly("100..102", "102..104", "104..106");
    assertThat(files()).contains("live-00000003.mkv");
  }

  @Test
  void dropsTheOldestBeyondItsBytes() throws IOException {
    writeAt(100, 0, 400);
    writeAt(102, 1, 400);
    writeAt(104, 2, 150);
    assertThat(files()).hasSize(3);
    writeAt(105, 2, 250);
    assertThat(files()).containsExactly("0000000001.mkv", "live-00000002.mkv");
    assertThat(ring.bytes()).isEqualTo(650);
  }

  @Test
  void dropsWhatIsOlderThanItsSpanAlsoWhenTheStreamIsGone() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    seconds = 104;
    ring.finish();
    tickAt(112);
    assertThat(spans(0, 200)).containsExactly("100..102", "102..104");
    tickAt(113);
    assertThat(spans(0, 200)).containsExactly("102..104");
    tickAt(115);
    assertThat(files()).isEmpty();
    assertThat(ring.bytes()).isZero();
  }

  @Test
  void emptiesAFileThatAloneIsTooLargeAndNeverShowsIt() throws IOException {
    writeAt(100, 0, MAX_BYTES + 1);
    Path emptied = folder.resolve("live-00000000.mkv");
    assertThat(Files.size(emptied)).isZero();
    // By the disk's clock it was written to just now, which by the test's is years ahead.
    Files.setLastModifiedTime(emptied, FileTime.from(LONG_AGO.plusSeconds(seconds - back)));
    writeAt(102, 1, 10);
    assertThat(files()).containsExactly("live-00000001.mkv");
  }

  @Test
  void keepsWhatIsFinishedWhenTheWriterCountsFromZeroAgain() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 20);
    writeAt(105, 0, 30);
    writeAt(107, 1, 40);
    assertThat(spans(0, 200)).containsExactly("100..102", "102..105", "105..107");
  }

  @Test
  void tellsAGapBetweenTwoConnections() throws IOException {
    writeAt(100, 0, 10);
    seconds = 102;
    ring.finish();
    writeAt(105, 0, 10);
    writeAt(107, 1, 10);
    assertThat(spans(0, 200)).containsExactly("100..102", "105..107");
  }

  @Test
  void aFileThatNothingWasWrittenToIsNoSegment() throws IOException {
    writeAt(100, 0, 0);
    writeAt(102, 1, 10);
    assertThat(spans(0, 200)).isEmpty();
    assertThat(files()).containsExactly("live-00000001.mkv");
  }

  @Test
  void removesWhatAKilledAgentLeft() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    Files.createDirectory(folder.resolve("sub"));
    Files.write(folder.resolve("sub").resolve("clip.mp4"), new byte[3]);
    ring = open();
    assertThat(files()).isEmpty();
    assertThat(spans(0, 200)).isEmpty();
  }

  @Test
  void letsNobodyElseIntoItsFolderAlsoWhenItWasThereBefore() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    ring = open();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  @Test
  void makesItsFolderAgainWhenSomebodyRemovesIt() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    Ring.remove(folder);
    tickAt(104);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    assertThat(spans(0, 200)).isEmpty();
    assertThat(ring.bytes()).isZero();
    writeAt(106, 1, 20);
    writeAt(108, 2, 20);
    assertThat(spans(0, 200)).containsExactly("106..108");

    Ring.remove(folder);
    ring.finish();
    assertThat(folder).isEmptyDirectory();
    assertThat(spans(0, 200)).isEmpty();
  }

  @Test
  void aListingThatBreaksOffIsARefusalLikeAnyOther() {
    IOException broken = new IOException("Input/output error");
    Stream<Path> listing =
        Stream.generate(
            () -> {
              throw new UncheckedIOException(broken);
            });
    assertThatThrownBy(() -> Ring.all(listing)).isSameAs(broken);
  }

  @Test
  void removesALinkAndNotWhatItLeadsTo() throws IOException {
    Path others = Files.createDirectory(parent.resolve("others"));
    Files.write(others.resolve("file"), new byte[3]);
    Files.createSymbolicLink(folder.resolve("link"), others);
    ring.close();
    assertThat(folder).doesNotExist();
    assertThat(others).isNotEmptyDirectory();
  }

  @Test
  void leavesNothingBehind() throws IOException {
    writeAt(100, 0, 10);
    writeAt(102, 1, 10);
    ring.close();
    assertThat(folder).doesNotExist();
  }
}
