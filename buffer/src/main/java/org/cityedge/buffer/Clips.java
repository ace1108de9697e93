package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Evidence that may be asked for: one file each, beside the database and under the same cap (the
 * store's {@code maxBytes} counts {@link #bytes}). A clip is no event: it has no number and is
 * missed by nobody's account until its chunks are appended. Clips are kept in the order in which
 * they were put; the oldest goes first.
 *
 * <p>A file is written under a temporary name, forced to the disk and renamed, so a clip is there
 * as a whole or not at all. Any thread.
 */
public final class Clips {
  /** Largest clip: half a minute of a 1080p main stream at 16 Mbit/s. */
  public static final int MAX_CLIP = 64 << 20;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,32}\\.[a-z0-9]{1,8}");
  private static final String TEMPORARY = ".tmp";

  /** Makes room under the store's cap for what is about to be put. */
  @FunctionalInterface
  interface Gate {
    /**
     * @throws IOException when there is none to be made; the text says why
     */
    void admit() throws IOException;
  }

  private final Path folder;
  private volatile Gate gate = () -> {};

  /** Sizes by name, oldest first; guarded by this. */
  private final Map<String, Long> sizes = new LinkedHashMap<>();

  private long bytes;

  /** Of clips that wait for the gate or are being written; guarded by this. */
  private long coming;

  private Clips(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens the folder, made when it is missing; what a crash left half written is removed.
   *
   * @throws IOException when it cannot be made or read
   */
  public static Clips open(Path folder) throws IOException {
    Files.createDirectories(folder);
    Clips clips = new Clips(folder);
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(TEMPORARY)) {
          Files.deleteIfExists(file);
        } else if (NAME.matcher(name).matches()) {
          files.add(file);
        }
      }
    }
    Map<Path, FileTime> times = new LinkedHashMap<>();
    for (Path file : files) {
      times.put(file, Files.getLastModifiedTime(file));
    }
    // A clock that was wrong mixes up who goes first, and nothing else.
    files.sort(Comparator.comparing((Path file) -> times.get(file)).thenComparing(file -> file));
    for (Path file : files) {
      clips.count(file.getFileName().toString(), Files.size(file));
    }
    return clips;
  }

  /**
   * Keeps a clip; one of the same name is replaced.
   *
   * @param name {@code id.ending}: the evidence's id, 1..32 letters, digits and hyphens, and the
   *     file ending that tells its type
   * @param content 1 byte..{@value #MAX_CLIP} bytes
   * @throws IOException when the disk refuses or no room can be made under the cap; a clip of that
   *     name that was there before is still there
   */
  public void put(String name, byte[] content) throws IOException {
    check(name);
    if (content.length == 0 || content.length > MAX_CLIP) {
      throw new IllegalArgumentException(
          "a clip must be 1.." + MAX_CLIP + " bytes, was " + content.length);
    }
    // Without the monitor: the store, which makes the room, may drop clips for it.
    coming(content.length);
    try {
      gate.admit();
      write(
          name,
          target -> {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
              target.write(left);
            }
          });
    } finally {
      coming(-content.length);
    }
  }

  /**
   * Keeps what stands in a file, which stays as it is; else as {@link #put(String, byte[])}.
   *
   * @throws IOException also when the file cannot be read or has no such size
   */
  public void put(String name, Path content) throws IOException {
    check(name);
    long size = Files.size(content);
    if (size == 0 || size > MAX_CLIP) {
      throw new IOException("a clip must be 1.." + MAX_CLIP + " bytes, was " + size);
    }
    coming(size);
    try {
      gate.admit();
      try (FileChannel source = FileChannel.open(content)) {
        write(
            name,
            target -> {
              for (long at = 0; at < size; ) {
                long copied = source.transferTo(at, size - at, target);
                if (copied <= 0) {
                  throw new IOException("clip " + content + " ended early at byte " + at);
                }
                at += copied;
              }
            });
      }
    } finally {
      coming(-size);
    }
  }

  /** The store under whose cap the clips are. */
  void under(Gate store) {
    gate = store;
  }

  private synchronized void coming(long more) {
    coming += more;
  }

  /** Writes a clip's content. */
  private interface Content {
    void writeTo(FileChannel target) throws IOException;
  }

  private synchronized void write(String name, Content content) throws IOException {
    Path temporary = folder.resolve(name + TEMPORARY);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      content.writeTo(channel);
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
    forget(name);
    count(name, Files.size(folder.resolve(name)));
  }

  /** The kept clip of this evidence id, whatever its ending; empty when it is gone. */
  public synchronized Optional<Path> find(String id) {
    return sizes.keySet().stream()
        .filter(name -> name.substring(0, name.lastIndexOf('.')).equals(id))
        .findFirst()
        .map(folder::resolve);
  }

  /** Bytes of all kept clips, and of those that are being put. */
  public synchronized long bytes() {
    return bytes + coming;
  }

  /**
   * Deletes the oldest clip.
   *
   * @return its bytes, 0 when there was none
   * @throws IOException when the disk refuses
   */
  public synchronized long dropOldest() throws IOException {
    if (sizes.isEmpty()) {
      return 0;
    }
    String name = sizes.keySet().iterator().next();
    Files.deleteIfExists(folder.resolve(name));
    return forget(name);
  }

  /** The names of all kept clips, the oldest first. */
  public synchronized List<String> names() {
    return List.copyOf(sizes.keySet());
  }

  /**
   * Deletes a clip; nothing happens when it is not kept.
   *
   * @throws IOException when the disk refuses
   */
  public synchronized void drop(String name) throws IOException {
    check(name);
    Files.deleteIfExists(folder.resolve(name));
    forget(name);
  }

  private void count(String name, long size) {
    sizes.put(name, size);
    bytes += size;
  }

  private long forget(String name) {
    Long size = sizes.remove(name);
    if (size == null) {
      return 0;
    }
    bytes -= size;
    return size;
  }

  private static void check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a clip's name must match " + NAME + ", was \"" + name + "\"");
    }
  }
}
