package org.cityedge.agent.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.cityedge.config.Ownership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder in which a verb of the program, run on the gateway, and the running agent leave each
 * other letters: files that are put there by a rename and deleted when they are taken. Whoever may
 * write there owns the gateway anyway. Any thread; one taker for each name.
 */
final class Letterbox {
  /** Of one letter; what is longer is cut there, and then it does not read as one. */
  static final int MOST_BYTES = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Letterbox.class);

  private final Path folder;

  /**
   * @param folder made when the first letter is put there
   */
  Letterbox(Path folder) {
    this.folder = folder;
  }

  void put(String name, byte[] letter) throws IOException {
    Files.createDirectories(folder);
    Ownership.asFolder(folder);
    Path fresh = folder.resolve(name + ".new");
    Files.write(fresh, letter);
    Ownership.asFolder(fresh);
    Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes the letter out; empty when there is none, or it cannot be taken, which is logged. */
  Optional<byte[]> take(String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      byte[] letter;
      try (var in = Files.newInputStream(file)) {
        letter = in.readNBytes(MOST_BYTES + 1);
      }
      Files.delete(file);
      return Optional.of(letter);
    } catch (IOException e) {
      LOG.warn("What is asked by hand cannot be taken. file={}", file, e);
      return Optional.empty();
    }
  }

  /** Reads the letter and leaves it there. */
  Optional<String> read(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file) ? Optional.of(Files.readString(file)) : Optional.empty();
  }

  /** Whether it was there. */
  boolean discard(String name) throws IOException {
    return Files.deleteIfExists(folder.resolve(name));
  }
}
