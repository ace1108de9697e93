package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.Standing.Version;
import org.jspecify.annotations.Nullable;

/**
 * The folder of versions. Every change of what holds is the rename of one file; whatever is cut off
 * before it has not happened.
 *
 * <pre>
 *   state.a  state.b       {@link Standing}, its sha256 in the first line; written in turn, the higher
 *                          generation holds. When it is damaged, the other is what held before
 *   1-58-3b1f0c6a526c.jws  an accepted order as it came: epoch, sequence, sha256 of the file
 *   factory                the factory document as it was last started with
 *   lock                   of the process that may write here; empty
 *   *.new                  cut off while it was written; deleted at the next start
 * </pre>
 *
 * Confined to its owner's thread.
 */
final class ConfigStore {
  static final String UNFINISHED = ".new";
  static final String DOCUMENT = ".jws";

  private static final List<String> SLOTS = List.of("state.a", "state.b");
  private static final String FACTORY = "factory";
  private static final Pattern NAME = Pattern.compile("(\\d{1,10})-(\\d{1,16})-[0-9a-f]{12}\\.jws");

  /** What came of taking the folder. */
  enum Claim {
    HELD,
    /** Another process has it. */
    IN_USE,
    /** Another process had it since it was read here, and changed what holds. */
    OVERTAKEN
  }

  private final Path folder;
  private final Disk disk;
  private @Nullable Closeable lock;
  private Standing current = Standing.NONE;
  private Set<String> heldBefore = Set.of();
  private int nextSlot;
  private boolean lost;
  private boolean read;

  /** Orders that lie here whole, as they were read when the states turned out to be damaged. */
  private List<Document> whole = List.of();

  /** Names of those that the disk did not give back then: they may be whole. */
  private final Set<String> unread = new HashSet<>();

  ConfigStore(Path folder, Disk disk) {
    this.folder = folder;
    this.disk = disk;
  }

  /** What lies in a folder and says which version holds; none when there is no folder. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file -> {
                String name = file.getFileName().toString();
                return SLOTS.contains(name) || name.endsWith(DOCUMENT);
              })
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /**
   * Takes the folder, which is made when it is missing, for this process; does nothing once it is
   * held. Every change below does it first: a disk that was read-only may take writes by now.
   *
   * @throws IOException when the disk refuses
   */
  Claim claim() throws IOException {
    if (lock != null) {
      return Claim.HELD;
    }
    disk.createFolders(folder);
    Optional<Closeable> taken = disk.lock(folder.resolve("lock"));
    if (taken.isEmpty()) {
      return Claim.IN_USE;
    }
    if (read && Math.max(generation(slot(0)), generation(slot(1))) > current.generation()) {
      taken.get().close();
      return Claim.OVERTAKEN;
    }
    lock = taken.get();
    return Claim.HELD;
  }

  private void hold() throws IOException {
    switch (claim()) {
      case HELD -> {}
      case IN_USE -> throw new IOException(inUse(folder));
      case OVERTAKEN ->
          throw new IOException(
              "another process has changed the versions in %s; start the agent again"
                  .formatted(folder));
    }
  }

  static String inUse(Path folder) {
    return folder + " is in use by another agent; stop it first";
  }

  /** Lets the folder go. */
  void release() throws IOException {
    Closeable held = lock;
    lock = null;
    if (held != null) {
      held.close();
    }
  }

  /** Reads what holds; from here on {@link #write} continues it. */
  Standing read() throws IOException {
    Optional<Standing> a = slot(0);
    Optional<Standing> b = slot(1);
    boolean first = generation(a) > generation(b);
    nextSlot = first ? 1 : 0;
    current = (first ? a : b).orElse(Standing.NONE);
    heldBefore = names((first ? b : a).orElse(Standing.NONE));
    List<String> files = disk.names(folder);
    lost = current.generation() == 0 && files.stream().anyMatch(SLOTS::contains);
    unread.clear();
    whole = lost ? whole(files) : List.of();
    current = current.onFloor(floor(files));
    read = true;
    return current;
  }

