package org.cityedge.video.evidence;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.cityedge.video.source.Recording;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last seconds of one camera as it sent them, in a folder that is best a tmpfs: nothing of it
 * is to outlive the process, and what a killed one left is removed when the ring is opened. Files
 * that the child has finished are taken over under names of the ring's own; the oldest go first.
 *
 * <p>Bounded in bytes and in time. A file that alone outgrows the bound (a camera that sends no
 * keyframes) is emptied while it is written, and is never part of a clip.
 *
 * <p>A folder that somebody removes is made again, empty, before anything is looked for in it.
 *
 * <p>The times are monotonic, of the moment in which a file was begun. Confined to the camera's
 * thread.
 */
final class Ring implements Closeable {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");

  /** A new file is seen at the next {@link #tick}; older than this the file system is wrong. */
  private static final long SEEN_WITHIN = Duration.ofSeconds(5).toNanos();

  private static final Logger LOG = LoggerFactory.getLogger(Ring.class);

  /**
   * A finished file.
   *
   * @param from when it was begun
   * @param until when its last packet came
   */
  record Segment(Path file, long from, long until, long bytes) {}

  /** A file that the child writes. */
  private record Live(Path file, long bytes, FileTime written, FileTime made) {}

  private final Path folder;
  private final long maxBytes;
  private final long span;
  private final Recording recording;
  private final LongSupplier nanos;
  private final InstantSource clock;

  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final Map<Path, Long> begun = new HashMap<>();
  private final Map<Path, Long> sizes = new HashMap<>();
  private final Set<Path> emptied = new HashSet<>();
  private long bytes;
  private long arrived;

  /** How far back the bytes let it reach when they last did not let it reach its span; else -1. */
  private long reach = -1;

  /** Length of the file that went then. */
  private long piece;

  private long number;

  /**
   * Opens the folder, made when it is missing, and removes whatever is in it.
   *
   * @param maxBytes of all files together
   * @param span how long a file is kept after its end
   * @param seconds length of one file
   * @param nanos monotonic time
   * @param clock wall time, only to tell how old a file is that was just begun
   * @throws IOException when the folder cannot be made or emptied
   */
  Ring(
      Path folder,
      long maxBytes,
      Duration span,
      int seconds,
      LongSupplier nanos,
      InstantSource clock)
      throws IOException {
    this.folder = folder.toAbsolutePath();
    this.maxBytes = maxBytes;
    this.span = span.toNanos();
    this.recording = new Recording(this.folder, seconds);
    this.nanos = nanos;
    this.clock = clock;
    makeOwn(this.folder);
    empty(this.folder);
  }

  /** Where the child is to write. */
  Recording recording() {
    return recording;
  }

  /**
   * The child is gone: what it wrote last is finished. Call it before the next one starts, which
   * would write over it.
   */
  void finish() throws IOException {
    takeOver(live(), 0);
  }

  /** Takes over what is finished and drops what is too old or too much; once a second or so. */
  void tick() throws IOException {
    List<Live> live = live();
    takeOver(live, 1);
    if (live.isEmpty()) {
      drop(0);
      return;
    }
    Live current = live.getLast();
    drop(current.bytes());
    if (current.bytes() > maxBytes) {
      piece = nanos.getAsLong() - begun.getOrDefault(current.file(), nanos.getAsLong());
      reach = piece;
      hollow(current.file());
    }
  }

  /** The kept files of which some part lies in the time, the oldest first. */
  List<Segment> between(long from, long until) {
    return segments.stream().filter(s -> s.until() - from > 0 && until - s.from() > 0).toList();
  }

  /** When the first file begins that goes beyond that time, the one that is written included. */
  OptionalLong beginningSince(long from) {
    OptionalLong kept =
        segments.stream().filter(s -> s.until() - from > 0).mapToLong(Segment::from).findFirst();
    return kept.isPresent() ? kept : begun.values().stream().mapToLong(Long::longValue).min();
  }

  /** Whether everything up to that time is finished. */
  boolean reaches(long until) {
    return !segments.isEmpty() && segments.getLast().until() - until >= 0;
  }

  /** Whether nothing of what came since that time has to go before another file is full. */
  boolean hasRoomSince(long from) {
    long since =
        segments.stream().filter(s -> s.until() - from > 0).mapToLong(Segment::bytes).sum();
    long another = segments.stream().mapToLong(Segment::bytes).max().orElse(0);
    return since + coming() + another <= maxBytes;
  }

  /** Bytes of what is kept and of what is being written, as of the last tick. */
  long bytes() {
    return bytes + coming();
  }

