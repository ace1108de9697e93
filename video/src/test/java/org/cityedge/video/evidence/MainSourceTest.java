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

  @Test
  void keepsNothingForHoursOnceAClipCouldNotBeToldToShowTheSameView() {
    main.viewTold(false);
    tick();
    assertThat(folder).doesNotExist();
    assertThat(main.ring()).isEmpty();
    assertThat(main.lack()).contains(MainSource.OTHER_VIEW);

    seconds += MainSource.PAUSE.toSeconds() - 1;
    tick();
    assertThat(folder).doesNotExist();
    seconds++;
    tick();
    assertThat(folder).isDirectory();
    assertThat(main.lack()).as("until a clip tells otherwise").contains(MainSource.OTHER_VIEW);
  }

  @Test
  void isPausedAgainAsLongByTheNextClipThatCannotBeTold() {
    main.viewTold(false);
    tick();
    seconds += MainSource.PAUSE.toSeconds();
    tick();
    main.viewTold(false);
    tick();
    seconds += MainSource.PAUSE.toSeconds() - 1;
    tick();
    assertThat(folder).doesNotExist();
    seconds++;
    tick();
    assertThat(folder).isDirectory();
  }

  /** The second of two clips that were cut before the first was seen through. */
  @Test
  void isRecordedAgainAtOnceWhenALaterClipShowsTheSameView() {
    main.viewTold(false);
    tick();
    main.viewTold(true);
    tick();
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
