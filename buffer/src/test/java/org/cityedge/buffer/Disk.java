package org.cityedge.buffer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What lasts of a store when its process or its machine stops at once, for random runs. */
interface Disk {
  long CAP = 8 << 20;

  EventStore open(LossReceipt.Writer writer) throws IOException;

  /** What is left when the process is killed now, while nobody calls its store. */
  Disk copy() throws IOException, SQLException;

  /**
   * What is left when the power fails while the store goes from this to {@code after} by one
   * transaction.
   */
  Torn torn(Disk after, Random random) throws IOException;

  /**
   * @param done whether the transaction must be there as a whole; else nothing of it may
   */
  record Torn(Disk disk, boolean done) {}

  /** A transaction is there or not: nothing can be torn in memory. */
  record Memory(MemoryEventStore.Contents contents) implements Disk {
    @Override
    public EventStore open(LossReceipt.Writer writer) {
      // About what the file's cap leaves for rows, beside the WAL and a transaction.
      return new MemoryEventStore(contents, CAP / 2, writer);
    }

    @Override
    public Disk copy() {
      return new Memory(contents.copy());
    }

    @Override
    public Torn torn(Disk after, Random random) {
      boolean done = random.nextBoolean();
      return new Torn(done ? after : this, done);
    }
  }

  /** {@code events.db} and its WAL in a folder; the index beside them is rebuilt, so not copied. */
  final class Sqlite implements Disk {
    private static final AtomicInteger folders = new AtomicInteger();

    private final Path parent;
    private final Path file;
    private final Path wal;

    Sqlite(Path parent) throws IOException {
      this.parent = parent;
      Path folder = Files.createDirectory(parent.resolve("disk-" + folders.incrementAndGet()));
      file = folder.resolve("events.db");
      wal = folder.resolve("events.db-wal");
    }

    @Override
    public EventStore open(LossReceipt.Writer writer) throws IOException {
      return SqliteEventStore.open(new BufferConfig(file, CAP), writer, InstantSource.system());
    }

    /** Holds SQLite's write lock, so that the two files belong to one instant. */
    @Override
    public Disk copy() throws IOException, SQLException {
      Sqlite copy = new Sqlite(parent);
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement sql = connection.createStatement()) {
        sql.execute("PRAGMA busy_timeout = 10000");
        sql.execute("BEGIN IMMEDIATE");
        Files.copy(file, copy.file);
        if (Files.exists(wal)) {
          Files.copy(wal, copy.wal);
        }
        sql.execute("ROLLBACK");
      }
      return copy;
    }

    /**
     * Of the WAL, what was synced before the transaction is kept, and of its own bytes a random
     * number; where the rest should be the file ends, or has anything in it. Where the transaction
     * also copied the WAL into the database, all of it had been synced before.
     */
    @Override
    public Torn torn(Disk after, Random random) throws IOException {
      Sqlite done = (Sqlite) after;
      Tail from = tail();
      Tail to = done.tail();
      if (from.salts() != to.salts()
          || from.end() >= to.end()
          || Files.mismatch(file, done.file) >= 0) {
        return new Torn(done, true);
      }
      long cut = random.nextLong(from.end(), to.end() + 1);
      try (RandomAccessFile torn = new RandomAccessFile(done.wal.toFile(), "rw")) {
        if (random.nextBoolean()) {
          torn.setLength(cut);
        } else {
          byte[] anything = new byte[(int) (to.end() - cut)];
          random.nextBytes(anything);
          torn.seek(cut);
          torn.write(anything);
        }
      }
      return new Torn(done, cut == to.end());
    }

    /** Where the last commit in the WAL ends, and the salts that its frames carry. */
    private record Tail(long salts, long end) {}

    /** sqlite.org/fileformat2.html §4.1: header of 32 bytes, frames of 24 bytes and a page. */
    private Tail tail() throws IOException {
      if (!Files.exists(wal) || Files.size(wal) < 32) {
        return new Tail(0, 0);
      }
      try (FileChannel channel = FileChannel.open(wal)) {
        ByteBuffer header = read(channel, 0, 32);
        int page = header.getInt(8);
        long salts = header.getLong(16);
        long end = 32;
        for (long at = 32; at + 24 + page <= channel.size(); at += 24 + page) {
          ByteBuffer frame = read(channel, at, 24);
          if (frame.getLong(8) != salts) {
            break;
          }
          if (frame.getInt(4) != 0) {
            end = at + 24 + page;
          }
        }
        return new Tail(salts, end);
      }
    }

    private static ByteBuffer read(FileChannel channel, long at, int bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(bytes);
      channel.read(buffer, at);
      return buffer;
    }
  }
}
