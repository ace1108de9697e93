package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether a stream for evidence is recorded, by its folder; a stream that really comes is an IT's.
 */
class MainSourceTest {
  @TempDir Path parent;
  private Path folder;
  private MainSource main;
  private long seconds = 100;

  @BeforeEach
  void records() {
    folder = parent.resolve("main");
    main = new MainSource("cam-1", this::open, nanos());
    tick();
    assertThat(folder).isDirectory();
  }

  @AfterEach
  void closes() {
    main.close();
  }

  private long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private void tick() {
    main.tick(nanos());
  }

  private MainRing open() throws IOException {
    Ring ring =
        new Ring(folder, 1 << 20, Duration.ofSeconds(40), 2, this::nanos, () -> Instant.EPOCH);
    return new MainRing(
        "cam-1",
        ring,
        _ -> {
          throw new IOException("no route");
        },
        this::nanos,
        () -> Instant.ofEpochSecond(seconds));
  }

  /** Nothing is recorded in all of that time, and it is afterwards. */
  private void isPausedFor(Duration pause) {
    assertThat(folder).doesNotExist();
    seconds += pause.toSeconds() - 1;
    tick();
    assertThat(folder).as("within %s", pause).doesNotExist();
    seconds++;
    tick();
    assertThat(folder).as("after %s", pause).isDirectory();
  }

  private void clipShows(boolean same) {
    main.viewTold(same);
    tick();
  }

  @Test
  void keepsNothingForTenMinutesOnceAClipCouldNotBeToldToShowTheSameView() {
    clipShows(false);
    assertThat(main.ring()).isEmpty();
    assertThat(main.lack()).contains(MainSource.OTHER_VIEW);
    isPausedFor(Duration.ofMinutes(10));
    assertThat(main.lack()).as("until a clip tells otherwise").contains(MainSource.OTHER_VIEW);
  }

  @Test
  void isPausedTwiceAsLongByEachFurtherClipThatCannotBeToldAndForSixHoursAtMost() {
    for (int minutes : new int[] {10, 20, 40, 80, 160, 320, 360, 360}) {
      clipShows(false);
      isPausedFor(Duration.ofMinutes(minutes));
    }
  }

  @Test
  void isPausedForTenMinutesAgainOnceAClipWasRecognised() {
    clipShows(false);
    isPausedFor(Duration.ofMinutes(10));
    clipShows(true);
    clipShows(false);
    isPausedFor(Duration.ofMinutes(10));
  }

  /** They say nothing of the minutes after. */
  @Test
  void isNotPausedForLongerByClipsThatWereCutBeforeThePauseBegan() {
    clipShows(false);
    seconds += 300;
    clipShows(false);
    isPausedFor(Duration.ofMinutes(5));
    clipShows(false);
    isPausedFor(Duration.ofMinutes(20));
  }

  /** The second of two clips that were cut before the first was seen through. */
  @Test
  void isRecordedAgainAtOnceWhenALaterClipShowsTheSameView() {
    clipShows(false);
    clipShows(true);
    assertThat(folder).isDirectory();
    assertThat(main.lack()).isEmpty();
  }

  @Test
  void goesOnWhileItsClipsShowTheSameView() throws IOException {
    Path kept = Files.createFile(folder.resolve("kept"));
    main.viewTold(true);
    tick();
    assertThat(kept).exists();
    assertThat(main.lack()).isEmpty();
  }

  @Test
  void triesAFolderThatCannotBeMadeAgainAfterAMinute() throws IOException {
    main.close();
    Files.createFile(folder);
    main = new MainSource("cam-1", this::open, nanos());
    tick();
    Files.delete(folder);
    seconds += 59;
    tick();
    assertThat(folder).doesNotExist();
    seconds++;
    tick();
    assertThat(folder).isDirectory();
  }
}
