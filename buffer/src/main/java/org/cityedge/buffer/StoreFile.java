package org.cityedge.buffer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * The database file of one open store, locked against a second process. Beside {@code events.db}
 * lie {@code -wal} (committed, not yet copied into the database), {@code -shm} (its index, rebuilt
 * after a crash) and {@code .lock} (the lock ends with the process; the file's content is the
 * {@link Reserve}).
 */
final class StoreFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreFile.class);

  /** How long a connection waits for another's lock; only tools beside the agent can hold one. */
  static final int BUSY_MILLIS = 1000;

  private final Path file;
  private final Setup setup;
  private final FileChannel lock;
  private final Reserve reserve;
  private Optional<String> setAside = Optional.empty();

  private StoreFile(Setup setup, FileChannel lock) {
    this.file = setup.config().file();
    this.setup = setup;
    this.lock = lock;
    reserve = new Reserve(folder(file), lock);
  }

  /**
   * Locks and checks the file, and makes a new one where there is none or a damaged one.
   *
   * @throws IOException when another process has it, it is not ours or of a newer schema, or the
   *     disk does not let a store be
   */
  static StoreFile open(Setup setup) throws IOException {
    StoreFile opened = new StoreFile(setup, lock(setup.config().file()));
    try {
      opened.prepareInSpite();
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void prepareInSpite() throws IOException {
    try {
      prepare();
    } catch (IOException e) {
      if (!DiskFault.full(e) || !reserve.giveToOpen()) {
        throw e;
      }
      prepare();
      log.warn("Event store opened on a full disk by giving reserved space back file={}", file);
      return;
    }
    reserve.take();
  }

  Reserve reserve() {
    return reserve;
  }

  /**
   * Keeps everybody else from opening the store until the channel is closed.
   *
   * @throws IOException when somebody has it open, or its folder is missing or read-only
   */
  static FileChannel lock(Path file) throws IOException {
    Path path = beside(file, ".lock");
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException _) {
      // This process has it; the answer is the same.
    }
    channel.close();
    throw new IOException("cannot open event store " + file + ": it is open already");
  }

  private void prepare() throws IOException {
    Replacement replacement = new Replacement(setup);
    if (!Files.exists(file)) {
      replacement.finish();
    }
    try {
      Optional<String> damage = damage();
      if (damage.isPresent()) {
        setAside = Optional.of(replacement.replace(damage.get()));
      } else {
        replacement.discard();
      }
      try (Connection connection = writer()) {
        int version = Schema.version(connection);
        if (version == 0) {
          Schema.create(connection);
        } else {
          Migration.migrate(connection, version);
        }
        connection.commit();
        PendingLoss.report(connection, setup);
      }
    } catch (SQLException e) {
      throw DiskFault.about("cannot open event store " + file, e);
    }
  }

  /** What is wrong with the content of the file; empty when it is sound or absent. */
  private Optional<String> damage() throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      // SQLite would throw away the WAL of an empty database, and with it committed events.
      return exists("-wal") && Files.size(beside(file, "-wal")) > 0
          ? Optional.of("the database is empty, its WAL is not")
          : Optional.empty();
    }
    try (Connection connection = reader()) {
      if (Schema.version(connection) == 0) {
        return Optional.empty();
      }
      try (Statement sql = connection.createStatement();
          ResultSet row = sql.executeQuery("PRAGMA quick_check(1)")) {
        String result = row.next() ? row.getString(1) : "no answer";
        if (!"ok".equals(result)) {
          return Optional.of(result);
        }
      }
      Schema.books(connection);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot open event store " + file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      if (DiskFault.damaged(e)) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
      throw DiskFault.about("cannot open event store " + file, e);
    }
  }

  /** What the technician must know of this opening; empty when the file was sound. */
  Optional<String> setAside() {
    return setAside;
  }

  long walBytes() {
    return beside(file, "-wal").toFile().length();
  }

  /** A connection to write with; transactions are begun by the driver, ended by the caller. */
  Connection writer() throws SQLException {
    return writer(file, setup.room());
  }

  static Connection writer(Path file, Room room) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try (Statement sql = connection.createStatement()) {
      // Before the first table, and before the journal mode writes the header.
      sql.execute("PRAGMA auto_vacuum = INCREMENTAL");
      try (ResultSet mode = sql.executeQuery("PRAGMA journal_mode = WAL")) {
        if (!mode.next() || !"wal".equals(mode.getString(1))) {
          throw new SQLException("the file system does not let SQLite keep a WAL");
        }
      }
      sql.execute("PRAGMA synchronous = FULL");
      sql.execute("PRAGMA temp_store = MEMORY");
      sql.execute("PRAGMA wal_autocheckpoint = " + room.walBytes() / 2 / Room.PAGE);
      sql.execute("PRAGMA journal_size_limit = " + room.walBytes());
      if (Schema.number(connection, "PRAGMA page_count") > room.databasePages()) {
        // Frees a page per step; only executeUpdate runs it to its end.
        sql.executeUpdate("PRAGMA incremental_vacuum");
      }
      // Never below what the file has: after the cap was lowered, eviction empties it first.
      sql.execute("PRAGMA max_page_count = " + room.mostPages());
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** For a file that is not in use: a rollback journal that leaves nothing beside it. */
  static Connection plainWriter(Path file) throws SQLException {
    Connection connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + file);
    connection.setAutoCommit(false);
    return connection;
  }

  Connection reader() throws SQLException {
    return reader(file);
  }

  /** A connection that cannot write. */
  static Connection reader(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_MILLIS);
    return config.createConnection("jdbc:sqlite:" + file);
  }

  private boolean exists(String suffix) {
    return Files.exists(beside(file, suffix));
  }

  static Path folder(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent());
  }

  static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
