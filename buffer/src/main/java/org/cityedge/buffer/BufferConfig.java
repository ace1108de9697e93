package org.cityedge.buffer;

import java.nio.file.Path;
import org.cityedge.config.Section;

/**
 * The section {@code buffer}.
 *
 * @param file the database; it lies with its WAL in one folder that must exist and be writable
 * @param maxBytes cap of database and WAL together on disk, 8 MiB..64 GiB
 */
public record BufferConfig(Path file, long maxBytes) {
  private static final long MIB = 1 << 20;
  private static final long LEAST = 8 * MIB;
  private static final long MOST = 64L << 30;

  public BufferConfig {
    if (maxBytes < LEAST || maxBytes > MOST) {
      throw new IllegalArgumentException("maxBytes must be 8 MiB..64 GiB, was " + maxBytes);
    }
  }

  /** Reads {@code maxBytes}; the file's folder is the data folder, which is no configuration. */
  public static BufferConfig read(Section section, Path dataFolder) {
    return new BufferConfig(
        dataFolder.resolve("events.db"), section.bytes("maxBytes", LEAST, MOST, 512 * MIB));
  }

  public static BufferConfig defaults(Path dataFolder) {
    return new BufferConfig(dataFolder.resolve("events.db"), 512 * MIB);
  }
}
