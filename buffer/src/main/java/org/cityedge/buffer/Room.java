package org.cityedge.buffer;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * How the cap on real bytes is shared out, and what of it is left; confined to the writer thread.
 *
 * <pre>
 *  |&lt;------------------------------ maxBytes ------------------------------&gt;|
 *  |  clips  |                    database                   |     WAL      |
 *            | telemetry, evidence, ... |   + alerts | settling |
 *                                    1/16, at      256 KiB
 *                                    least 256 KiB
 * </pre>
 *
 * Settling needs room before it gives some back: a rejected event is copied and its receipt
 * written. The WAL's part is what may gather before it is cut back ({@link #walBytes}) and one
 * transaction on top (only rejecting many large events at once can pass it, for an instant). Pages
 * freed by deleting count as room although the file keeps them, since they are filled first.
 */
final class Room {
  static final int PAGE = 4096;

  /** Largest transaction: a batch or a single append, each page image twice as big at worst. */
  private static final long TRANSACTION = 2 * EventStore.MAX_APPEND;

  /** A transaction touches meta, notes, inner pages and the pages that map free ones. */
  private static final long OVERHEAD = 16 * PAGE;

  private static final long SETTLING = 256 << 10;

  private final long maxBytes;
  private final long walBytes;
  private final long databaseBytes;
  private final Optional<Clips> clips;

  /** Upper bound, set right by measuring when it passes a limit. */
  private long used = Long.MAX_VALUE / 2;

  Room(long maxBytes) {
    this(maxBytes, Optional.empty());
  }

  /**
   * @param clips what they take is taken from the database's part
   */
  Room(long maxBytes, Optional<Clips> clips) {
    this.clips = clips;
    this.maxBytes = maxBytes;
    walBytes = Math.min(4L << 20, maxBytes / 8);
    databaseBytes = maxBytes - walBytes - TRANSACTION;
  }

  /** The size from which the WAL is cut back. */
  long walBytes() {
    return walBytes;
  }

  long databasePages() {
    return Math.max(0, databaseBytes - clipBytes()) / PAGE;
  }

  private long clipBytes() {
    return clips.map(Clips::bytes).orElse(0L);
  }

  /**
   * Whether a clip of so many bytes would fit if every clip went and everything that may go for it.
   *
   * @param expendable bytes of these events; what they take on the disk is more, so of a clip that
   *     nearly fits it is rather said that it does not than that everything has gone in vain
   */
  boolean holds(long clip, long expendable, Connection connection) throws SQLException {
    long receipts = (expendable / chunk() + 2) * 4 * PAGE;
    return measure(connection) - expendable + receipts + clip <= databaseBytes;
  }

  /** A new clip pushes old clips out beyond this, and only below it other things. */
  boolean clipsHaveTheirShare() {
    return clipBytes() > maxBytes / 2;
  }

  /** What SQLite itself enforces; only a fault in the reckoning here could come near it. */
  long mostPages() {
    return maxBytes / PAGE;
  }

  long deadLetterBytes() {
    return maxBytes / 32;
  }

  /** Of loss receipts, which nothing pushes out; beyond it they are merged. */
  long receiptBytes() {
    return Math.min(maxBytes / 16, 4 << 20);
  }

  /** How much is dropped at a time, so that a full store does not write a receipt per event. */
  long chunk() {
    return Math.clamp(maxBytes / 256, 64 << 10, 1 << 20);
  }

  /**
   * Lanes in the order in which an event of this lane may push others out. Only an alert may cost
   * an alert, and no mass data a report.
   */
  static List<Lane> evictable(Lane incoming) {
    return switch (incoming) {
      case TELEMETRY, EVIDENCE -> List.of(Lane.TELEMETRY, Lane.EVIDENCE);
      case REPORT -> List.of(Lane.TELEMETRY, Lane.EVIDENCE, Lane.REPORT);
      case ALERT -> List.of(Lane.TELEMETRY, Lane.EVIDENCE, Lane.REPORT, Lane.ALERT);
    };
  }

  /** By how many bytes the cap would be passed; 0 when the append fits. */
  long missing(Request.Appending append, Connection connection) throws SQLException {
    long need =
        OVERHEAD
            + append.events().stream().mapToLong(e -> cost(e.octets())).sum()
            + append.notes().values().stream().mapToLong(note -> cost(note.length)).sum();
    long limit = databaseBytes - clipBytes() - SETTLING;
    if (append.lane() != Lane.ALERT) {
      limit -= Math.max(databaseBytes / 16, 256 << 10);
    }
    if (used + need > limit) {
      used = measure(connection);
    }
    return Math.max(0, used + need - limit);
  }

  void filled(long rowBytes) {
    used += cost(rowBytes);
  }

  void forget() {
    used = Long.MAX_VALUE / 2;
  }

  /**
   * Bytes of pages that a row may take: a small row may leave half of its page empty (two rows of
   * 2,100 bytes do not share one), a large one has a local part in one page and a last overflow
   * page that is not full (sqlite.org/fileformat2.html §1.6). 128 stands for id, numbers and
   * header.
   */
  private static long cost(long rowBytes) {
    long row = rowBytes + 128;
    return row <= PAGE ? 2 * row : row + 2 * PAGE;
  }

  private static long measure(Connection connection) throws SQLException {
    long pages = Schema.number(connection, "PRAGMA page_count");
    return PAGE * (pages - Schema.number(connection, "PRAGMA freelist_count"));
  }
}
