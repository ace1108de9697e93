package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A counter's total on disk, one line: pulses, lost pulses, and whether the count goes on.
 *
 * <pre>
 *   48211 3 running
 * </pre>
 *
 * Replaced as a whole (written beside, synced, renamed, folder synced), so that a power cut leaves
 * the old line or the new one. {@code running} found at a start means that the last stop was not
 * clean, and pulses since the last write are gone. Confined to one thread.
 */
final class CountFile {
  private static final Pattern LINE =
      Pattern.compile("([0-9]{1,16}) ([0-9]{1,16}) (running|stopped)\n");

  private final Path file;

  CountFile(Path file) {
    this.file = file;
  }

  /**
   * What was counted.
   *
   * @param cut whether pulses may be missing from it
   */
  record Count(long pulses, long lost, boolean cut) {}

  /** A missing file is a new counter; one that cannot be understood is set aside as NAME.bad. */
  Count read() throws IOException {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return new Count(0, 0, false);
    }
    Matcher line = LINE.matcher(text);
    if (!line.matches()) {
      Path aside = file.resolveSibling(file.getFileName() + ".bad");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      return new Count(0, 0, true);
    }
    return new Count(
        Long.parseLong(line.group(1)),
        Long.parseLong(line.group(2)),
        line.group(3).equals("running"));
  }

  void write(long pulses, long lost, boolean running) throws IOException {
    Path folder = file.toAbsolutePath().resolveSibling(".").normalize();
    Files.createDirectories(folder);
    Path next = file.resolveSibling(file.getFileName() + ".new");
    String line = pulses + " " + lost + (running ? " running\n" : " stopped\n");
    Files.write(
        next,
        line.getBytes(StandardCharsets.US_ASCII),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        StandardOpenOption.SYNC);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel synced = FileChannel.open(folder, StandardOpenOption.READ)) {
      synced.force(true);
    }
  }
}
