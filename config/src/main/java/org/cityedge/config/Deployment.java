package org.cityedge.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.cityedge.config.Standing.Attempt;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;
import org.jspecify.annotations.Nullable;

/**
 * The staged apply of accepted orders (config.md §3): what runs, what is on trial, and the way
 * back. It decides from what lies on disk alone, so that a power cut at any instant leaves exactly
 * the old order or the new one on trial.
 *
 * <pre>
 *   recover ─► (runs what Plan says) ─► begin ─► commit
 *                                          └───► rollBack
 * </pre>
 *
 * A method that throws has changed nothing, but when the very last fsync of a change failed: then
 * the next start may find the old or the new, as after a power cut. Confined to its owner's thread,
 * but for {@link #standing}.
 */
public final class Deployment implements AutoCloseable {
  /** Process starts in probation from which on the order is given up (config.md §3). */
  static final int MOST_STARTS = 2;

  /**
   * An order as it was accepted.
   *
   * @param signed the file as it came
   */
  public record Document(Version version, byte[] signed) {
    /**
     * Reads the claims and the configuration again; what vouches for them now is the sha256 in the
     * state, since keys may have changed meanwhile.
     *
     * @throws ConfigException when this agent cannot read it
     */
    public <T> Opened<T> open(Function<Section, T> reader) throws ConfigException {
      return SignedConfig.open(signed, reader);
    }
  }

  /** What a document says. */
  public record Opened<T>(Order order, T config) {}

  /**
   * What is to run.
   *
   * @param trial on trial, before it the good one
   * @param good last-known-good; empty when that is the factory document
   */
  public record Plan(Optional<Document> trial, Optional<Document> good) {}

  private final ConfigStore store;
  private final String boot;
  private final @Nullable FileChannel lock;
  private volatile Standing standing = Standing.NONE;

  Deployment(ConfigStore store, String boot, @Nullable FileChannel lock) {
    this.store = store;
    this.boot = boot;
    this.lock = lock;
  }

