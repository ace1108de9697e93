package org.cityedge.buffer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Puts another database in the place of the present one, which is kept under another name.
 *
 * <pre>
 * 1  events.db.new         is there, whole
 * 2  events.db.new         becomes events.db.new.LABEL-20260501T080000Z
 * 3  events.db             becomes events.db.LABEL-20260501T080000Z, then its -wal and -shm likewise
 * 4  events.db.new.LABEL-… becomes events.db
 * </pre>
 *
 * A crash before 3 leaves the present database in its place, and the next opening discards the new
 * one; a crash in 3 or 4 leaves no {@code events.db}, and the next opening goes on from there. The
 * name of 2 tells it under which name, so that a database is never parted from its WAL.
 *
 * <p>Beside others of the same label the name ends in a number above theirs, {@code -2} and so on:
 * it tells which is newer whatever the clock said.
 */
final class Succession {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final List<String> PARTS = List.of("", "-wal", "-shm");
  private static final Pattern NAMED =
      Pattern.compile(
          "(?<database>.*-(?<stamp>[0-9]{8}T[0-9]{6}Z)(-(?<number>[0-9]{1,6}))?)(-wal|-shm)?");

  private final Path file;
  private final Path successor;
  private final Path aside;

  /** How the names begin of all that was set aside for this reason. */
  private final String begins;

  /**
   * @param label why the present one goes, in its new name
   * @param clock for that name, nothing else
   */
  Succession(Path file, String label, InstantSource clock) {
    this.file = file;
    successor = StoreFile.beside(file, ".new");
    begins = file.getFileName() + "." + label + "-";
    String stamp = "." + label + "-" + STAMP.format(clock.instant());
    int number = newest() + 1;
    Path name = StoreFile.beside(file, number == 1 ? stamp : stamp + "-" + number);
    while (taken(name)) {
      name = StoreFile.beside(file, stamp + "-" + ++number);
    }
    aside = name;
  }

  /** The highest number of those that were set aside for this reason; 0 when there are none. */
  private int newest() {
    try {
      return earlier().stream().mapToInt(Earlier::number).max().orElse(0);
    } catch (IOException _) {
      // Then it counts as the first; the last one stays in any case.
      return 0;
    }
  }

  private static boolean taken(Path name) {
    return PARTS.stream().anyMatch(part -> Files.exists(StoreFile.beside(name, part)));
  }

  /** Where the new database is made. */
  Path successor() {
    return successor;
  }

  /** Where the present one goes. */
  Path aside() {
    return aside;
  }

  /** Throws away a new database that a crash left unfinished, or whole but not in its place. */
  void discard() throws IOException {
    delete(successor);
    Optional<Path> named = named();
    if (named.isPresent()) {
      delete(named.get());
    }
  }

  /** Steps 2 to 4, as far as they are not done; nothing without a successor. */
  void finish() throws IOException {
    Path heir = named().orElse(StoreFile.beside(successor, suffix(file, aside)));
    if (!Files.exists(heir)) {
      if (!Files.exists(successor)) {
        return;
      }
      rename(successor, heir);
    }
    Path name = StoreFile.beside(file, suffix(successor, heir));
    for (String part : PARTS) {
      Path old = StoreFile.beside(file, part);
      if (Files.exists(old)) {
        rename(old, StoreFile.beside(name, part));
      }
    }
    rename(heir, file);
  }

  /**
   * Deletes what was set aside for the same reason, but for the newest by their numbers; {@link
   * #aside} stays in any case.
   *
   * @param most that stay, {@link #aside} among them, 1 or more
   */
  void keepNewest(int most) throws IOException {
    List<Path> earlier =
        earlier().stream()
            .sorted(
                Comparator.comparingInt(Earlier::number).thenComparing(Earlier::stamp).reversed())
            .map(kept -> file.resolveSibling(kept.name()))
            .filter(path -> !path.equals(aside))
            .toList();
    for (Path old : earlier.subList(Math.min(most - 1, earlier.size()), earlier.size())) {
      delete(old);
    }
  }

  /** A database that was set aside, be it only its WAL. */
  private record Earlier(String name, String stamp, int number) {}

  private List<Earlier> earlier() throws IOException {
    try (Stream<Path> files = Files.list(StoreFile.folder(file))) {
      return files
          .map(path -> NAMED.matcher(path.getFileName().toString()))
          .filter(name -> name.matches() && name.group("database").startsWith(begins))
          .map(name -> new Earlier(name.group("database"), name.group("stamp"), number(name)))
          .distinct()
          .toList();
    }
  }

  private static int number(Matcher name) {
    String number = name.group("number");
    return number == null ? 1 : Integer.parseInt(number);
  }

  /** The successor after step 2. */
  private Optional<Path> named() throws IOException {
    String start = successor.getFileName() + ".";
    try (Stream<Path> files = Files.list(StoreFile.folder(file))) {
      return files.filter(name -> name.getFileName().toString().startsWith(start)).findFirst();
    }
  }

  private static String suffix(Path name, Path longer) {
    return longer.getFileName().toString().substring(name.getFileName().toString().length());
  }

  /** On the disk before the next one is begun. */
  private static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncFolderOf(to);
  }

  /** Deletes a database that nobody has open. */
  static void delete(Path database) throws IOException {
    for (String part : PARTS) {
      Files.deleteIfExists(StoreFile.beside(database, part));
    }
  }

  static void syncFolderOf(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(StoreFile.folder(file), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
