package org.cityedge.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cityedge.config.ConfigStore.Claim;
import org.cityedge.config.Standing.Attempt;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;

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

  /** Looks at the order on trial before its start counts. */
  @FunctionalInterface
  public interface Check {
    /**
     * @throws IOException when this process must not go on
     */
    void look(Document trial) throws IOException;
  }

  /** What a document says. */
  public record Opened<T>(Order order, T config) {}

  /**
   * What is to run.
   *
   * @param trial on trial, before it the good one; empty also while the disk does not give it back
   * @param good last-known-good, or the one before it while the disk does not give that back; empty
   *     when that is the factory document
   */
  public record Plan(Optional<Document> trial, Optional<Document> good) {}

  private final ConfigStore store;
  private final Holding holding;
  private final String boot;

  Deployment(ConfigStore store, String boot) {
    this.store = store;
    this.holding = new Holding(store);
    this.boot = boot;
  }

  /**
   * Takes the folder, which is made when it is missing, for whom the folder is that it is in;
   * nothing is decided yet. Where the disk refuses, as one that is full or read-only, what lies
   * there runs, and {@link #hold} takes it later.
   *
   * @param boot names the machine's boot, to tell a crash from a power cut
   * @throws IOException when another process has it
   */
  public static Deployment open(Path folder, String boot) throws IOException {
    ConfigStore store = new ConfigStore(folder, Disk.REAL);
    boolean inUse = false;
    try {
      inUse = store.claim() == Claim.IN_USE;
    } catch (IOException _) {
      // Each change tries again, and fails as long as the disk refuses.
    }
    if (inUse) {
      throw new IOException(ConfigStore.inUse(folder));
    }
    return new Deployment(store, boot);
  }

  /**
   * Takes the folder where the disk refused it at the start; does nothing once it is held. Until
   * then nothing is changed there.
   *
   * @return false when another process has changed the versions since the start: only a new one
   *     knows what holds, this one changes nothing any more
   */
  public boolean hold() {
    try {
      return store.claim() != Claim.OVERTAKEN;
    } catch (IOException _) {
      return true;
    }
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

  /**
   * The orders of which any may run next, beside a running agent: the one on trial, and
   * last-known-good or the one before it that is whole. Where the state is damaged, the two that
   * the next start chooses among.
   *
   * @throws IOException also when a version may not be read
   */
  public static List<Document> candidates(Path folder) throws IOException {
    ConfigStore store = readable(folder);
    Standing standing = store.read();
    if (store.lost()) {
      return store.whole().stream().limit(2).toList();
    }
    List<Version> committed = new ArrayList<>(standing.earlier());
    standing.good().ifPresent(committed::addFirst);
    return Stream.of(
            documents(store, standing.attempt().map(Attempt::version).stream().toList()),
            store.heldBack().stream(),
            documents(store, committed).limit(1))
        .flatMap(orders -> orders)
        .toList();
  }

  private static Stream<Document> documents(ConfigStore store, List<Version> versions) {
    return versions.stream()
        .flatMap(
            version -> {
              try {
                return store.document(version).map(s -> new Document(version, s)).stream();
              } catch (IOException _) {
                // A start passes over it as well.
                return Stream.empty();
              }
            });
  }

  /**
   * The document of a version beside a running agent; empty when it is missing or damaged.
   *
   * @throws IOException when the disk does not give it back; it may well be whole
   */
  public static Optional<Document> inspect(Path folder, Version version) throws IOException {
    return new ConfigStore(folder, Disk.REAL)
        .document(version)
        .map(signed -> new Document(version, signed));
  }

  /** As it lies on disk; any thread. */
  public Standing standing() {
    return holding.standing();
  }

  /** Whether an order is on trial, and not waiting for a start that can read it. */
  public boolean isTrying() {
    return holding.isTrying();
  }

  /**
   * What a document is judged by: the floor. That of an order that could not be read yet knows the
   * sha256 of its payload only when that very order comes again, as a broker has retained it.
   */
  public SignedConfig.Floor floor(byte[] signed) {
    SignedConfig.Floor floor = standing().floor();
    if (store.isHeldBack(signed)) {
      try {
        return new SignedConfig.Floor(
            floor.epoch(), floor.sequence(), SignedConfig.sha256(signed), floor.issuedAt());
      } catch (ConfigException _) {
        // It is no order, and is refused as such.
      }
    }
    return floor;
  }

  /**
   * Decides at the start of a process what runs, and counts the start when an order is on trial.
   * Call it before anything is opened.
   *
   * @throws IOException when the disk cannot be read
   */
  public Plan recover() throws IOException {
    return recover(_ -> {});
  }

  /**
   * As {@link #recover()}.
   *
   * @param check of the order on trial; what it throws ends the process without a start that counts
   * @throws IOException also from the check; nothing has changed then
   */
  public Plan recover(Check check) throws IOException {
    return new Recovery(store, holding, boot).recover(check);
  }

  /**
   * Last-known-good, or the next one before it that can be read now; empty when that is the factory
   * document.
   */
  public Optional<Document> goodDocument() {
    return holding.readable();
  }

  /**
   * Gives a committed version up, because this agent cannot make sense of it.
   *
   * @param version last-known-good, or one before it
   * @return what is to run instead
   */
  public Plan giveUp(Version version) {
    holding.giveUp(version);
    return new Plan(Optional.empty(), holding.good());
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
    Standing standing = standing();
    if (holding.isTrying()) {
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
    holding.write(
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
    Standing standing = standing();
    Version version = standing.attempt().orElseThrow().version();
    List<Version> before = new ArrayList<>(standing.earlier());
    standing.good().ifPresent(before::addFirst);
    String code = version.clockUntrusted() ? "CLOCK_UNTRUSTED" : "";
    holding.write(
        standing
            .on(Optional.of(version), before)
            .with(
                Optional.empty(),
                new Outcome(
                    version.epoch(), version.sequence(), State.COMMITTED, code, detail, false)));
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
    holding.end(standing().attempt().orElseThrow().version(), code, detail);
    Plan plan = new Plan(Optional.empty(), holding.good());
    store.tidy();
    return plan;
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
    Standing standing = standing();
    if (holding.isTrying()) {
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
    holding.write(
        standing
            .blocking(left, code)
            .on(next, earlier.subList(Math.min(back, earlier.size()), earlier.size()))
            .with(Optional.empty(), Holding.rolledBack(left, code, detail)));
    store.discard(left);
    Plan plan = new Plan(Optional.empty(), holding.good());
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
    Standing standing = holding.read();
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
    Standing standing = standing();
    Version v = standing.good().orElseThrow();
    holding.write(
        standing.on(
            Optional.of(new Version(v.epoch(), v.sequence(), v.sha256(), v.file(), false)),
            standing.earlier()));
  }

  /** Every outcome was handed to the event store. When the disk refuses, it is told again. */
  public void told() {
    boolean _ = holding.tryWrite(standing().asTold());
  }

  /** The factory document as it was last started with. */
  public Optional<byte[]> factory() throws IOException {
    return store.factory();
  }

  /** Keeps the factory document beside the versions, in case its file is lost. */
  public void keepFactory(byte[] document) throws IOException {
    store.keepFactory(document);
  }

  /** Lets the folder go. */
  @Override
  public void close() throws IOException {
    store.release();
  }
}
