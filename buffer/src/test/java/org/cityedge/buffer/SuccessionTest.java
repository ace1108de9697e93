package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
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
