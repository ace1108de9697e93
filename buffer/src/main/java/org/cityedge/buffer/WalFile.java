package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;

/**
 * The write-ahead log beside a database, which SQLite reads as a whole before anything else: one
 * bad sector in it, and nothing of the database can be read either. Its layout: sqlite.org/
 * fileformat2.html §4.
 */
final class WalFile {
  private static final int HEADER = 32;
  private static final int FRAME = 24 + Room.PAGE;

  private WalFile() {}

  /** Whether the disk does not give a part of it back. */
  static boolean unreadable(Path database) {
    return unreadable(StoreFile.beside(database, "-wal"), HEADER, FRAME);
  }

  /**
   * Whether the disk does not give a part of the database or of its WAL back. Nobody in this
   * process may have it open: POSIX ends SQLite's locks with the first close of the file.
   */
  static boolean unreadableWithDatabase(Path database) {
    // The smaller one first.
    return unreadable(database) || unreadable(database, Room.PAGE, Room.PAGE);
  }

  private static boolean unreadable(Path file, int first, int next) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      long at = 0;
      ByteBuffer part = ByteBuffer.allocate(first);
      while (at < size && channel.read(part, at) > 0) {
        at += part.position();
        part = at == first ? ByteBuffer.allocate(next) : part.clear();
      }
      return false;
    } catch (NoSuchFileException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  /** Whether it is the reason why nothing of the database can be read. */
  static boolean hides(Path database) {
    try (Connection connection = StoreFile.reader(database)) {
      Schema.number(connection, "SELECT count(*) FROM sqlite_schema");
      return false;
    } catch (SQLException e) {
      return DiskFault.ofDisk(e) && unreadable(database);
    }
  }

  /** A connection that reads the database as it was at the last checkpoint, or amid one. */
  static Connection without(Path database) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    return config.createConnection(StoreFile.readOnlyUri(database) + "&immutable=1");
  }
}