  /** Whether there was a state that cannot be read any more. */
  boolean lost() {
    return lost;
  }

  private static long generation(Optional<Standing> standing) {
    return standing.map(Standing::generation).orElse(0L);
  }

  private Optional<Standing> slot(int index) {
    Optional<byte[]> bytes;
    try {
      bytes = disk.read(folder.resolve(SLOTS.get(index)));
    } catch (IOException _) {
      // A bad sector is damage like any other, and its file is the next to be replaced.
      return Optional.empty();
    }
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    String text = new String(bytes.get(), UTF_8);
    int end = text.indexOf('\n');
    String body = text.substring(end + 1);
    if (end < 0 || !Sha256.hex(body.getBytes(UTF_8)).equals(text.substring(0, end))) {
      return Optional.empty();
    }
    try {
      return Optional.of(Standing.parse(body));
    } catch (ConfigException _) {
      // Its checksum is right, so another version of the agent wrote it.
      return Optional.empty();
    }
  }

  /**
   * When both states are damaged, nobody may push again what was accepted: the names of the orders
   * still say how far they had come. Of a state that can be read they say nothing new, but for an
   * order whose staging was cut off, which was not accepted.
   */
  private Floor floor(List<String> files) {
    if (!lost) {
      return current.floor();
    }
    Optional<Document> newest = whole.stream().findFirst();
    Instant issuedAt =
        newest.flatMap(order -> SignedConfig.issuedAt(order.signed())).orElse(Instant.EPOCH);
    Floor floor = Floor.NONE;
    for (String name : files) {
      Matcher form = NAME.matcher(name);
      if (form.matches()) {
        int epoch = epoch(form);
        long sequence = Long.parseLong(form.group(2));
        if (epoch > floor.epoch() || (epoch == floor.epoch() && sequence > floor.sequence())) {
          String sha256 =
              newest
                  .map(Document::version)
                  .filter(version -> version.fileName().equals(name))
                  .map(Version::sha256)
                  .orElse("");
          floor = new Floor(epoch, sequence, sha256, issuedAt);
        }
      }
    }
    return floor;
  }

  /** From its return on this holds. When it throws, what held before still does. */
  Standing write(Standing next) throws IOException {
    hold();
    disk.createFolders(folder);
    Standing numbered = next.inGeneration(current.generation() + 1);
    String body = numbered.json();
    String text = Sha256.hex(body.getBytes(UTF_8)) + "\n" + body;
    disk.replace(folder.resolve(SLOTS.get(nextSlot)), text.getBytes(UTF_8));
    heldBefore = names(current);
    current = numbered;
    whole = List.of();
    nextSlot = 1 - nextSlot;
    return numbered;
  }

  /** Of a {@link #lost} state: the orders that were whole when it was read, the newest first. */
  List<Document> whole() {
    return whole;
  }

  private List<Document> whole(List<String> files) {
    return files.stream()
        .map(this::whole)
        .flatMap(Optional::stream)
        .sorted(
            Comparator.comparing(
                Document::version,
                Comparator.comparingInt(Version::epoch)
                    .thenComparingLong(Version::sequence)
                    .reversed()))
        .toList();
  }

  /** Empty when the file's content is not what its name says, or cannot be read. */
  private Optional<Document> whole(String name) {
    Matcher form = NAME.matcher(name);
    if (!form.matches()) {
      return Optional.empty();
    }
    try {
      byte[] signed = disk.read(folder.resolve(name)).orElseThrow();
      Version version =
          new Version(
              epoch(form),
              Long.parseLong(form.group(2)),
              SignedConfig.sha256(signed),
              Sha256.hex(signed),
              false);
      return version.fileName().equals(name)
          ? Optional.of(new Document(version, signed))
          : Optional.empty();
    } catch (IOException _) {
      unread.add(name);
      return Optional.empty();
    } catch (ConfigException | NoSuchElementException _) {
      return Optional.empty();
    }
  }

