package org.cityedge.buffer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A copy of an event store in one file, as it is at one instant; the store may be in use by this or
 * another process, which neither waits nor notices (SQLite's {@code VACUUM INTO} reads one snapshot
 * of the WAL). What waits, the books and the notes are in it, clips are not. Only while it is
 * written the WAL cannot be cut back: it grows by what is appended in that time. Whatever umask the
 * caller has, only he may read it (mode 0600): what waits may be an alert with a picture.
 */
public final class Backup {
  private Backup() {}

  /**
   * Writes {@code target} under a temporary name beside it, checks and syncs it, and renames it:
   * the name stands for a whole backup or for none.
   *
   * @param store {@code events.db}
   * @param replace whether a file of that name may be replaced
   * @return the books that the backup holds
   * @throws IOException when there is no readable store, or the target cannot be written; an older
   *     target is still there
   */
  public static Account write(Path store, Path target, boolean replace) throws IOException {
    if (!Files.exists(store)) {
      throw new IOException("no event store at " + store);
    }
    if (!replace && Files.exists(target)) {
      throw new IOException("cannot write backup " + target + ": it exists already");
    }
    if (Files.exists(target) && Files.isSameFile(store, target)) {
      throw new IOException("cannot write backup " + target + ": it is the event store itself");
    }
    Path unfinished = StoreFile.beside(target, ".tmp");
    try {
      Succession.delete(unfinished);
      create(unfinished);
      copy(store, unfinished);
      Books books = check(unfinished);
      sync(unfinished);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      Succession.syncFolderOf(target);
      return books.account(books.life.lived());
    } catch (IOException e) {
      Succession.delete(unfinished);
      throw e;
    }
  }

  /** Makes an empty file that is its owner's alone before anything is in it. */
  static void create(Path file) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileSystemException e) {
      throw new IOException("cannot write %s: %s".formatted(file, e), e);
    }
  }

  /** Into a file that does not exist yet or is empty; it is neither checked nor synced. */
  static void copy(Path from, Path to) throws IOException {
    try (Connection connection = StoreFile.reader(from)) {
      if (Schema.version(connection) == 0) {
        throw new IOException("no event store at " + from);
      }
      try (PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
        copy.setString(1, to.toString());
        copy.executeUpdate();
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot read event store " + from + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      throw DiskFault.about("cannot copy event store " + from + " to " + to, e);
    }
  }

  /**
   * Reads the whole file.
   *
   * @throws IOException when it is not a sound event store of a known version; the text says why
   */
  static Books check(Path file) throws IOException {
    try (Connection connection = StoreFile.reader(file);
        Statement sql = connection.createStatement()) {
      if (Schema.version(connection) == 0) {
        throw new IOException(file + " is not an event store");
      }
      try (ResultSet row = sql.executeQuery("PRAGMA integrity_check(1)")) {
        String result = row.next() ? row.getString(1) : "no answer";
        if (!"ok".equals(result)) {
          throw new IOException("event store " + file + " is damaged: " + result);
        }
      }
      Books books = Schema.books(connection);
      if (books.account(0).unexplained() != 0) {
        throw new IOException("event store " + file + " is damaged: its books do not balance");
      }
      return books;
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot read event store " + file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      throw DiskFault.about("cannot read event store " + file, e);
    }
  }

  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
