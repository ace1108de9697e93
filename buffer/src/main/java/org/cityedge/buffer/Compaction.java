package org.cityedge.buffer;

import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back to the disk what a drained backlog has left in the file, in small steps while nothing
 * waits for the writer. It begins when more than a quarter of the file and more than 4 MiB are free
 * pages, and ends when 1 MiB is left or a sixteenth, so that a store in steady use does not trade
 * pages with the disk all the time. Confined to the writer thread.
 *
 * <p>A step is a transaction of its own: it moves at most {@value #STEP} pages from the file's end
 * into free ones nearer to its beginning and cuts the end off (SQLite's incremental vacuum). So an
 * append waits for one step at most, and no second copy of the file is ever made: the WAL grows by
 * a step. The file itself becomes shorter with the checkpoint that copies the step.
 */
final class Compaction {
  private static final Logger log = LoggerFactory.getLogger(Compaction.class);

  private static final long BEGIN = (4L << 20) / Room.PAGE;
  private static final long END = (1L << 20) / Room.PAGE;

  /** Half a MiB: some milliseconds on a disk, and well within the WAL's share of a transaction. */
  static final int STEP = 128;

  /** Transactions between two looks, for a writer that never rests. */
  private static final int LOOK = 64;

  private int transactions;
  private boolean active;
  private boolean failed;

  /** Whether steps are to be made. */
  boolean active() {
    return active;
  }

  /** After a transaction. */
  void committed(Ledger ledger) throws SQLException {
    if (!active && ++transactions >= LOOK) {
      look(ledger);
    }
  }

  /**
   * While nothing waits: a step, or a look whether there is need of any.
   *
   * @return whether it was the last step, so that the WAL can be cut back for good
   */
  boolean rest(Ledger ledger) throws SQLException {
    if (!active) {
      look(ledger);
      return false;
    }
    ledger.vacuum(STEP);
    failed = false;
    Ledger.Pages pages = ledger.pages();
    active = pages.free() > Math.max(END, pages.all() / 16);
    if (!active) {
      log.info("Event store compacted bytes={}", pages.all() * Room.PAGE);
    }
    return !active;
  }

  private void look(Ledger ledger) throws SQLException {
    transactions = 0;
    Ledger.Pages pages = ledger.pages();
    active = pages.free() > BEGIN && pages.free() > pages.all() / 4;
  }

  /** Ends it until the next look. A file that stays long is no trouble: its free pages are used. */
  void failed(Exception fault) {
    active = false;
    if (!failed) {
      failed = true;
      log.warn("Event store cannot be compacted reason=\"{}\"", DiskFault.reason(fault));
    }
  }
}