  private long coming() {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Bytes that have come so far, whatever became of them; as of the last tick. */
  long arrived() {
    return arrived;
  }

  /**
   * What its bytes lack; empty while a clip fits, as far as is known.
   *
   * @param clip length of one
   */
  Optional<Shortfall> shortfall(Duration clip) {
    // The clip's last file is finished later than the clip's last second, by its length at most.
    long needed = clip.toNanos() + piece;
    return reach < 0 || reach >= needed
        ? Optional.empty()
        : Optional.of(Shortfall.of(reach, needed, maxBytes));
  }

  private List<Live> live() throws IOException {
    if (!Files.isDirectory(folder)) {
      beginAnew();
    }
    List<Live> found = new ArrayList<>();
    for (Path file : files(folder)) {
      if (file.getFileName().toString().startsWith(Recording.PREFIX)) {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        found.add(new Live(file, now.size(), now.lastModifiedTime(), now.creationTime()));
      }
    }
    // After a failure the child counts from 0 again, so that names tell no order.
    found.sort(Comparator.comparing(Live::written).thenComparing(Live::file));
    long now = nanos.getAsLong();
    for (Live one : found) {
      Long before = sizes.put(one.file(), one.bytes());
      arrived += Math.max(0, one.bytes() - (before == null ? 0 : before));
      if (before == null || one.bytes() < before) {
        begun.put(one.file(), sighted(one.made()));
      }
    }
    // Before what the file system says, whose clock may have been set back meanwhile.
    found.sort(Comparator.comparingLong(one -> begun.getOrDefault(one.file(), now) - now));
    return found;
  }

  /** Somebody has removed the folder: what was kept is lost, what comes is not to be. */
  private void beginAnew() throws IOException {
    makeOwn(folder);
    segments.clear();
    begun.clear();
    sizes.clear();
    emptied.clear();
    bytes = 0;
    LOG.warn("A folder of recordings was removed; it is made again, empty. folder={}", folder);
  }

  /** The file system tells to the millisecond when it was made; the tick comes a little later. */
  private long sighted(FileTime made) {
    long age = Duration.between(made.toInstant(), clock.instant()).toNanos();
    return nanos.getAsLong() - (age >= 0 && age <= SEEN_WITHIN ? age : 0);
  }

  private void takeOver(List<Live> live, int open) throws IOException {
    for (int i = 0; i < live.size() - open; i++) {
      Live done = live.get(i);
      long from = begun.getOrDefault(done.file(), nanos.getAsLong());
      long until =
          i + 1 < live.size()
              ? begun.getOrDefault(live.get(i + 1).file(), nanos.getAsLong())
              : nanos.getAsLong();
      forget(done.file());
      if (emptied.remove(done.file()) || done.bytes() == 0 || until - from <= 0) {
        Files.deleteIfExists(done.file());
        continue;
      }
      Path kept = folder.resolve("%010d%s".formatted(number++, Recording.ENDING));
      Files.move(done.file(), kept);
      segments.add(new Segment(kept, from, until, done.bytes()));
      bytes += done.bytes();
    }
  }

  private void drop(long coming) throws IOException {
    long now = nanos.getAsLong();
    while (!segments.isEmpty()
        && (bytes + coming > maxBytes || now - segments.getFirst().until() > span)) {
      Segment oldest = segments.removeFirst();
      boolean aged = now - oldest.until() > span;
      reach = aged ? -1 : now - oldest.until();
      piece = oldest.until() - oldest.from();
      bytes -= oldest.bytes();
      Files.deleteIfExists(oldest.file());
    }
  }

  /** The child goes on writing behind the hole, which takes no room. */
  private void hollow(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
      emptied.add(file);
    } catch (NoSuchFileException e) {
      forget(file);
    }
  }

  private void forget(Path file) {
    begun.remove(file);
    sizes.remove(file);
  }

  /** Makes a folder that only its owner may look into: what is in it is not masked. */
  static void makeOwn(Path folder) throws IOException {
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER));
    Files.setPosixFilePermissions(folder, OWNER);
  }

  /** Removes a folder and what is in it; nothing happens when there is none. */
  static void remove(@Nullable Path folder) throws IOException {
    if (folder != null && Files.isDirectory(folder)) {
      empty(folder);
      Files.deleteIfExists(folder);
    }
  }

  /** Removes all that can be removed, whatever else cannot; throws the first refusal. */
  private static void empty(Path folder) throws IOException {
    IOException refusal = null;
    for (Path file : files(folder)) {
      try {
        // Not what a link leads to, which is none of ours.
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          remove(file);
        } else {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    if (refusal != null) {
      throw refusal;
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> listing = Files.list(folder)) {
      return all(listing);
    }
  }

  /**
   * The files of a listing.
   *
   * @throws IOException also when the disk refuses in the middle of it
   */
  static List<Path> all(Stream<Path> listing) throws IOException {
    try {
      return listing.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    segments.clear();
    remove(folder);
  }
}
