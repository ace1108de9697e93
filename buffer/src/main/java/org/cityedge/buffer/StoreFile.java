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
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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

  /** How often a file is read before a fault of the disk counts as one that stays. */
  static final int MOST_READS = 5;

  private static final Duration BETWEEN_READS = Duration.ofSeconds(1);

  /** What a store has that may write. */
  private record Held(FileChannel lock, Reserve reserve) {}

  private final Path file;
  private final Setup setup;
  private volatile @Nullable Held held;
  private volatile Optional<String> setAside = Optional.empty();
  private volatile boolean checked;

  private StoreFile(Setup setup) {
    this.file = setup.config().file();
    this.setup = setup;
  }

  /**
   * Locks and checks the file, and makes a new one where there is none, a damaged one, or one of a
   * newer schema, which a system update that was rolled back has left. On a read-only disk it is
   * opened for reading, {@link #becomeWritable} does the rest later.
   *
   * @throws IOException when another process has it, it is not ours, or the disk does not let a
   *     store be
   */
  static StoreFile open(Setup setup) throws IOException {
    StoreFile opened = new StoreFile(setup);
    if (Files.exists(opened.file) && readOnlyDisk(opened.file)) {
      Optional<String> damage = opened.damage();
      if (damage.isPresent()) {
        throw new IOException(
            "cannot open event store %s: damaged, and the disk is read-only: %s"
                .formatted(opened.file, damage.get()));
      }
      return opened;
    }
    opened.becomeWritable();
    return opened;
  }

  /** Whether the file could only be opened for reading so far. */
  boolean readOnly() {
    return held == null;
  }

  /**
   * The part of opening that needs a disk that takes writes.
   *
   * @throws IOException as {@link #open}; nothing is held then
   */
  void becomeWritable() throws IOException {
    FileChannel lock = lock(file);
    Held now = new Held(lock, new Reserve(folder(file), lock));
    try {
      prepareInSpite(now.reserve());
      held = now;
    } finally {
      if (held == null) {
        lock.close();
      }
    }
  }

  private void prepareInSpite(Reserve reserve) throws IOException {
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
    if (!reserve.take()) {
      log.warn("Event store has no room for its reserve file={}", file);
    }
  }

  /** Of a store that is not read-only. */
  Reserve reserve() {
    Held now = held;
    if (now == null) {
      throw new IllegalStateException("the event store is read-only");
    }
    return now.reserve();
  }

  boolean onReadOnlyDisk() {
    return readOnlyDisk(file);
  }

  /**
   * Java finds the mount by the device's number, so it takes a folder that alone is writable in a
   * read-only system (systemd's ProtectSystem with ReadWritePaths) for the system around it; what
   * access(2) says of the folder itself decides.
   */
  private static boolean readOnlyDisk(Path file) {
    try {
      return !Files.isWritable(folder(file)) && Files.getFileStore(folder(file)).isReadOnly();
    } catch (IOException _) {
      // Whatever is wrong with the folder, opening says it better.
      return false;
    }
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
        setAside = Optional.of(replacement.replace(damage.get(), Optional.empty()));
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

  /**
   * Why the content of the file cannot be gone on with; empty when it is sound or absent. To set it
   * aside costs some of what waits to be sent, and a disk may give back in a second what it did not
   * just now, for which SQLite says "malformed" too: so what is found is looked for again, at once
   * when the disk gives the whole file back, else {@value #MOST_READS} times, a second apart.
   */
  private Optional<String> damage() throws IOException {
    for (int reads = 1; reads < MOST_READS; reads++) {
      String fault;
      try {
        Optional<String> found = read();
        if (found.isEmpty()) {
          return found;
        }
        fault = found.get();
      } catch (IOException e) {
        if (!DiskFault.ofDisk(e)) {
          throw e;
        }
        fault = String.valueOf(e.getMessage());
      }
      if (!WalFile.unreadableWithDatabase(file)) {
        break;
      }
      log.warn(
          "The disk does not give the event store back; it is read again. fault=\"{}\"", fault);
      waitForDisk();
    }
    return read();
  }

  private void waitForDisk() throws IOException {
    try {
      setup.waiting().pass(BETWEEN_READS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the disk was waited for", e);
    }
  }

  /** As {@link #damage}, of one reading. */
  private Optional<String> read() throws IOException {
    checked = true;
    if (!Files.exists(file) || Files.size(file) == 0) {
      // SQLite would throw away the WAL of an empty database, and with it committed events.
      return exists("-wal") && Files.size(beside(file, "-wal")) > 0
          ? Optional.of("the database is empty, its WAL is not")
          : Optional.empty();
    }
    try (Connection connection = reader()) {
      Optional<String> newer = Schema.newer(connection);
      if (newer.isPresent()) {
        return newer;
      }
      if (Schema.version(connection) == 0) {
        return Optional.empty();
      }
      Books books = Schema.books(connection);
      Optional<String> contradiction = books.contradiction();
      // What the opening reads next: damage must show here, where it is known what to do about it.
      PendingLoss.look(connection);
      checked = Files.size(file) <= setup.checkedFirst();
      if (contradiction.isPresent() || !checked) {
        return contradiction;
      }
      try (Statement sql = connection.createStatement();
          ResultSet row = sql.executeQuery(setup.check())) {
        String result = row.next() ? row.getString(1) : "no answer";
        return "ok".equals(result) ? Optional.empty() : Optional.of(result);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot open event store " + file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      if (DiskFault.damaged(e)) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
      if (DiskFault.ofDisk(e) && WalFile.unreadable(file)) {
        // It will not be read at the next start either, and no alert would be taken until then.
        return Optional.of("its WAL cannot be read: " + e.getMessage());
      }
      throw DiskFault.about("cannot open event store " + file, e);
    }
  }

  /** Whether the opening has checked all of the file, or it is a new one. */
  boolean checked() {
    return checked;
  }

  /**
   * Puts a new database in the place of this one, which turned out to be damaged while it was open.
   * Nobody may have it open any more.
   *
   * @param known the books as last committed
   * @throws IOException when the disk refuses; calling again is sound
   */
  void replace(String damage, Books known) throws IOException {
    Replacement replacement = new Replacement(setup);
    try {
      if (Files.exists(file)) {
        setAside = Optional.of(replacement.replace(damage, Optional.of(known)));
      } else {
        replacement.finish();
      }
    } catch (SQLException e) {
      throw DiskFault.about("cannot set event store " + file + " aside", e);
    }
  }

  /** What the technician must know of this run; empty when the file was sound. */
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
    // The driver would ask for the rowid after each insert; nobody wants it.
    config.setGetGeneratedKeys(false);
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

  /**
   * A connection that cannot write. On a read-only disk SQLite can make no index for a WAL: without
   * a WAL it is told that the file does not change, with one it keeps the index in memory, and
   * there are no locks to take since nobody writes.
   */
  static Connection reader(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_MILLIS);
    if (!readOnlyDisk(file)) {
      return config.createConnection("jdbc:sqlite:" + file);
    }
    String uri = readOnlyUri(file);
    if (beside(file, "-wal").toFile().length() == 0) {
      return config.createConnection(uri + "&immutable=1");
    }
    Connection connection = config.createConnection(uri + "&vfs=unix-none");
    try (Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA locking_mode = EXCLUSIVE");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  static String readOnlyUri(Path file) {
    return "jdbc:sqlite:file:" + file.toAbsolutePath().toUri().getRawPath() + "?mode=ro";
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
    Held now = held;
    if (now != null) {
      now.lock().close();
    }
  }
}
