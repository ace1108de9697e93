package org.cityedge.config;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A disk in memory that knows what is durable: contents that were synced, under names whose folder
 * was synced. Its power goes at a numbered step; what is left then is one of {@link Left}.
 */
final class CrashDisk implements Disk {
  /** What a power cut leaves of steps that were not synced. */
  enum Left {
    /** Nothing. */
    DURABLE,
    /** Names, but not the contents: what a file system may do that orders names before data. */
    NAMES,
    /** Everything, the last write by half: a process that is killed. */
    EVERYTHING
  }

  static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PowerCut() {
      super("power cut", null, false, false);
    }
  }

  private static final class Content {
    byte[] now = {};
    byte[] durable = {};
  }

  private final Map<Path, Content> files = new TreeMap<>();
  private final Map<Path, Content> durable = new TreeMap<>();
  private final Set<Path> badSectors = new HashSet<>();
  private final Set<Path> failingOnce = new HashSet<>();
  private int step;
  private int cutAt = Integer.MAX_VALUE;
  private int failFrom = Integer.MAX_VALUE;

  /** The power goes in the step after {@code steps} more. */
  void cutAfter(int steps) {
    step = 0;
    cutAt = steps;
  }

  /** From the step after {@code steps} more on, every one fails: the disk is full or read-only. */
  void failAfter(int steps) {
    step = 0;
    failFrom = steps;
  }

  void works() {
    cutAt = Integer.MAX_VALUE;
    failFrom = Integer.MAX_VALUE;
  }

  int steps() {
    return step;
  }

  /** The disk after the power came back. */
  void reopen(Left left) {
    works();
    Map<Path, Content> names = new TreeMap<>(left == Left.DURABLE ? durable : files);
    files.clear();
    durable.clear();
    names.forEach(
        (path, content) -> {
          Content kept = new Content();
          kept.now = left == Left.EVERYTHING ? content.now : content.durable;
          kept.durable = kept.now;
          files.put(path, kept);
          durable.put(path, kept);
        });
  }

  /** Turns one bit. */
  void damage(Path file) {
    Content content = content(file);
    content.now = content.now.clone();
    content.now[content.now.length / 2] ^= 1;
  }

  /** Reading the file fails until another takes its place. */
  void makeUnreadable(Path file) {
    badSectors.add(file);
  }

  /** The error has passed. */
  void makeReadable(Path file) {
    badSectors.remove(file);
  }

  /** The next read of the file fails, and no other. */
  void failNextRead(Path file) {
    badSectors.remove(file);
    failingOnce.add(file);
  }

  private Content content(Path file) {
    return Optional.ofNullable(files.get(file)).orElseThrow();
  }

  private boolean cut() throws IOException {
    if (step >= failFrom) {
      throw new IOException("No space left on device");
    }
    return step++ == cutAt;
  }

  private void take() throws IOException {
    if (cut()) {
      throw new PowerCut();
    }
  }

  @Override
  public Optional<byte[]> read(Path file) throws IOException {
    if (badSectors.contains(file) || failingOnce.remove(file)) {
      throw new IOException("Input/output error");
    }
    return Optional.ofNullable(files.get(file)).map(content -> content.now.clone());
  }

  @Override
  public List<String> names(Path folder) {
    List<String> names = new ArrayList<>();
    files.keySet().forEach(path -> names.add(path.getFileName().toString()));
    return names;
  }

  @Override
  public void createFolders(Path folder) {}

  @Override
  public Optional<Closeable> lock(Path file) throws IOException {
    if (step >= failFrom) {
      throw new IOException("Read-only file system");
    }
    return Optional.of(() -> {});
  }

  @Override
  public void write(Path file, byte[] bytes) throws IOException {
    Content content = files.computeIfAbsent(file, _ -> new Content());
    if (cut()) {
      content.now = Arrays.copyOf(bytes, bytes.length / 2);
      throw new PowerCut();
    }
    content.now = bytes.clone();
  }

  @Override
  public void sync(Path file) throws IOException {
    take();
    Content content = content(file);
    content.durable = content.now;
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    take();
    files.put(to, files.remove(from));
    badSectors.remove(to);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    take();
    durable.clear();
    durable.putAll(files);
  }

  @Override
  public void delete(Path file) throws IOException {
    take();
    files.remove(file);
  }
}
