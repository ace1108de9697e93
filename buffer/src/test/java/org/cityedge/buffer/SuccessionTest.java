package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a succession that ends halfway; a folder in the way of a rename ends it here. */
final class SuccessionTest {
  private static final List<String> PARTS = List.of("", "-wal", "-shm");
  private static final String ASIDE = "events.db.damaged-20260501T080000Z";

  @TempDir Path folder;

  @BeforeEach
  void present() throws IOException {
    for (String part : PARTS) {
      Files.writeString(folder.resolve("events.db" + part), "present" + part);
    }
    Files.writeString(folder.resolve("events.db.new"), "new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-wal", "-shm"})
  void isFinishedUnderTheNameThatItWasBegunWith(String part) throws Exception {
    breakOffAt(part);
    assertThat(folder.resolve("events.db")).doesNotExist();
    Succession next = begun("2026-05-01T08:00:07Z");
    next.finish();
    isDone();
  }

  @Test
  void isFinishedWhenOnlyTheLastRenameWasLeft() throws Exception {
    begun("2026-05-01T08:00:00Z").finish();
    Files.move(folder.resolve("events.db"), folder.resolve("events.db.new" + label()));
    begun("2026-05-01T08:00:07Z").finish();
    isDone();
  }

  @Test
  void leavesThePresentDatabaseWholeWhileThatHasNotMoved() throws Exception {
    breakOffAt("");
    begun("2026-05-01T08:00:07Z").discard();
    for (String part : PARTS) {
      assertThat(folder.resolve("events.db" + part)).hasContent("present" + part);
    }
    assertThat(folder.toFile().list()).hasSize(PARTS.size());
  }

  /** As on a card that fails; the clock was not set at the last start. */
  @Test
  void keepsTheNewestThatWereSetAsideAndTheLastInAnyCase() throws Exception {
    for (String name :
        List.of(
            "damaged-20260430T080000Z-2",
            "damaged-20260430T080000Z-10",
            "damaged-20260430T080000Z-10-wal",
            "damaged-20260430T080000Z",
            "damaged-20260429T080000Z-wal",
            "before-restore-20200101T000000Z")) {
      Files.createFile(folder.resolve("events.db." + name));
    }
    Succession succession = begun("1970-01-01T00:00:05Z");
    succession.finish();
    succession.keepNewest(3);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            "events.db",
            "events.db.damaged-19700101T000005Z-11",
            "events.db.damaged-19700101T000005Z-11-wal",
            "events.db.damaged-19700101T000005Z-11-shm",
            "events.db.damaged-20260430T080000Z-2",
            "events.db.damaged-20260430T080000Z-10",
            "events.db.damaged-20260430T080000Z-10-wal",
            "events.db.before-restore-20200101T000000Z");
    succession.keepNewest(1);
    assertThat(folder.resolve("events.db.damaged-19700101T000005Z-11")).exists();
  }

  @Test
  void aClockThatWasSetBackMakesTheNewestNoneOfTheOldest() throws Exception {
    List<Path> aside = new ArrayList<>();
    for (String at :
        List.of(
            "2026-05-01T08:00:00Z",
            "2026-05-02T08:00:00Z",
            "1970-01-01T00:00:05Z",
            "1970-01-01T00:00:04Z")) {
      Files.writeString(folder.resolve("events.db.new"), "new");
      Succession succession = begun(at);
      aside.add(succession.aside());
      succession.finish();
      succession.keepNewest(3);
    }
    assertThat(aside.getFirst()).doesNotExist();
    assertThat(aside.subList(1, 4)).allSatisfy(kept -> assertThat(kept).exists());
  }

  private void breakOffAt(String part) throws IOException {
    Succession succession = begun("2026-05-01T08:00:00Z");
    Path inTheWay = Files.createDirectory(folder.resolve(ASIDE + part));
    assertThatThrownBy(succession::finish).isInstanceOf(IOException.class);
    Files.delete(inTheWay);
  }

  private void isDone() {
    assertThat(folder.resolve("events.db")).hasContent("new");
    for (String part : PARTS) {
      assertThat(folder.resolve(ASIDE + part)).hasContent("present" + part);
    }
    assertThat(folder.toFile().list()).hasSize(1 + PARTS.size());
  }

  private Succession begun(String at) {
    return new Succession(
        folder.resolve("events.db"), "damaged", InstantSource.fixed(Instant.parse(at)));
  }

  private static String label() {
    return ASIDE.substring("events.db".length());
  }
}
