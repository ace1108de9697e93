package org.cityedge.buffer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evidence that may be asked for: one sealed file each, beside the database and under the same cap
 * (the store's {@code maxBytes} counts {@link #bytes}). A clip is no event: it has no number and is
 * missed by nobody's account until its chunks are appended. Clips are kept in the order in which
 * they were put; the oldest goes first.
 *
 * <p>A file is written under a temporary name, forced to the disk and renamed, so a clip is there
 * as a whole or not at all. Any thread.
 */
public final class Clips {
  private static final Logger log = LoggerFactory.getLogger(Clips.class);

  /** Largest clip: half a minute of a 1080p main stream at 16 Mbit/s. */
  public static final int MAX_CLIP = 64 << 20;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,32}\\.[a-z0-9]{1,8}");
  private static final String TEMPORARY = ".tmp";

  /** Makes room under a cap for what is about to be put. */
  interface Gate {
    /**
     * Returns when there is room, with the clip {@link Clips#coming counted}; called for one clip
     * at a time.
     *
     * @param bytes of the sealed clip
     * @throws IOException when there is none to be made; the text says why. The clip is not counted
     *     then, and nothing was dropped for one that can never fit
     */
    void admit(long bytes) throws IOException;

    /**
     * @throws IOException when what is left of the disk is kept for what is worth more than a clip
     */
    default void spare() throws IOException {}
  }

  private final Path folder;
  private final Seal seal;
  private volatile Gate gate;

  /**
   * Held while room is made for a clip and it is written, one at a time: two that fit only one
   * after the other would both be refused, after everything had been dropped for them. Taken before
   * the monitor.
   */
  private final Object writing = new Object();

  /** Sizes by name, oldest first; guarded by this. */
  private final Map<String, Long> sizes = new LinkedHashMap<>();

  /** Those that could not be deleted, of the kept ones; guarded by this. */
  private final Set<String> stuck = new HashSet<>();

  private long bytes;

  /** Of the clip that is being put; guarded by this. */
  private long coming;

  private Clips(Path folder, Seal seal) {
    this.folder = folder;
    this.seal = seal;
    gate = this::coming;
  }

  /** Of these clips alone; the oldest go. */
  private void admit(long more, long maxBytes, Clips beside) throws IOException {
    if (more > maxBytes) {
      throw new IOException("it does not fit under the cap of " + maxBytes + " bytes");
    }
    beside.gate.spare();
    while (bytes() + more > maxBytes && dropOldest() > 0) {
      // Until it fits, at the latest into an empty folder.
    }
    coming(more);
  }

  /**
   * Opens the folder, made when it is missing; what a crash left half written is removed.
   *
   * @param seal every clip is encrypted with; its key is read or made at the first {@link #put}
   * @throws IOException when it cannot be made or read
   */
  public static Clips open(Path folder, Seal seal) throws IOException {
    Clips clips = new Clips(folder, seal);
    clips.load();
    return clips;
  }

  /**
   * The same with a cap of its own instead of a store's: the oldest clips go for a new one.
   *
   * @param maxBytes of the sealed files together
   * @param beside on the same disk; while their store keeps the rest of it for alerts, nothing is
   *     put here either
   */
  public static Clips open(Path folder, Seal seal, long maxBytes, Clips beside) throws IOException {
    Clips clips = new Clips(folder, seal);
    clips.gate = more -> clips.admit(more, maxBytes, beside);
    clips.load();
    return clips;
  }

  /** Takes what lies in the folder. */
  private void load() throws IOException {
    Files.createDirectories(folder);
    seal.tidy();
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
      count(file.getFileName().toString(), Files.size(file));
    }
  }

  /**
   * What a folder of clips holds, the oldest first; also beside the agent that owns it.
   *
   * @throws IOException when the folder cannot be read; one that is missing holds nothing
   */
  public static List<SealedFile> list(Path folder, Seal seal) throws IOException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    record Dated(SealedFile file, Instant keptAt) {}
    List<Dated> found = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        if (NAME.matcher(file.getFileName().toString()).matches()) {
          SealedFile one = new SealedFile(file, seal);
          try {
            found.add(new Dated(one, one.keptAt()));
          } catch (NoSuchFileException e) {
            // Its time was over just now.
          }
        }
      }
    }
    found.sort(Comparator.comparing(Dated::keptAt).thenComparing(one -> one.file().name()));
    return found.stream().map(Dated::file).toList();
  }

  /**
   * Keeps a clip, sealed; one of the same name is replaced.
   *
   * @param name {@code id.ending}: the evidence's id, 1..32 letters, digits and hyphens, and the
   *     file ending that tells its type
   * @param content 1 byte..{@value #MAX_CLIP} bytes
   * @throws IOException when the disk or the key refuses, or no room can be made under the cap; a
   *     clip of that name that was there before is still there, unless only the folder could not be
   *     synced
   */
  public void put(String name, byte[] content) throws IOException {
    if (content.length == 0 || content.length > MAX_CLIP) {
      throw new IllegalArgumentException(
          "a clip must be 1.." + MAX_CLIP + " bytes, was " + content.length);
    }
    put(name, new ByteArrayInputStream(content), content.length);
  }

  /**
   * Keeps what stands in a file, which stays as it is; else as {@link #put(String, byte[])}.
   *
   * @throws IOException also when the file cannot be read or has no such size
   */
  public void put(String name, Path content) throws IOException {
    long size = Files.size(content);
    if (size == 0 || size > MAX_CLIP) {
      throw new IOException("a clip must be 1.." + MAX_CLIP + " bytes, was " + size);
    }
    try (InputStream in = Files.newInputStream(content)) {
      put(name, in, size);
    }
  }

  void put(String name, InputStream content, long size) throws IOException {
    check(name);
    long sealed = Seal.sealedSize(size);
    synchronized (writing) {
      // Without the monitor: the store, which makes the room, may drop clips for it.
      gate.admit(sealed);
      try {
        write(name, content, size);
      } finally {
        coming(-sealed);
      }
    }
  }

  /** The store under whose cap the clips are. */
  void under(Gate store) {
    gate = store;
  }

  /** Counts a clip before it is there, or takes it off again. */
  synchronized void coming(long more) {
    coming += more;
  }

  /** The disk's work without the monitor: the store asks for {@link #bytes} at each append. */
  private void write(String name, InputStream content, long size) throws IOException {
    Path temporary = folder.resolve(name + TEMPORARY);
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        seal.write(name, content, size, channel);
        channel.force(true);
      }
      keep(name, temporary);
    } finally {
      Files.deleteIfExists(temporary);
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private synchronized void keep(String name, Path temporary) throws IOException {
    long size = Files.size(temporary);
    Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    forget(name);
    count(name, size);
  }

  /** The kept clip of this evidence id, whatever its ending; empty when it is gone. */
  public synchronized Optional<SealedFile> find(String id) {
    return sizes.keySet().stream()
        .filter(name -> name.substring(0, name.lastIndexOf('.')).equals(id))
        .findFirst()
        .map(name -> new SealedFile(folder.resolve(name), seal));
  }

  /** Bytes of all kept clips, and of the one that is being put. */
  public synchronized long bytes() {
    return bytes + coming;
  }

  /**
   * Deletes the oldest clip that can be deleted; one that cannot is passed over, which is logged
   * once, and tried again the next time.
   *
   * @return its bytes, 0 when there was none
   * @throws IOException when the disk refuses each
   */
  public synchronized long dropOldest() throws IOException {
    IOException refused = null;
    for (String name : sizes.keySet()) {
      try {
        Files.deleteIfExists(folder.resolve(name));
        return forget(name);
      } catch (IOException e) {
        tell(name, e);
        refused = e;
      }
    }
    if (refused != null) {
      throw refused;
    }
    return 0;
  }

  /** Once for each that stays; guarded by this. */
  private void tell(String name, IOException why) {
    if (stuck.add(name)) {
      log.warn("A clip cannot be deleted, younger ones go instead. clip={}", name, why);
    }
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
    stuck.remove(name);
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
