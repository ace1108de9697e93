package org.cityedge.agent.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the chain: one record a line, only ever appended to.
 *
 * <pre>
 *   audit-000000000001.jsonl   from record 1 on; full at 256 KiB
 *   audit-000000000871.jsonl   from record 871 on; its first line carries the sha256 of record 870
 *   told                       number of the last record that was handed to the event store
 * </pre>
 *
 * At most {@value #MOST_FILES} files, the oldest goes first. A line that a power cut left
 * unfinished was never acknowledged: it is cut off before the next one is written. Confined to its
 * owner.
 */
final class AuditFiles {
  static final int MOST_FILES = 8;

  /** Of a record, which holds two hashes of 64 digits, a time, and the names of all its members. */
  private static final int LEAST_BYTES = 200;

  private static final Logger LOG = LoggerFactory.getLogger(AuditFiles.class);
  private static final Pattern NAME = Pattern.compile("audit-[0-9]{12}\\.jsonl");

  /** Changes of a file, each of which a disk may refuse. */
  interface Disk {
    /** Writes behind its end, and makes it when there is none; durable when it returns. */
    void append(Path file, byte[] bytes) throws IOException;

    /** Leaves its first bytes; durable when it returns. */
    void cut(Path file, long length) throws IOException;

    /** The folder's names are durable when it returns. */
    void syncNames(Path folder) throws IOException;

    /** The real one. */
    Disk REAL =
        new Disk() {
          @Override
          public void append(Path file, byte[] bytes) throws IOException {
            try (FileChannel channel =
                FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND)) {
              ByteBuffer left = ByteBuffer.wrap(bytes);
              while (left.hasRemaining()) {
                int _ = channel.write(left);
              }
              channel.force(true);
            }
          }

          @Override
          public void cut(Path file, long length) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
              channel.truncate(length);
              channel.force(true);
            }
          }

          @Override
          public void syncNames(Path folder) throws IOException {
            try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
              names.force(true);
            }
          }
        };
  }

  /** A file with what the disk refused half way, behind so many bytes. */
  private record Torn(Path file, long whole) {}

  private final Path folder;
  private final long mostBytes;
  private final Disk disk;
  private @Nullable Torn torn;

  /** That the newest file's name is durable, the disk has not said yet. */
  private boolean unnamed;

  AuditFiles(Path folder, long mostBytes) {
    this(folder, mostBytes, Disk.REAL);
  }

  AuditFiles(Path folder, long mostBytes, Disk disk) {
    this.folder = folder;
    this.mostBytes = mostBytes;
    this.disk = disk;
  }

  /** The oldest first; none when there is no folder. */
  List<Path> files() throws IOException {
    try (Stream<Path> names = Files.list(folder)) {
      return names
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /** The whole lines of a file; what follows the last line feed is left off. */
  static List<String> lines(Path file) throws IOException {
    return lines(Files.readAllBytes(file));
  }

  /** Without what {@link #append} has failed with and could not cut off yet. */
  private List<String> acknowledged(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Torn now = torn;
    return lines(
        now != null && now.file().equals(file) && now.whole() < bytes.length
            ? Arrays.copyOf(bytes, (int) now.whole())
            : bytes);
  }

  private static List<String> lines(byte[] bytes) {
    String text = new String(bytes, 0, wholeLines(bytes), StandardCharsets.UTF_8);
    return text.isEmpty()
        ? List.of()
        : List.of(text.substring(0, text.length() - 1).split("\n", -1));
  }

  /** How many bytes they are, the last line feed among them. */
  private static int wholeLines(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  /** Whether the disk gives the file back. */
  static boolean isReadable(Path file) {
    try {
      byte[] _ = Files.readAllBytes(file);
      return true;
    } catch (IOException e) {
      LOG.error("A file of the audit cannot be read. file={}", file, e);
      return false;
    }
  }

  /** Cuts an unfinished line off a file; whether there was one. */
  static boolean mend(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int whole = wholeLines(bytes);
    if (whole == bytes.length) {
      return false;
    }
    Disk.REAL.cut(file, whole);
    return true;
  }

  /**
   * Appends; durable when it returns.
   *
   * @param fresh whether to begin a new file in any case
   * @throws IOException when the disk refuses; nothing was appended then, or what was is cut off
   *     before anything else is appended
   */
  void append(long number, byte[] line, boolean fresh) throws IOException {
    Files.createDirectories(folder);
    cutBack();
    List<Path> files = files();
    Path file =
        files.isEmpty() || fresh || Files.size(files.getLast()) >= mostBytes
            ? folder.resolve("audit-%012d.jsonl".formatted(number))
            : files.getLast();
    long before = Files.exists(file) ? Files.size(file) : 0;
    torn = new Torn(file, before);
    try {
      disk.append(file, ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').array());
    } catch (IOException e) {
      try {
        cutBack();
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    torn = null;
    // Also one that a write has made and then failed, maybe of a process before.
    boolean begins = before == 0;
    if (begins || unnamed) {
      name(file);
    }
    if (begins) {
      makeRoom(file, files);
    }
  }

  /** To its whole lines, what a write has left that failed. */
  private void cutBack() throws IOException {
    Torn now = torn;
    if (now != null && Files.exists(now.file())) {
      disk.cut(now.file(), now.whole());
    }
    torn = null;
  }

  /** The record is written, so its number is taken whatever happens here; the next tries again. */
  private void name(Path file) {
    unnamed = true;
    try {
      disk.syncNames(folder);
      unnamed = false;
    } catch (IOException e) {
      LOG.error("A file of the audit is begun, and its name may be lost. file={}", file, e);
    }
  }

  private static void makeRoom(Path file, List<Path> files) {
    List<Path> before = files.stream().filter(each -> !each.equals(file)).toList();
    try {
      for (int i = 0; i <= before.size() - MOST_FILES; i++) {
        Files.deleteIfExists(before.get(i));
      }
    } catch (IOException e) {
      LOG.error("A file of the audit is begun, and an old one cannot be deleted.", e);
    }
  }

  /**
   * The records from a number on, the oldest first, read file by file; those of damaged lines, of
   * files that cannot be read, and what the disk has refused are left out.
   */
  List<AuditRecord> from(long number) throws IOException {
    List<AuditRecord> out = new ArrayList<>();
    List<Path> files = files();
    for (int i = 0; i < files.size(); i++) {
      if (i + 1 < files.size() && first(files.get(i + 1)) <= number) {
        continue;
      }
      List<String> lines;
      try {
        lines = acknowledged(files.get(i));
      } catch (IOException _) {
        continue; // verify names it
      }
      for (String line : lines) {
        try {
          AuditRecord record = AuditRecord.parse(line);
          if (record.number() >= number) {
            out.add(record);
          }
        } catch (IOException _) {
          // verify names it
        }
      }
    }
    return out;
  }

  /** Above the number of every record that can be in a file that nobody can read. */
  long above(Path file) {
    long bytes = mostBytes;
    try {
      bytes = Math.max(bytes, Files.size(file));
    } catch (IOException _) {
      // Then it is as long as it may become.
    }
    return first(file) + bytes / LEAST_BYTES + 1;
  }

  /** Number of the first record, by the file's name. */
  static long first(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(6, 18));
  }

  /** The last record that was told; when nobody knows, the newest file is to be told again. */
  long told() throws IOException {
    try {
      return Long.parseLong(Files.readString(folder.resolve("told")).strip());
    } catch (IOException | NumberFormatException _) {
      List<Path> files = files();
      return files.isEmpty() ? 0 : first(files.getLast()) - 1;
    }
  }

  /** Not synced: what is told twice has the same id both times. */
  void told(long number) throws IOException {
    Files.writeString(folder.resolve("told"), Long.toString(number));
  }
}
