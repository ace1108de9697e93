package org.cityedge.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.Standing.Attempt;
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

  /** The order on trial, while it cannot be read. */
  private Optional<Version> waiting = Optional.empty();

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

  /**
   * Empty when it is missing or damaged.
   *
   * @throws IOException when the disk does not give it back; it may well be whole
   */
  Optional<Document> document(Version version) throws IOException {
    return store.document(version).map(signed -> new Document(version, signed));
  }

  /**
   * The order on trial; as {@link #document}. One that cannot be read waits for a start that can,
   * and gives way to another order.
   */
  Optional<Document> trial(Version version) throws IOException {
    try {
      return document(version);
    } catch (IOException e) {
      waiting = Optional.of(version);
      throw e;
    }
  }

  /** Whether an order is on trial that does not wait to be read. */
  boolean isTrying() {
    return standing.attempt().map(Attempt::version).filter(v -> !waits(v)).isPresent();
  }

  private boolean waits(Version version) {
    return waiting.filter(version::equals).isPresent();
  }

  /**
   * What was committed and is whole.
   *
   * @param document the newest that can be read; empty for the factory document
   * @param damaged how many are damaged that are newer than it and than those that the disk does
   *     not give back
   */
  private record Whole(Optional<Document> document, int damaged) {}

  private Whole whole() {
    int damaged = 0;
    boolean unread = false;
    for (Version version : committed()) {
      try {
        Optional<Document> document = document(version);
        if (document.isPresent()) {
          return new Whole(document, damaged);
        }
        damaged += unread ? 0 : 1;
      } catch (IOException _) {
        unread = true;
      }
    }
    return new Whole(Optional.empty(), damaged);
  }

  private List<Version> committed() {
    List<Version> committed = new ArrayList<>(standing.earlier());
    standing.good().ifPresent(committed::addFirst);
    return committed;
  }

  /** As {@link #good}, without leaving what is damaged. */
  Optional<Document> readable() {
    return whole().document();
  }

  /**
   * Last-known-good, or the next one before it that is whole; empty for the factory document. What
   * is damaged is left for good; what the disk does not give back stays last-known-good, and runs
   * at the start that can read it.
   */
  Optional<Document> good() {
    Whole whole = whole();
    if (whole.damaged() > 0) {
      List<Version> committed = committed();
      leave(
          committed.getFirst(),
          committed.subList(whole.damaged(), committed.size()),
          whole.document().map(Document::version));
    }
    return whole.document();
  }

  /** Leaves a committed version for the one before it, which may be damaged as well. */
  void giveUp(Version version) {
    List<Version> left = committed();
    int at = left.indexOf(version);
    left.remove(at);
    leave(version, left, left.stream().skip(at).findFirst());
  }

  /**
   * @param left what is committed without it, the newest first
   */
  private void leave(Version gone, List<Version> left, Optional<Version> active) {
    boolean _ =
        tryWrite(
            standing
                .on(left.stream().findFirst(), left.stream().skip(1).toList())
                .with(
                    standing.attempt(),
                    rolledBack(
                        gone,
                        Standing.LOST,
                        "last-known-good is damaged; active is " + name(active))));
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
