package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream that really comes and goes is {@link RecorderIT}'s. */
class MainRingTest {
  private static final Duration SPAN = Duration.ofSeconds(40);

  @TempDir Path parent;
  private long seconds = 100;
  private int tries;

  private MainRing open(Path folder) throws IOException {
    Ring ring =
        new Ring(folder, 1 << 20, SPAN, 2, () -> seconds * 1_000_000_000, () -> Instant.EPOCH);
    return new MainRing(
        "cam-1",
        ring,
        _ -> {
          tries++;
          throw new IOException("no route");
        },
        () -> seconds * 1_000_000_000,
        () -> Instant.ofEpochSecond(seconds));
  }

  private static long files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }

  @Test
  void keepsNothingForLongerThanItsSpanWhileItsStreamCannotBeOpened() throws Exception {
    Path folder = parent.resolve("main");
    try (MainRing main = open(folder)) {
      Files.write(folder.resolve("live-00000000.mkv"), new byte[10]);
      main.ring().tick();
      seconds += 2;
      main.tick();
      assertThat(files(folder)).isEqualTo(1);
      seconds += SPAN.toSeconds() + 1;
      main.tick();
      assertThat(files(folder)).isZero();
      assertThat(tries).isPositive();
      assertThat(main.isWell()).isFalse();
    }
  }

  @Test
  void aFolderThatRefusesIsTroubleOfThisStreamAlone() throws Exception {
    Path folder = parent.resolve("main");
    try (MainRing main = open(folder)) {
      Files.delete(folder);
      Files.createFile(folder);
      main.tick();
      assertThat(main.trouble()).isPresent();
      assertThat(tries).isZero();
      Files.delete(folder);
      seconds += 120;
      main.tick();
      assertThat(tries).isEqualTo(1);
    }
  }

  /** What a connection that was lost and came back leaves. */
  @Test
  void holdsNoTimeInWhichSecondsAreMissing() throws Exception {
    Path folder = parent.resolve("main");
    try (MainRing main = open(folder)) {
      for (long at : new long[] {100, 102, 109, 111, 113}) {
        seconds = at;
        Files.write(folder.resolve("live-%08d.mkv".formatted(at)), new byte[10]);
        main.ring().tick();
        if (at == 102) {
          seconds = 104;
          main.ring().finish();
        }
      }
      assertThat(covers(main, 99, 104)).isTrue();
      assertThat(covers(main, 108, 113)).isTrue();
      assertThat(covers(main, 101, 112)).as("5 s in the middle").isFalse();
      assertThat(covers(main, 101, 108)).as("4 s at its end").isFalse();
      assertThat(covers(main, 105, 112)).as("4 s at its beginning").isFalse();
      assertThat(covers(main, 112, 115)).as("2 s that are not finished").isFalse();
      assertThat(covers(main, 105, 106)).as("nothing").isFalse();
    }
  }

  private static boolean covers(MainRing main, long from, long until) {
    return main.covers(Duration.ofSeconds(from).toNanos(), Duration.ofSeconds(until).toNanos());
  }
}
