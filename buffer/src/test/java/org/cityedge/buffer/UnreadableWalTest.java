package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.cityedge.buffer.LossReceipt.Range;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that a crash has left with a WAL of which the disk does not give the first frame back:
 * 100 readings and a note were copied into the database, 20 alerts and the settlement of the first
 * ten readings were not.
 */
final class UnreadableWalTest {
  private static final int FRAME = 24 + 4096;
  private static final byte[] NOTE = {1, 2};

  @TempDir Path folder;
  private final List<LossReceipt> receipts = new ArrayList<>();
  private final List<Duration> waits = new ArrayList<>();

  /** What happens before the disk is read again. */
  private Meanwhile meanwhile = () -> {};

  @FunctionalInterface
  private interface Meanwhile {
    void happen() throws InterruptedException, ExecutionException;
  }

  @BeforeEach
  void crash() throws Exception {
    Path running = Files.createDirectory(folder.resolve("running")).resolve("events.db");
    try (EventStore store = open(running)) {
      store.append(
          LongStream.rangeClosed(1, 100).mapToObj(n -> event(Lane.TELEMETRY, "t" + n)).toList(),
          Map.of("alerts.open", NOTE));
    }
    try (EventStore store = open(running)) {
      LongStream.rangeClosed(1, 20).forEach(n -> store.append(event(Lane.ALERT, "a" + n)));
      store.settle(LongStream.rangeClosed(1, 10).mapToObj(Settlement.Acknowledged::new).toList());
      Files.copy(running, file());
      Files.copy(StoreFile.beside(running, "-wal"), StoreFile.beside(file(), "-wal"));
    }
    assertThat(receipts).isEmpty();
  }

  @Test
  void isSetAsideAtAnOpeningWhichSavesWhatTheDatabaseHoldsWithoutIt() throws Exception {
    onBadSector(
        () -> {
          open(file()).close();
          return true;
        });
    assertThat(waits).as("it was read five times").hasSize(4).containsOnly(Duration.ofSeconds(1));
    try (EventStore store = open(file())) {
      assertThat(Events.sequences(store, Lane.TELEMETRY))
          .as("those that were settled wait again")
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 100).boxed().toList());
      assertThat(store.note("alerts.open")).hasValue(NOTE);
      assertThat(receipts)
          .singleElement()
          .isEqualTo(
              new LossReceipt(
                  Lane.ALERT,
                  LossReceipt.Reason.CORRUPT,
                  List.of(new Range(101, 100 + Restore.NUMBERS))));
      assertThat(store.append(event(Lane.ALERT, "next")))
          .as("no number is given twice")
          .isEqualTo(new Append.Stored(100 + Restore.NUMBERS + 2));
      assertThat(store.boot()).isGreaterThan(Restore.BOOTS);
      assertThat(store.account().unexplained()).isZero();
    }
    assertThat(folder.resolve("events.db.damaged-20260501T080000Z-wal")).exists();
  }

  /** The kernel's filter cannot be lifted: a thread without one moves the frame. */
  @Test
  void losesNothingWhenTheDiskGivesItBackInAMoment() throws Exception {
    try (ExecutorService unfiltered = Executors.newSingleThreadExecutor()) {
      unfiltered.submit(() -> {}).get();
      meanwhile =
          () ->
              unfiltered
                  .submit(
                      () -> {
                        try (Connection connection = StoreFile.plainWriter(file())) {
                          connection.setAutoCommit(true);
                          return Schema.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
                        }
                      })
                  .get();
      onBadSector(
          () -> {
            open(file()).close();
            return true;
          });
    }
    assertThat(waits).hasSize(1);
    try (EventStore store = open(file())) {
      assertThat(Events.sequences(store, Lane.TELEMETRY))
          .containsExactlyElementsOf(LongStream.rangeClosed(11, 100).boxed().toList());
      assertThat(Events.sequences(store, Lane.ALERT))
          .containsExactlyElementsOf(LongStream.rangeClosed(101, 120).boxed().toList());
      assertThat(store.trouble()).isEmpty();
      assertThat(store.note("alerts.open")).hasValue(NOTE);
    }
    assertThat(receipts).isEmpty();
  }

  /** As when the fault is met while the store is open, whose books are in memory. */
  @Test
  void costsOnlyWhatWasAppendedSinceTheCheckpointWhereTheBooksAreKnown() throws Exception {
    Books known;
    try (Connection reader = StoreFile.reader(file())) {
      known = Schema.books(reader);
    }
    assertThat(known.appended).isEqualTo(120);
    Path successor = folder.resolve("successor.db");
    Salvage.Outcome saved =
        onBadSector(
            () -> {
              try (Connection to = StoreFile.writer(successor, new Room(64 << 20))) {
                Schema.create(to);
                return Salvage.copy(file(), to, Optional.of(known));
              }
            });
    assertThat(saved.restored()).isEqualTo(100);
    assertThat(saved.books().appended).isEqualTo(120);
    assertThat(saved.books().account(0).unexplained()).isZero();
    List<Range> since = List.of(new Range(101, 120));
    assertThat(saved.gaps())
        .containsExactlyInAnyOrder(
            new LossReceipt(Lane.ALERT, LossReceipt.Reason.CORRUPT, since),
            new LossReceipt(Lane.TELEMETRY, LossReceipt.Reason.CORRUPT, since));
  }

  /** The kernel's filter stays with its thread and those that it starts. */
  private <T> T onBadSector(Callable<T> work) throws Exception {
    FutureTask<Optional<T>> task =
        new FutureTask<>(
            () -> BadSector.at(32, FRAME) ? Optional.of(work.call()) : Optional.empty());
    Thread.ofPlatform().start(task);
    return task.get().orElseGet(() -> Assumptions.abort("the kernel takes no filter of reads"));
  }

  private Path file() {
    return folder.resolve("events.db");
  }

  private EventStore open(Path file) throws IOException {
    return SqliteEventStore.open(
        new Setup(
                new BufferConfig(file, 64 << 20),
                receipt -> {
                  receipts.add(receipt);
                  return Events.receipt(receipt);
                },
                InstantSource.fixed(Instant.parse("2026-05-01T08:00:00Z")),
                LifeClock.ofKernel())
            .withWaiting(
                time -> {
                  waits.add(time);
                  try {
                    meanwhile.happen();
                  } catch (ExecutionException e) {
                    throw new IllegalStateException(e);
                  }
                }));
  }
}
