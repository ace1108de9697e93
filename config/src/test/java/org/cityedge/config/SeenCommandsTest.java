package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.cityedge.config.SeenCommands.Taken;
import org.junit.jupiter.api.Test;

class SeenCommandsTest {
  private static final Path FILE = Path.of("/data/commands/seen");
  private static final long NOW = Signers.NOW;

  private final CrashDisk disk = new CrashDisk();

  private SeenCommands open() {
    return new SeenCommands(FILE, () -> Instant.ofEpochSecond(NOW), disk);
  }

  private static Taken take(SeenCommands seen, String id, long issued) throws IOException {
    return seen.take(id, Instant.ofEpochSecond(issued));
  }

  @Test
  void takesEachCommandOnceAlsoOverARestart() throws IOException {
    SeenCommands seen = open();
    assertThat(take(seen, "a", NOW)).isEqualTo(Taken.FRESH);
    assertThat(take(seen, "b", NOW - 100)).isEqualTo(Taken.FRESH);
    assertThat(take(seen, "a", NOW)).isEqualTo(Taken.REPLAYED);
    disk.reopen(CrashDisk.Left.DURABLE);
    assertThat(take(open(), "a", NOW)).isEqualTo(Taken.REPLAYED);
    assertThat(take(open(), "b", NOW - 100)).isEqualTo(Taken.REPLAYED);
  }

  /** However many come after it, and on a clock that nobody vouches for. */
  @Test
  void neverTakesAgainWhatItHasForgotten() throws IOException {
    SeenCommands seen = open();
    for (int i = 1; i <= 3 * SeenCommands.MOST; i++) {
      assertThat(take(seen, "c" + i, NOW + i)).isEqualTo(Taken.FRESH);
    }
    for (int i = 1; i <= 3 * SeenCommands.MOST; i++) {
      assertThat(take(open(), "c" + i, NOW + i)).isNotEqualTo(Taken.FRESH);
    }
    assertThat(take(open(), "another", NOW + 1)).isEqualTo(Taken.TOO_OLD);
  }

  @Test
  void whatCannotBeWrittenDownIsNotTaken() throws IOException {
    SeenCommands seen = open();
    assertThat(take(seen, "a", NOW)).isEqualTo(Taken.FRESH);
    disk.failAfter(0);
    assertThatThrownBy(() -> take(seen, "b", NOW)).isInstanceOf(IOException.class);
    disk.works();
    assertThat(take(seen, "b", NOW)).isEqualTo(Taken.FRESH);
    assertThat(take(open(), "b", NOW)).isEqualTo(Taken.REPLAYED);
  }

  /** Either it was taken, and is not again, or it was not carried out. */
  @Test
  void aPowerCutAtAnyStepLeavesNothingToBeCarriedOutTwice() throws IOException {
    SeenCommands first = open();
    disk.cutAfter(Integer.MAX_VALUE);
    assertThat(take(first, "a", NOW)).isEqualTo(Taken.FRESH);
    int steps = disk.steps();
    assertThat(steps).isPositive();
    for (CrashDisk.Left left : CrashDisk.Left.values()) {
      for (int cut = 0; cut < steps; cut++) {
        CrashDisk.PowerCut power = null;
        disk.cutAfter(cut);
        String id = left + "-" + cut;
        try {
          take(open(), id, NOW);
        } catch (CrashDisk.PowerCut e) {
          power = e;
        }
        disk.reopen(left);
        if (power == null) {
          assertThat(take(open(), id, NOW)).isNotEqualTo(Taken.FRESH);
        }
        assertThat(take(open(), "a", NOW)).as(id).isNotEqualTo(Taken.FRESH);
      }
    }
  }

  @Test
  void whenItsFileCannotBeReadNothingOlderIsTakenAndWhatIsNewerIs() throws IOException {
    assertThat(take(open(), "a", NOW)).isEqualTo(Taken.FRESH);
    disk.makeUnreadable(FILE);
    SeenCommands seen = open();
    assertThat(take(seen, "a", NOW)).isEqualTo(Taken.TOO_OLD);
    assertThat(take(seen, "b", NOW + 1)).isEqualTo(Taken.FRESH);
    assertThat(take(open(), "b", NOW + 1)).isEqualTo(Taken.REPLAYED);
  }

  @Test
  void whenItsFileIsDamagedNothingOlderIsTaken() throws IOException {
    assertThat(take(open(), "a", NOW)).isEqualTo(Taken.FRESH);
    disk.damage(FILE);
    assertThat(take(open(), "a", NOW)).isEqualTo(Taken.TOO_OLD);
    assertThat(take(open(), "b", NOW - 1)).isEqualTo(Taken.TOO_OLD);
    assertThat(take(open(), "c", NOW + 1)).isEqualTo(Taken.FRESH);
  }
}
