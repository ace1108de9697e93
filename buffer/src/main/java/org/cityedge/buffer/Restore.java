package org.cityedge.buffer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.config.Ownership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a backup in the place of the event store, which nobody may have open. The present store is
 * renamed to {@code events.db.before-restore-<UTC>}, and of those the last {@value #MOST_ASIDE} are
 * kept: each is as large as the cap. What root makes goes to whose the folder is.
 *
 * <p>No sequence number and no boot is given out twice. The restored store goes on from the present
 * one's numbers; where those cannot be read, or are lower than the backup's, from the backup's and
 * a margin of {@value #NUMBERS} numbers and {@value #BOOTS} boots on top. The numbers between are
 * booked as dropped, and the next opening reports them with a receipt ({@link PendingLoss}). Events
 * that wait in the backup are sent again under the same id, whatever became of them since.
 */
public final class Restore {
  private static final Logger log = LoggerFactory.getLogger(Restore.class);

  /** More than a gateway gives out between two backups, at 10 events a second in a day. */
  static final long NUMBERS = 1_000_000;

  static final long BOOTS = 1_000;

  /** Stores that a backup took the place of, the last one among them. */
  public static final int MOST_ASIDE = 3;

  /**
   * @param account the books that the store goes on with
   * @param aside the present store's new name; empty when there was none
   * @param unknown numbers of which the backup knows nothing; they will be reported as lost
   * @param guessed whether the present store could not tell its numbers, so that the margin counts
   */
  public record Outcome(
      Account account, Optional<Path> aside, Optional<Range> unknown, boolean guessed) {}

  /** What a store has given out. */
  private record Numbers(long appended, long boot) {}

  private Restore() {}

  /**
   * @param store {@code events.db}; its folder must exist
   * @param clock for the present store's new name, nothing else
   * @throws IOException when the backup is not a sound event store of a known version, somebody has
   *     the store open, or the disk refuses; the present store is in its place then
   */
  public static Outcome from(Path backup, Path store, InstantSource clock) throws IOException {
    if (!Files.exists(backup)) {
      throw new IOException("no backup at " + backup);
    }
    if (Files.exists(store) && Files.isSameFile(store, backup)) {
      throw new IOException("cannot restore " + backup + ": it is the event store itself");
    }
    Backup.check(backup);
    try (FileChannel _ = StoreFile.lock(store)) {
      Ownership.asFolder(StoreFile.beside(store, ".lock"));
      return restore(backup, store, new Succession(store, "before-restore", clock));
    }
  }

  private static Outcome restore(Path backup, Path store, Succession succession)
      throws IOException {
    // A crash of an earlier succession may have left the present store under its other name.
    if (!Files.exists(store)) {
      succession.finish();
    }
    succession.discard();
    Path unfinished = unfinished(store);
    try {
      Succession.delete(unfinished);
      Backup.create(unfinished);
      Backup.copy(backup, unfinished);
      Ownership.asFolder(unfinished);
      Books books = Backup.check(unfinished);
      Optional<Numbers> given =
          present(store).filter(n -> n.appended() >= books.appended && n.boot() >= books.boot);
      Numbers from = given.orElse(new Numbers(books.appended + NUMBERS, books.boot + BOOTS));
      Optional<Range> unknown =
          from.appended() > books.appended
              ? Optional.of(new Range(books.appended + 1, from.appended()))
              : Optional.empty();
      goOnFrom(unfinished, from, unknown);
      Account account = Backup.check(unfinished).account(books.life.lived());
      Backup.sync(unfinished);
      boolean present = Files.exists(store);
      Files.move(unfinished, succession.successor(), StandardCopyOption.ATOMIC_MOVE);
      succession.finish();
      log.info("Event store restored backup={} aside={}", backup, succession.aside());
      if (present) {
        makeRoom(succession);
      }
      return new Outcome(
          account,
          present ? Optional.of(succession.aside()) : Optional.empty(),
          unknown,
          given.isEmpty());
    } catch (IOException e) {
      Succession.delete(unfinished);
      throw e;
    }
  }

  private static void makeRoom(Succession succession) {
    try {
      succession.keepNewest(MOST_ASIDE);
    } catch (IOException e) {
      log.warn("Older stores that were set aside cannot be deleted, they stay.", e);
    }
  }

  /** Not yet a successor: with no store in its place the next opening would take it as it is. */
  static Path unfinished(Path store) {
    return StoreFile.beside(store, ".restoring");
  }

  private static Optional<Numbers> present(Path store) throws IOException {
    if (!Files.exists(store) || Files.size(store) == 0) {
      return Optional.empty();
    }
    try (Connection connection = StoreFile.reader(store)) {
      return Optional.of(
          new Numbers(
              Schema.number(connection, "SELECT appended FROM meta"),
              Schema.number(connection, "SELECT boot FROM meta")));
    } catch (SQLException e) {
      log.warn("Present event store unreadable file={} fault=\"{}\"", store, e.getMessage());
      return Optional.empty();
    }
  }

  private static void goOnFrom(Path file, Numbers from, Optional<Range> unknown)
      throws IOException {
    try (Connection connection = StoreFile.plainWriter(file)) {
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE meta SET dropped = dropped + ?1 - appended, appended = ?1, boot = ?2")) {
        update.setLong(1, from.appended());
        update.setLong(2, from.boot());
        update.executeUpdate();
      }
      if (unknown.isPresent()) {
        PendingLoss.add(connection, unknown.get());
      }
      connection.commit();
    } catch (SQLException e) {
      throw DiskFault.about("cannot restore to " + file, e);
    }
  }
}