  /** Of a {@link #lost} state: whether the disk did not give the newest order back. */
  boolean newestUnread() {
    return current.floor().sha256().isEmpty()
        && unread.stream().anyMatch(name -> names(name, current.floor()));
  }

  /**
   * The newest order, when {@link #newestUnread} kept it from its trial and it can be read now; no
   * state names it.
   */
  Optional<Document> heldBack() throws IOException {
    if (!holdsBack()) {
      return Optional.empty();
    }
    return whole(disk.names(folder).stream().filter(n -> names(n, current.floor())).toList())
        .stream()
        .findFirst();
  }

  /**
   * Whether it is the newest order as it came, which {@link #newestUnread} keeps from its trial.
   */
  boolean isHeldBack(byte[] signed) {
    if (!holdsBack() && !newestUnread()) {
      return false;
    }
    Floor floor = current.floor();
    String name =
        new Version(floor.epoch(), floor.sequence(), "", Sha256.hex(signed), false).fileName();
    try {
      return disk.read(folder.resolve(name))
          .filter(bytes -> Arrays.equals(bytes, signed))
          .isPresent();
    } catch (IOException _) {
      // There, and not given back: the name has its sha256. One that is damaged is never tried.
      return true;
    }
  }

  /** Whether the state is one that was made from the orders alone, without the newest of them. */
  private boolean holdsBack() {
    // The payload of each other order that came this far is known.
    return current.floor().sha256().isEmpty()
        && current.attempt().isEmpty()
        && current.last().filter(last -> last.code().equals(Standing.LOST)).isPresent();
  }

  private static boolean names(String file, Floor floor) {
    Matcher form = NAME.matcher(file);
    return form.matches()
        && epoch(form) == floor.epoch()
        && Long.parseLong(form.group(2)) == floor.sequence();
  }

  private static int epoch(Matcher form) {
    return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(form.group(1)));
  }

  /** Stages a document; without a state that names it, it counts for nothing. */
  void keep(Version version, byte[] signed) throws IOException {
    hold();
    disk.createFolders(folder);
    disk.replace(folder.resolve(version.fileName()), signed);
  }

  /**
   * Empty when it is missing or damaged.
   *
   * @throws IOException when the disk does not give it back; it may well be whole
   */
  Optional<byte[]> document(Version version) throws IOException {
    return disk.read(folder.resolve(version.fileName()))
        .filter(bytes -> Sha256.hex(bytes).equals(version.file()));
  }

  Optional<byte[]> factory() throws IOException {
    return disk.read(folder.resolve(FACTORY));
  }

  /** Writes only what is new: a gateway starts often. */
  void keepFactory(byte[] document) throws IOException {
    if (!Arrays.equals(factory().orElse(new byte[0]), document)) {
      hold();
      disk.createFolders(folder);
      disk.replace(folder.resolve(FACTORY), document);
    }
  }

  /** Deletes the document of an order that is blocked; what cannot be deleted stays for now. */
  void discard(Version version) {
    try {
      hold();
      disk.delete(folder.resolve(version.fileName()));
    } catch (IOException _) {
      // As in tidy.
    }
  }

  /** Deletes what neither state names; what cannot be deleted stays until the next time. */
  void tidy() {
    Set<String> wanted = new HashSet<>(heldBefore);
    wanted.addAll(names(current));
    try {
      hold();
      for (String name : disk.names(folder)) {
        boolean stray =
            name.endsWith(DOCUMENT)
                && !wanted.contains(name)
                && !(holdsBack() && names(name, current.floor()));
        if (stray || name.endsWith(UNFINISHED)) {
          disk.delete(folder.resolve(name));
        }
      }
    } catch (IOException _) {
      // Rubbish costs some KiB and harms nothing.
    }
  }

  private static Set<String> names(Standing standing) {
    Set<String> names = new HashSet<>();
    standing.versions().forEach(version -> names.add(version.fileName()));
    return names;
  }
}
