package org.cityedge.buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an open store back: sets a damaged file aside and goes on with what could be saved, or
 * opens a store for writing once its disk is not read-only any more. Readers are away meanwhile and
 * come back by themselves. Confined to the writer thread.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  /** Each leaves a file of up to the cap behind; more than this in one run is a dying disk. */
  private static final int MOST_REPLACEMENTS = 5;

  /** Between two attempts to set a file aside, in milliseconds of the store's life. */
  private static final long PAUSE = Duration.ofMinutes(1).toMillis();

  private final StoreFile file;
  private final EventReader reader;
  private final IntegrityCheck check;
  private final LifeClock life;
  private int replacements;
  private long next = Long.MIN_VALUE;

  Recovery(StoreFile file, EventReader reader, IntegrityCheck check, LifeClock life) {
    this.file = file;
    this.reader = reader;
    this.check = check;
    this.life = life;
  }

  /**
   * Sets the file aside; empty when it is too early for that, or was done too often.
   *
   * @param known the books as last committed
   * @return the books of the new file
   * @throws IOException when the disk refuses; the store is as it was
   */
  Optional<Books> heal(String damage, Books known) throws IOException, SQLException {
    long now = life.millis();
    if (now < next || replacements == MOST_REPLACEMENTS) {
      return Optional.empty();
    }
    next = now + PAUSE;
    away(() -> file.replace(damage, known));
    replacements++;
    return Optional.of(reader.books());
  }

  /**
   * Opens the file for writing; empty while the disk is read-only.
   *
   * @return the books, which another process may have changed meanwhile
   * @throws IOException when it cannot be opened for another reason
   */
  Optional<Books> awake(Books known) throws IOException, SQLException {
    if (file.onReadOnlyDisk()) {
      return Optional.empty();
    }
    away(file::becomeWritable);
    Books books = reader.books().inBoot(known.boot);
    life.resume(books.life);
    log.info("Event store writes now: the disk is not read-only any more");
    return Optional.of(books);
  }

  private void away(Change change) throws IOException, SQLException {
    try {
      check.whileIdle(() -> reader.whileAway(() -> run(change)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void run(Change change) {
    try {
      change.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is done to the file while nobody reads. */
  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }
}
