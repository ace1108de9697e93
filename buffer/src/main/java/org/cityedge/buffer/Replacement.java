package org.cityedge.buffer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a new database in the place of a damaged one, which is kept.
 *
 * <pre>
 * 1  events.db.new is made: what can be read of events.db, and receipts for the rest
 * 2  events.db  becomes events.db.damaged-20260501T080000Z, and its -wal and -shm likewise
 * 3  events.db.new becomes events.db
 * </pre>
 *
 * After a crash in 1 the next opening begins again; a crash in 2 or 3 leaves no {@code events.db},
 * and the next opening goes on from there ({@link #finish}).
 */
final class Replacement {
  private static final Logger log = LoggerFactory.getLogger(Replacement.class);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final List<String> PARTS = List.of("", "-wal", "-shm");

  private final Setup setup;
  private final Path file;
  private final Path successor;
  private final Path aside;

  Replacement(Setup setup) {
    this.setup = setup;
    file = setup.config().file();
    successor = StoreFile.beside(file, ".new");
    String stamp = ".damaged-" + STAMP.format(setup.clock().instant());
    Path name = StoreFile.beside(file, stamp);
    for (int n = 2; taken(name); n++) {
      name = StoreFile.beside(file, stamp + "-" + n);
    }
    aside = name;
  }

  private static boolean taken(Path name) {
    return PARTS.stream().anyMatch(part -> Files.exists(StoreFile.beside(name, part)));
  }

  /**
   * Answers what the technician must know.
   *
   * @param known the books as last committed, when the store was open
   */
  String replace(String damage, Optional<Books> known) throws IOException, SQLException {
    discard();
    Salvage.Outcome saved;
    try (Connection connection = StoreFile.writer(successor, setup.room())) {
      Schema.create(connection);
      // SQLite throws the WAL of an empty database away, so nothing may open one.
      saved =
          Files.exists(file) && Files.size(file) > 0
              ? Salvage.copy(file, connection, known)
              : new Salvage.Outcome(Books.first(), 0, List.of());
      setup.life().resume(saved.books().life);
      Ledger ledger = Ledger.on(connection, setup);
      ledger.begin(saved.books());
      for (LossReceipt gap : saved.gaps()) {
        ledger.report(gap);
      }
      ledger.commit();
    }
    finish();
    String outcome =
        saved.books().appended == 0
            ? "nothing in it could be read, sequence numbers start again from 1"
            : "%d waiting events were saved from it, %d ranges are reported as lost"
                .formatted(saved.restored(), saved.gaps().size());
    log.error("Event store damaged damage=\"{}\" aside={} outcome=\"{}\"", damage, aside, outcome);
    return "a damaged event store was set aside as %s; %s".formatted(aside.getFileName(), outcome);
  }

  /** Throws away what a crash in step 1 left. */
  void discard() throws IOException {
    for (String part : PARTS) {
      Files.deleteIfExists(StoreFile.beside(successor, part));
    }
  }

  /** Steps 2 and 3, as far as they are not done. */
  void finish() throws IOException {
    if (!Files.exists(successor)) {
      return;
    }
    Path folder = StoreFile.folder(file);
    sync(folder);
    for (String part : PARTS) {
      Path old = StoreFile.beside(file, part);
      if (Files.exists(old)) {
        Files.move(old, StoreFile.beside(aside, part), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    sync(folder);
    Files.move(successor, file, StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
