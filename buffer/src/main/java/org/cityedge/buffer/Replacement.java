package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the {@link Succession successor} of a damaged database: what can be read of it, and
 * receipts for the rest. The damaged one becomes {@code events.db.damaged-20260501T080000Z}, and of
 * those the newest {@value #MOST_ASIDE} are kept: a card that fails damages one after the other,
 * and each is as large as the cap.
 */
final class Replacement {
  private static final Logger log = LoggerFactory.getLogger(Replacement.class);

  /** SQLite's own limit (sqlite.org/limits.html §13). */
  private static final long MOST_PAGES = 4_294_967_294L;

  /** Damaged databases that stay beside the store. */
  static final int MOST_ASIDE = 3;

  private final Setup setup;
  private final Path file;
  private final Succession succession;

  Replacement(Setup setup) {
    this.setup = setup;
    file = setup.config().file();
    succession = new Succession(file, "damaged", setup.clock());
  }

  /**
   * Answers what the technician must know.
   *
   * @param known the books as last committed, when the store was open
   * @throws IOException when the disk refuses, or SQLException; the damaged one is in its place
   *     then, or the next opening goes on with the {@link #finish succession}
   */
  String replace(String damage, Optional<Books> known) throws IOException, SQLException {
    succession.discard();
    Salvage.Outcome saved;
    try (Connection connection = StoreFile.writer(succession.successor(), setup.room())) {
      // Also what is more than a cap holds that was lowered: eviction comes later, with receipts.
      Schema.number(connection, "PRAGMA max_page_count = " + MOST_PAGES);
      Schema.create(connection);
      // SQLite throws the WAL of an empty database away, so nothing may open one.
      saved =
          Files.exists(file) && Files.size(file) > 0
              ? Salvage.copy(file, connection, known)
              : Salvage.nothing(known.orElseGet(Books::first));
      setup.life().resume(saved.books().life);
      Ledger ledger = Ledger.on(connection, setup);
      ledger.begin(saved.books());
      for (LossReceipt gap : saved.gaps()) {
        ledger.report(gap);
      }
      ledger.commit();
      // Closing does it too, but keeps silent when the disk has no room for it.
      if (!ledger.cutBackWal()) {
        throw new IOException("cannot complete " + succession.successor() + ": it is in use");
      }
    }
    succession.finish();
    makeRoom();
    Path aside = succession.aside();
    String outcome =
        saved.books().appended == 0
            ? "nothing in it could be read, sequence numbers start again from 1"
            : "%d waiting events were saved from it, %d ranges are reported as lost"
                .formatted(saved.restored(), ranges(saved.gaps()));
    log.error("Event store damaged damage=\"{}\" aside={} outcome=\"{}\"", damage, aside, outcome);
    return "a damaged event store was set aside as %s; %s".formatted(aside.getFileName(), outcome);
  }

  private void makeRoom() {
    try {
      succession.keepNewest(MOST_ASIDE);
    } catch (IOException e) {
      log.warn("Older damaged event stores cannot be deleted, they stay.", e);
    }
  }

  private static long ranges(List<LossReceipt> gaps) {
    return gaps.stream().mapToLong(gap -> gap.ranges().size()).sum();
  }

  /** Throws away what a crash left of work that had not come to its end. */
  void discard() throws IOException {
    succession.discard();
    Succession.delete(Restore.unfinished(file));
  }

  /** Goes on with a succession that a crash cut short. */
  void finish() throws IOException {
    succession.finish();
  }
}