  /**
   * Takes the folder, which is made when it is missing, for whom the folder is that it is in;
   * nothing is decided yet.
   *
   * @param boot names the machine's boot, to tell a crash from a power cut
   * @throws IOException when another process has it
   */
  public static Deployment open(Path folder, String boot) throws IOException {
    FileChannel lock;
    try {
      Files.createDirectories(folder);
      Ownership.asFolder(folder);
      Path file = folder.resolve("lock");
      lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Ownership.asFolder(file);
    } catch (IOException _) {
      // A full or read-only disk: what lies there still runs, and nothing can be changed.
      return new Deployment(new ConfigStore(folder, Disk.REAL), boot, null);
    }
    try {
      if (lock.tryLock() == null) {
        throw new IOException(folder + " is in use by another agent; stop it first");
      }
    } catch (OverlappingFileLockException e) {
      lock.close();
      throw new IOException(folder + " is in use by this process already", e);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return new Deployment(new ConfigStore(folder, Disk.REAL), boot, lock);
  }

  /**
   * Reads what lies in the folder, beside a running agent as well; {@link Standing} of generation 0
   * when there is nothing, or nothing whole.
   *
   * @throws IOException also when a version may not be read: that it is damaged would be untrue
   */
  public static Standing inspect(Path folder) throws IOException {
    return readable(folder).read();
  }

  private static ConfigStore readable(Path folder) throws IOException {
    for (Path file : ConfigStore.files(folder)) {
      if (!Files.isReadable(file) && Files.exists(file)) {
        throw new AccessDeniedException(file.toString());
      }
    }
    return new ConfigStore(folder, Disk.REAL);
  }

  /**
   * The same for whoever says what is active, and must not take a damaged state for none.
   *
   * @throws IOException also when there was a state and none of it can be read
   */
  public static Standing known(Path folder) throws IOException {
    ConfigStore store = readable(folder);
    Standing standing = store.read();
    if (store.lost()) {
      throw new IOException(
          "the state of the versions in %s is damaged; the agent's next start mends it"
              .formatted(folder));
    }
    return standing;
  }

  /** The document of a version beside a running agent; empty when it is missing or damaged. */
  public static Optional<Document> inspect(Path folder, Version version) {
    return new ConfigStore(folder, Disk.REAL)
        .document(version)
        .map(signed -> new Document(version, signed));
  }

  /** As it lies on disk; any thread. */
  public Standing standing() {
    return standing;
  }

  /**
   * Decides at the start of a process what runs, and counts the start when an order is on trial.
   * Call it before anything is opened.
   *
   * @throws IOException when the disk cannot be read
   */
  public Plan recover() throws IOException {
    standing = store.read();
    if (store.lost()) {
      return fromDocuments();
    }
    Optional<Document> trial = standing.attempt().flatMap(this::retry);
    Optional<Document> good = good();
    store.tidy();
    return new Plan(trial, good);
  }

  /**
   * Both states are damaged: what runs is told by the documents alone (config.md §4 row 16). Those
   * of blocked orders are gone, so each but the newest was committed; the newest may not have been,
   * and has its trial again. Tidies nothing away: this is all that is left.
   */
  private Plan fromDocuments() throws IOException {
    List<Version> whole = new ArrayList<>(store.whole());
    Optional<Version> newest =
        whole.isEmpty() ? Optional.empty() : Optional.of(whole.removeFirst());
    Optional<Version> next = whole.isEmpty() ? Optional.empty() : Optional.of(whole.removeFirst());
    Standing kept = standing.on(next, whole);
    if (newest.isPresent()
        && tryWrite(
            kept.with(
                Optional.of(new Attempt(newest.get(), 1, boot, false)),
                lost("sequence " + newest.get().sequence() + " is tried again")))) {
      return new Plan(standing.attempt().flatMap(a -> document(a.version())), goodDocument());
    }
    tryWrite(
        kept.with(
            Optional.empty(),
            lost(
                "active is "
                    + next.map(v -> "sequence " + v.sequence()).orElse("the factory document"))));
    return new Plan(Optional.empty(), goodDocument());
  }

  private static Outcome lost(String detail) {
    return outcome(
        0, 0, State.ROLLED_BACK, "LKG_LOST", "the state of the versions is damaged; " + detail);
  }

  /** Counts this start; empty, and rolled back, when the order has had its chances. */
  private Optional<Document> retry(Attempt attempt) {
    Version version = attempt.version();
    boolean crashed = attempt.crashed() || attempt.boot().equals(boot);
    int starts = attempt.starts() + 1;
    Optional<byte[]> signed = store.document(version);
    if (signed.isEmpty()) {
      end(version, "STORAGE", "the order on trial is damaged on disk");
    } else if (attempt.isLast()) {
      end(
          version,
          crashed ? "CRASH_LOOP" : "INTERRUPTED",
          "the process was started %d times before the order could be committed".formatted(starts));
    } else if (tryWrite(standing.with(Optional.of(new Attempt(version, starts, boot, crashed))))) {
      return Optional.of(new Document(version, signed.get()));
    } else {
      // What cannot be counted is not tried: else it could be tried for ever.
      end(version, "STORAGE", "the start cannot be counted, the disk refuses");
    }
    return Optional.empty();
  }

  /** Last-known-good, or the next one before it that is whole; empty for the factory document. */
  private Optional<Document> good() {
    List<Version> left = new ArrayList<>(standing.earlier());
    Optional<Version> next = standing.good();
    while (next.isPresent()) {
      Version version = next.get();
      Optional<byte[]> signed = store.document(version);
      if (signed.isPresent()) {
        if (!next.equals(standing.good())) {
          lost(next, left);
        }
        return Optional.of(new Document(version, signed.get()));
      }
      next = left.isEmpty() ? Optional.empty() : Optional.of(left.removeFirst());
    }
    if (standing.good().isPresent()) {
      lost(Optional.empty(), List.of());
    }
    return Optional.empty();
  }

  /** Last-known-good; empty when that is the factory document, or it is damaged. */
  public Optional<Document> goodDocument() {
    return standing.good().flatMap(this::document);
  }

  private Optional<Document> document(Version version) {
    return store.document(version).map(signed -> new Document(version, signed));
  }

  private void lost(Optional<Version> next, List<Version> before) {
    Version gone = standing.good().orElseThrow();
    tryWrite(
        standing
            .on(next, before)
            .with(
                standing.attempt(),
                outcome(
                    gone.epoch(),
                    gone.sequence(),
                    State.ROLLED_BACK,
                    "LKG_LOST",
                    "last-known-good is damaged; active is "
                        + next.map(v -> "sequence " + v.sequence())
                            .orElse("the factory document"))));
  }

  /**
   * Gives last-known-good up, because this agent cannot read it.
   *
   * @return what is to run instead
   */
  public Plan giveUpGood() {
    List<Version> left = new ArrayList<>(standing.earlier());
    Optional<Version> next = left.isEmpty() ? Optional.empty() : Optional.of(left.removeFirst());
    lost(next, left);
    return new Plan(Optional.empty(), good());
  }

  /**
   * Stages an accepted order and puts it on trial: when this returns, it is what {@link #recover}
   * starts with.
   *
   * @param epoch of the key list it was judged by
   * @throws IOException when the disk refuses (config.md §4 row 10); what was active still is
   * @throws IllegalStateException when another one is on trial
   */
  public Document begin(byte[] signed, SignedConfig.Verdict.Accepted<?> accepted, int epoch)
      throws IOException {
    if (standing.attempt().isPresent()) {
      throw new IllegalStateException("another order is on trial");
    }
    Order order = accepted.order();
    Version version =
        new Version(
            epoch,
            order.sequence(),
            accepted.sha256(),
            Sha256.hex(signed),
            accepted.clockUntrusted());
    store.keep(version, signed);
    standing =
        store.write(
            standing
                .onFloor(
                    new SignedConfig.Floor(
                        epoch, order.sequence(), accepted.sha256(), order.issuedAt()))
                .with(Optional.of(new Attempt(version, 0, boot, false))));
    return new Document(version, signed);
  }

  /**
   * The order on trial is last-known-good from here on.
   *
   * @param detail what is to be known of it; may be empty
   * @throws IOException when the disk refuses; it is still on trial
   */
  public void commit(String detail) throws IOException {
    Version version = standing.attempt().orElseThrow().version();
    List<Version> before = new ArrayList<>(standing.earlier());
    standing.good().ifPresent(before::addFirst);
    String code = version.clockUntrusted() ? "CLOCK_UNTRUSTED" : "";
    standing =
        store.write(
            standing
                .on(Optional.of(version), before)
                .with(
                    Optional.empty(),
                    outcome(version.epoch(), version.sequence(), State.COMMITTED, code, detail)));
    store.tidy();
  }

  /**
   * Ends the trial and blocks the order. Never fails: when the disk refuses, the next start comes
   * to the same end by its count of starts.
   *
   * @param code why, as in config.md §4
   * @return what is to run
   */
  public Plan rollBack(String code, String detail) {
    end(standing.attempt().orElseThrow().version(), code, detail);
    Plan plan = new Plan(Optional.empty(), good());
    store.tidy();
    return plan;
  }

  private void end(Version version, String code, String detail) {
    if (tryWrite(
        standing
            .blocking(version, code)
            .with(
                Optional.empty(),
                outcome(version.epoch(), version.sequence(), State.ROLLED_BACK, code, detail)))) {
      store.discard(version);
    }
  }

  /**
   * Leaves a committed version for an earlier one, without a trial.
   *
   * @param back 1 for the one before the good one; one more than there are is the factory document
   * @throws IOException when the disk refuses; nothing has changed
   * @throws IllegalArgumentException when there is no such version
   * @throws IllegalStateException while an order is on trial
   */
  public Plan revert(int back, String code, String detail) throws IOException {
    if (standing.attempt().isPresent()) {
      throw new IllegalStateException("an order is on trial");
    }
    List<Version> earlier = standing.earlier();
    if (standing.good().isEmpty() || back < 1 || back > earlier.size() + 1) {
      throw new IllegalArgumentException(
          standing.good().isEmpty()
              ? "the factory document is active, there is nothing before it"
              : "there are 1..%d versions to go back, was %d".formatted(earlier.size() + 1, back));
    }
    Version left = standing.good().get();
    Optional<Version> next =
        back > earlier.size() ? Optional.empty() : Optional.of(earlier.get(back - 1));
    standing =
        store.write(
            standing
                .blocking(left, code)
                .on(next, earlier.subList(Math.min(back, earlier.size()), earlier.size()))
                .with(
                    Optional.empty(),
                    outcome(left.epoch(), left.sequence(), State.ROLLED_BACK, code, detail)));
    store.discard(left);
    Plan plan = new Plan(Optional.empty(), good());
    store.tidy();
    return plan;
  }

  /**
   * Goes back while no agent runs, without counting a start: ends the trial when there is one, else
   * leaves the good version as {@link #revert}.
   *
   * @throws IOException when the disk refuses; nothing has changed
   * @throws IllegalArgumentException when there is no such version
   */
  public void goBack(int back, String code, String detail) throws IOException {
    standing = store.read();
    if (standing.attempt().isEmpty()) {
      revert(back, code, detail);
      return;
    }
    rollBack(code, detail);
    if (store.read().attempt().isPresent()) {
      throw new IOException("the disk refuses; the order is still on trial");
    }
  }

  /**
   * The clock is right now, and the good version has not expired: its times are judged (config.md
   * §4 row 6).
   */
  public void trustClock() throws IOException {
    Version v = standing.good().orElseThrow();
    standing =
        store.write(
            standing.on(
                Optional.of(new Version(v.epoch(), v.sequence(), v.sha256(), v.file(), false)),
                standing.earlier()));
  }

  /** Every outcome was handed to the event store. When the disk refuses, it is told again. */
  public void told() {
    tryWrite(standing.asTold());
  }

  /** The factory document as it was last started with. */
  public Optional<byte[]> factory() throws IOException {
    return store.factory();
  }

  /** Keeps the factory document beside the versions, in case its file is lost. */
  public void keepFactory(byte[] document) throws IOException {
    store.keepFactory(document);
  }

  /** In memory it holds in any case: the process must do what is right on a bad disk as well. */
  private boolean tryWrite(Standing next) {
    try {
      standing = store.write(next);
      return true;
    } catch (IOException _) {
      standing = next;
      return false;
    }
  }

  private static Outcome outcome(
      int epoch, long sequence, State state, String code, String detail) {
    return new Outcome(epoch, sequence, state, code, detail, false);
  }

  /** Lets the folder go. */
  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
