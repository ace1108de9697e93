package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Disk space kept for hard times, beside the cap: the content of the lock file. It is given back by
 * cutting the file, and taken again once the disk has room for it and a margin. Confined to the
 * writer thread once the store is open.
 *
 * <pre>
 *  |    for alerts, 4 MiB    | to open, 256 KiB |
 * </pre>
 *
 * <p>For alerts: 64 of the largest (16 KiB, wire.md §2) cost 7 to 8 pages each in the WAL and 5 to
 * 6 in the database, so 3.5 MiB when the WAL cannot be reused in between; settlements live on the
 * rest. To open: SQLite needs some space even to read, and a full disk must not keep the store from
 * delivering.
 */
final class Reserve {
  private static final Logger log = LoggerFactory.getLogger(Reserve.class);

  private static final long TO_OPEN = 256 << 10;
  private static final long WHOLE = TO_OPEN + (4 << 20);

  /**
   * Room that is left to others when the reserve is taken, so that it is not wanted back at once.
   */
  private static final long MARGIN = 1 << 20;

  private static final int BLOCK = 64 << 10;

  private final Path folder;
  private final FileChannel file;

  Reserve(Path folder, FileChannel file) {
    this.folder = folder;
    this.file = file;
  }

  /** Gives back what opening needs; false when there was nothing. */
  boolean giveToOpen() throws IOException {
    long size = file.size();
    file.truncate(Math.max(0, size - TO_OPEN));
    return size > 0;
  }

  /** Gives back the part of the alerts; false when there was nothing. */
  boolean giveToAlerts() {
    try {
      if (file.size() <= TO_OPEN) {
        return false;
      }
      file.truncate(TO_OPEN);
      return true;
    } catch (IOException e) {
      log.warn("Event store cannot give its reserve back fault=\"{}\"", e.getMessage());
      return false;
    }
  }

  /**
   * Takes what is missing, as far as the disk has room; the part that opening needs first.
   *
   * @return whether it is whole
   */
  boolean take() {
    try {
      long free = freeBytes();
      if (free - MARGIN >= WHOLE - file.size()) {
        fill(WHOLE);
      } else if (free >= TO_OPEN) {
        fill(TO_OPEN);
      }
      return isWhole();
    } catch (IOException e) {
      log.warn("Event store cannot take its reserve fault=\"{}\"", e.getMessage());
      return false;
    }
  }

  /** Whether nothing of it is given away or was never taken. */
  boolean isWhole() {
    try {
      return file.size() >= WHOLE;
    } catch (IOException e) {
      log.warn("Event store cannot see its reserve fault=\"{}\"", e.getMessage());
      return false;
    }
  }

  private long freeBytes() throws IOException {
    FileStore disk = Files.getFileStore(folder);
    return disk.getUsableSpace();
  }

  /** Written out and not of zeros, for which some file systems keep no space. */
  private void fill(long size) throws IOException {
    long had = file.size();
    if (had >= size) {
      return;
    }
    byte[] block = new byte[BLOCK];
    new Random(1).nextBytes(block);
    try {
      for (long at = had; at < size; ) {
        int length = (int) Math.min(BLOCK, size - at);
        at += file.write(ByteBuffer.wrap(block, 0, length), at);
      }
      file.force(true);
    } catch (IOException e) {
      file.truncate(had);
      throw e;
    }
  }
}
