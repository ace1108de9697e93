package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.event;
import static org.cityedge.buffer.Events.sequences;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups of a store in use, and what a gateway goes on with after a restore. */
final class BackupTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-05-01T08:00:00Z"));
  private static final byte[] NOTE = {1, 2, 3};

  @TempDir Path folder;
  private final List<LossReceipt> receipts = new ArrayList<>();
  private EventStore store = new MemoryEventStore(Events::receipt);

  @BeforeEach
  void openStore() throws Exception {
    store = open();
    store.append(List.of(event(Lane.ALERT, "a"), event(Lane.TELEMETRY, "t")), Map.of("n", NOTE));
  }

  @AfterEach
  void theBooksBalance() {
    assertThat(store.account().unexplained()).isZero();
    store.close();
  }

  private EventStore open() throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(file(), 16 << 20),
        receipt -> {
          receipts.add(receipt);
          return Events.receipt(receipt);
        },
        CLOCK);
  }

  private Path file() {
    return folder.resolve("events.db");
  }

  private Path backup() {
    return folder.resolve("backup.db");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  @Test
  void holdsEverythingThatWaitsWhileTheStoreIsOpen() throws Exception {
    Account written = Backup.write(file(), backup(), false);
    assertThat(written.appended()).isEqualTo(2);
    assertThat(SqliteEventStore.inspect(backup()).lanes().keySet())
        .isEqualTo(store.account().lanes().keySet());
    assertThat(store.append(event(Lane.ALERT, "b"))).isEqualTo(new Append.Stored(3));
    assertThat(files()).doesNotContain("backup.db.tmp", "backup.db-wal");
  }

  /** Whatever umask a technician has: others could read the alerts and pictures that wait. */
  @Test
  void letsNobodyElseReadTheBackup() throws Exception {
    Backup.write(file(), backup(), false);
    assertThat(mode(backup())).isEqualTo("rw-------");
    Files.setPosixFilePermissions(backup(), PosixFilePermissions.fromString("rw-r--r--"));
    Backup.write(file(), backup(), true);
    assertThat(mode(backup())).isEqualTo("rw-------");
  }

  @Test
  void isItsOwnersAloneBeforeAnythingIsInIt() throws Exception {
    Path empty = folder.resolve("empty");
    Backup.create(empty);
    assertThat(mode(empty)).isEqualTo("rw-------");
    Files.write(empty, new byte[] {1});
    assertThatThrownBy(() -> Backup.create(empty)).isInstanceOf(IOException.class);
    assertThat(empty).hasBinaryContent(new byte[] {1});
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void replacesAnOlderBackupOnlyWhenTold() throws Exception {
    Files.writeString(backup(), "older");
    assertThatThrownBy(() -> Backup.write(file(), backup(), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("exists already");
    assertThat(backup()).hasContent("older");
    assertThat(Backup.write(file(), backup(), true).waiting()).isEqualTo(2);
  }

  @Test
  void leavesNothingWhenThereIsNoStoreOrNoPlaceForTheBackup() throws Exception {
    assertThatThrownBy(() -> Backup.write(folder.resolve("none.db"), backup(), false))
        .hasMessageContaining("no event store at");
    assertThatThrownBy(() -> Backup.write(file(), folder.resolve("none/backup.db"), false))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Backup.write(file(), file(), true))
        .hasMessageContaining("the event store itself");
    assertThat(files()).doesNotContain("backup.db", "backup.db.tmp");
    assertThat(store.account().waiting()).isEqualTo(2);
  }

  /** One transaction holds two events, so a snapshot in between would show. */
  @Test
  void isOfOneInstantAndHoldsNobodyUpWhileProducersAppend() throws Exception {
    for (int i = 0; i < 60; i++) {
      store.append(event(Lane.EVIDENCE, "e" + i, 100_000));
    }
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Future<Integer> appended =
          pool.submit(
              () -> {
                int n = 0;
                for (; !stop.get(); n++) {
                  assertThat(
                          store.append(
                              List.of(event(Lane.ALERT, "x"), event(Lane.TELEMETRY, "y")),
                              Map.of()))
                      .isInstanceOf(Append.Stored.class);
                }
                return n;
              });
      try {
        for (int i = 0; i < 5; i++) {
          Account written = Backup.write(file(), backup(), true);
          assertThat(written.unexplained()).isZero();
          assertThat(written.waiting(Lane.ALERT).events())
              .isEqualTo(written.waiting(Lane.TELEMETRY).events());
        }
      } finally {
        stop.set(true);
      }
      assertThat(appended.get(30, TimeUnit.SECONDS)).isPositive();
    }
    assertThat(store.trouble()).isEmpty();
  }

  @Nested
  class Restoring {
    private void backUpAndGoOn() throws Exception {
      Backup.write(file(), backup(), false);
      store.settle(List.of(new Settlement.Acknowledged(1)));
      for (int i = 0; i < 5; i++) {
        store.append(event(Lane.ALERT, "later" + i));
      }
    }

    @Test
    void goesOnAboveTheNumbersGivenOutSinceAndReportsThem() throws Exception {
      backUpAndGoOn();
      store.close();
      Restore.Outcome outcome = Restore.from(backup(), file(), CLOCK);
      assertThat(outcome.unknown()).hasValue(new Range(3, 7));
      assertThat(outcome.guessed()).isFalse();
      assertThat(outcome.aside())
          .hasValue(folder.resolve("events.db.before-restore-20260501T080000Z"));

      store = open();
      assertThat(receipts)
          .containsExactly(new LossReceipt(Lane.ALERT, Reason.CORRUPT, List.of(new Range(3, 7))));
      assertThat(store.boot()).isEqualTo(2);
      assertThat(sequences(store, Lane.ALERT)).containsExactly(1L);
      assertThat(sequences(store, Lane.TELEMETRY)).containsExactly(2L);
      assertThat(sequences(store, Lane.REPORT)).containsExactly(8L);
      assertThat(store.note("n")).hasValue(NOTE);
      assertThat(store.account().dropped()).isEqualTo(5);
      assertThat(store.trouble()).isEmpty();
      assertThat(store.append(event(Lane.ALERT, "new"))).isEqualTo(new Append.Stored(9));

      store.close();
      store = open();
      assertThat(receipts).as("reported once").hasSize(1);
      assertThat(store.boot()).isEqualTo(3);
    }

    @Test
    void keepsTheStoreThatWasThere() throws Exception {
      backUpAndGoOn();
      store.close();
      Path aside = Restore.from(backup(), file(), CLOCK).aside().orElseThrow();
      assertThat(SqliteEventStore.inspect(aside).appended()).isEqualTo(7);
      Path second = Restore.from(backup(), file(), CLOCK).aside().orElseThrow();
      assertThat(second).isNotEqualTo(aside);
      store = open();
      assertThat(receipts)
          .extracting(LossReceipt::ranges)
          .containsExactly(List.of(new Range(3, 7)));
    }

    @Test
    void keepsTheNewestOfTheStoresThatWereThere() throws Exception {
      Backup.write(file(), backup(), false);
      store.close();
      Files.createFile(folder.resolve("events.db.damaged-20260401T080000Z"));
      List<Path> aside = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        InstantSource later = InstantSource.fixed(CLOCK.instant().plusSeconds(i));
        aside.add(Restore.from(backup(), file(), later).aside().orElseThrow());
      }
      assertThat(aside.subList(0, 2)).allSatisfy(old -> assertThat(old).doesNotExist());
      assertThat(aside.subList(2, 5)).allSatisfy(kept -> assertThat(kept).exists());
      assertThat(folder.resolve("events.db.damaged-20260401T080000Z")).exists();
      // The clock was not set.
      Path last =
          Restore.from(backup(), file(), InstantSource.fixed(Instant.EPOCH)).aside().orElseThrow();
      assertThat(last).exists();
      Files.delete(file());
      Restore.from(backup(), file(), CLOCK);
      assertThat(last).as("nothing was set aside").exists();
      store = open();
    }

    /** A technician restores as root, the agent is another user. */
    @Test
    void leavesTheAgentWhatRootHasMade() throws Exception {
      Backup.write(file(), backup(), false);
      store.close();
      assumeTrue(Files.getOwner(folder).getName().equals("root"), "only root gives files away");
      UserPrincipal agent =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
      Path theirs = Files.createDirectory(folder.resolve("theirs"));
      Files.setOwner(theirs, agent);
      Restore.from(backup(), theirs.resolve("events.db"), CLOCK);
      try (Stream<Path> made = Files.list(theirs)) {
        assertThat(made.toList())
            .hasSize(2)
            .allSatisfy(path -> assertThat(Files.getOwner(path)).isEqualTo(agent));
      }
      store = open();
    }

    /** Whatever umask a technician has: the agent's own is 0077. */
    @Test
    void letsNobodyElseReadTheStore() throws Exception {
      backUpAndGoOn();
      store.close();
      Restore.from(backup(), file(), CLOCK);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
          .isEqualTo("rw-------");
      store = open();
    }

    @Test
    void leavesAWideMarginWhenTheNumbersCannotBeRead() throws Exception {
      backUpAndGoOn();
      store.close();
      Files.write(file(), new byte[10_000]);
      Restore.Outcome outcome = Restore.from(backup(), file(), CLOCK);
      assertThat(outcome.guessed()).isTrue();
      assertThat(outcome.unknown()).hasValue(new Range(3, 2 + Restore.NUMBERS));
      store = open();
      assertThat(store.boot()).isEqualTo(1 + Restore.BOOTS + 1);
      assertThat(receipts).hasSize(1);
      assertThat(store.append(event(Lane.ALERT, "new")))
          .isEqualTo(new Append.Stored(2 + Restore.NUMBERS + 2));
    }

    /** A store that began again from 1 knows nothing of the numbers before. */
    @Test
    void leavesAWideMarginWhenThePresentStoreIsYoungerThanTheBackup() throws Exception {
      backUpAndGoOn();
      store.close();
      Files.delete(file());
      store = open();
      store.close();
      assertThat(Restore.from(backup(), file(), CLOCK).guessed()).isTrue();
      Files.delete(file());
      Restore.Outcome empty = Restore.from(backup(), file(), CLOCK);
      assertThat(empty.guessed()).isTrue();
      assertThat(empty.aside()).isEmpty();
    }

    @Test
    void reportsNothingWhenNothingHappenedSince() throws Exception {
      Backup.write(file(), backup(), false);
      store.close();
      assertThat(Restore.from(backup(), file(), CLOCK).unknown()).isEmpty();
      store = open();
      assertThat(receipts).isEmpty();
      assertThat(store.append(event(Lane.ALERT, "new"))).isEqualTo(new Append.Stored(3));
    }

    @Test
    void changesNothingWhileTheStoreIsOpen() throws Exception {
      Backup.write(file(), backup(), false);
      List<String> before = files();
      assertThatThrownBy(() -> Restore.from(backup(), file(), CLOCK))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("open already");
      assertThat(files()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void changesNothingWhenTheBackupIsNotSound() throws Exception {
      Backup.write(file(), backup(), false);
      store.close();
      List<String> before = files();
      byte[] whole = Files.readAllBytes(backup());
      Files.write(backup(), Arrays.copyOf(whole, whole.length / 2));
      assertThatThrownBy(() -> Restore.from(backup(), file(), CLOCK))
          .isInstanceOf(IOException.class);
      Files.writeString(backup(), "not a database at all, not even a short one".repeat(99));
      assertThatThrownBy(() -> Restore.from(backup(), file(), CLOCK))
          .isInstanceOf(IOException.class);
      Files.write(backup(), whole);
      try (Connection newer = StoreFile.plainWriter(backup());
          var sql = newer.createStatement()) {
        sql.execute("PRAGMA user_version = 9");
        newer.commit();
      }
      assertThatThrownBy(() -> Restore.from(backup(), file(), CLOCK))
          .hasMessageContaining("schema version is 9");
      assertThatThrownBy(() -> Restore.from(folder.resolve("none"), file(), CLOCK))
          .hasMessageContaining("no backup at");
      assertThat(files()).containsExactlyInAnyOrderElementsOf(before);
      store = open();
      assertThat(store.account().waiting()).isEqualTo(2);
    }

    @Test
    void isDiscardedWhenACrashCutItShortAndDoneWhenOnlyARenameWasLeft() throws Exception {
      backUpAndGoOn();
      store.close();
      Files.write(Restore.unfinished(file()), new byte[5_000]);
      store = open();
      assertThat(store.account().appended()).isEqualTo(7);
      assertThat(files()).doesNotContain("events.db.restoring");
      store.close();
      Restore.from(backup(), file(), CLOCK);
      Files.move(file(), folder.resolve("events.db.new"));
      store = open();
      assertThat(receipts).hasSize(1);
      assertThat(store.account().waiting()).isEqualTo(3);
    }
  }
}
