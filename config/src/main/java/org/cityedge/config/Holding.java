package org.cityedge.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;

/**
 * What holds: the {@link Standing} in memory, its file, and the documents that it names. Confined
 * to its owner's thread, but for {@link #standing}.
 */
final class Holding {
  private final ConfigStore store;
  private volatile Standing standing = Standing.NONE;

  Holding(ConfigStore store) {
    this.store = store;
  }

  /** As it was last read or written; any thread. */
  Standing standing() {
    return standing;
  }

  /** Reads it from the disk. */
  Standing read() throws IOException {
    standing = store.read();
    return standing;
  }

  /**
   * Replaces it.
   *
   * @throws IOException when the disk refuses; nothing has changed
   */
  void write(Standing next) throws IOException {
    standing = store.write(next);
  }

  /** In memory it holds in any case: the process must do what is right on a bad disk as well. */
  boolean tryWrite(Standing next) {
    try {
      write(next);
      return true;
    } catch (IOException _) {
      standing = next;
      return false;
    }
  }

  /** Empty when it is missing, damaged or cannot be read. */
  Optional<Document> document(Version version) {
    return store.document(version).map(signed -> new Document(version, signed));
  }

  /** Last-known-good, or the next one before it that is whole; empty for the factory document. */
  Optional<Document> good() {
    List<Version> left = new ArrayList<>(standing.earlier());
    Optional<Version> next = standing.good();
    while (next.isPresent()) {
      Optional<Document> document = document(next.get());
      if (document.isPresent()) {
        if (!next.equals(standing.good())) {
          goodIsLost(next, left);
        }
        return document;
      }
      next = left.isEmpty() ? Optional.empty() : Optional.of(left.removeFirst());
    }
    if (standing.good().isPresent()) {
      goodIsLost(Optional.empty(), List.of());
    }
    return Optional.empty();
  }

  /** Leaves last-known-good for the one before it, which may be damaged as well. */
  void giveUpGood() {
    List<Version> left = new ArrayList<>(standing.earlier());
    goodIsLost(left.isEmpty() ? Optional.empty() : Optional.of(left.removeFirst()), left);
  }

  private void goodIsLost(Optional<Version> next, List<Version> before) {
    Version gone = standing.good().orElseThrow();
    boolean _ =
        tryWrite(
            standing
                .on(next, before)
                .with(
                    standing.attempt(),
                    rolledBack(
                        gone,
                        Standing.LOST,
                        "last-known-good is damaged; active is " + name(next))));
  }

  /** Blocks the order on trial and ends its trial; its document goes once that is written. */
  void end(Version version, String code, String detail) {
    if (tryWrite(
        standing
            .blocking(version, code)
            .with(Optional.empty(), rolledBack(version, code, detail)))) {
      store.discard(version);
    }
  }

  static Outcome rolledBack(Version version, String code, String detail) {
    return new Outcome(version.epoch(), version.sequence(), State.ROLLED_BACK, code, detail, false);
  }

  /** {@code sequence 58}. */
  static String name(Optional<Version> active) {
    return active.map(v -> "sequence " + v.sequence()).orElse("the factory document");
  }
}
