package org.cityedge.agent.update;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The two root slots of a gateway's card as the initramfs reads them. In the folder {@code
 * /data/slot}, each file replaced at one stroke:
 *
 * <pre>
 *   active      a | b
 *   trying      SLOT TIMES-LEFT        while a slot is on trial
 *   failed      why a slot was left
 *   content-b   SEQUENCE VERSION SHA256  what an update has put there; no file: what was flashed
 *   content-b   incomplete               an update is being written, or was torn; never started
 * </pre>
 *
 * @param state that folder
 * @param runningFile holds the slot that runs; the initramfs writes it
 * @param deviceA the partition of slot a
 */
record Slots(Path state, Path runningFile, Path deviceA, Path deviceB) {
  /** How often a new slot is started before the old one is taken again. */
  static final int TRIALS = 2;

  private static final Pattern CONTENT =
      Pattern.compile("([1-9][0-9]{0,15}) (\\S{1,64}) ([0-9a-f]{64})");
  private static final Pattern BOOT =
      Pattern.compile("(?m)^(?:\\S+ ){4}/boot/firmware .* - \\S+ (/dev/\\S+) ");

  /** A slot. */
  enum Name {
    A,
    B;

    static Optional<Name> of(String text) {
      return switch (text) {
        case "a" -> Optional.of(A);
        case "b" -> Optional.of(B);
        default -> Optional.empty();
      };
    }

    Name other() {
      return this == A ? B : A;
    }

    @Override
    public String toString() {
      return this == A ? "a" : "b";
    }
  }

  /** What an update has put into a slot. */
  record Content(long sequence, String version, String sha256) {}

  /**
   * Those of the card that this machine has started from.
   *
   * @throws IOException when it has not started from such a card
   */
  static Slots ofThisMachine() throws IOException {
    return of(Files.readString(Path.of("/proc/self/mountinfo")));
  }

  /**
   * Those beside the boot partition that is mounted: another card, in a reader, has the same label.
   *
   * @param mountinfo as proc_pid_mountinfo(5) describes it
   */
  static Slots of(String mountinfo) throws IOException {
    String boot =
        BOOT.matcher(mountinfo)
            .results()
            .reduce((_, upper) -> upper)
            .map(mount -> mount.group(1))
            .orElseThrow(
                () ->
                    new IOException(
                        "this machine has no card with two slots: nothing is mounted on /boot/firmware"));
    if (!boot.endsWith("1")) {
      throw new IOException("/boot/firmware must be the first partition of its card, is " + boot);
    }
    String disk = boot.substring(0, boot.length() - 1);
    return new Slots(
        Path.of("/data/slot"),
        Path.of("/run/cityedge-slot"),
        Path.of(disk + "2"),
        Path.of(disk + "3"));
  }

  /** Whoever writes a slot holds a lock on it; it ends with its process. */
  FileChannel openLock() throws IOException {
    return FileChannel.open(
        state.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  Path device(Name slot) {
    return slot == Name.A ? deviceA : deviceB;
  }

  Name running() throws IOException {
    String text = Files.readString(runningFile).strip();
    return Name.of(text)
        .orElseThrow(
            () -> new IOException("%s must hold a or b, was %s".formatted(runningFile, text)));
  }

  Name active() throws IOException {
    return word("active").flatMap(Name::of).orElse(Name.A);
  }

  Optional<String> trying() throws IOException {
    return word("trying");
  }

  Optional<String> failed() throws IOException {
    return word("failed");
  }

  /** Empty for what was flashed, and for a slot that was being written. */
  Optional<Content> content(Name slot) throws IOException {
    return word("content-" + slot)
        .map(CONTENT::matcher)
        .filter(Matcher::matches)
        .map(form -> new Content(Long.parseLong(form.group(1)), form.group(2), form.group(3)));
  }

  /** The slot is the one to come back to; durable when this returns. */
  void activate(Name slot) throws IOException {
    put("active", slot.toString());
  }

  /** Nothing starts from it until {@link #tryNext}; durable when this returns. */
  void empty(Name slot) throws IOException {
    // A trial that waits would start from what is only half written.
    delete("trying");
    put("content-" + slot, "incomplete");
  }

  /**
   * The slot holds that content as a whole, and is started next time; durable when this returns.
   */
  void tryNext(Name slot, Content content) throws IOException {
    put(
        "content-" + slot,
        "%d %s %s".formatted(content.sequence(), content.version(), content.sha256()));
    delete("failed");
    put("trying", slot + " " + TRIALS);
  }

  private Optional<String> word(String name) throws IOException {
    try {
      String text = Files.readString(state.resolve(name)).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  private void put(String name, String text) throws IOException {
    Path fresh = state.resolve("." + name + ".new");
    Files.write(fresh, (text + "\n").getBytes(UTF_8));
    force(fresh, StandardOpenOption.WRITE);
    Files.move(
        fresh,
        state.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    force(state, StandardOpenOption.READ);
  }

  private void delete(String name) throws IOException {
    Files.deleteIfExists(state.resolve(name));
    force(state, StandardOpenOption.READ);
  }

  private static void force(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
