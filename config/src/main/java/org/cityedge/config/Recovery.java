package org.cityedge.config;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Deployment.Check;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.Standing.Attempt;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;

/** Decides at the start of a process what runs. Confined to its owner's thread. */
final class Recovery {
  private final ConfigStore store;
  private final Holding holding;
  private final String boot;

  /**
   * @param boot names the machine's boot, to tell a crash from a power cut
   */
  Recovery(ConfigStore store, Holding holding, String boot) {
    this.store = store;
    this.holding = holding;
    this.boot = boot;
  }

  /** As {@link Deployment#recover(Check)}. */
  Plan recover(Check check) throws IOException {
    Standing standing = holding.read();
    if (store.lost()) {
      return fromDocuments(check);
    }
    Optional<Document> trial =
        standing.attempt().isPresent() ? retry(standing.attempt().get(), check) : heldBack(check);
    Optional<Document> good = holding.good();
    store.tidy();
    return new Plan(trial, good);
  }

  /**
   * Both states are damaged: what runs is told by the documents alone (config.md §4 row 16). Those
   * of blocked orders are gone, so each but the newest was committed; the newest may not have been,
   * and has its trial again. One that cannot be read has it at the start that can read it ({@link
   * #heldBack}); until then the one before it runs, which was committed. Tidies nothing away: this
   * is all that is left.
   */
  private Plan fromDocuments(Check check) throws IOException {
    Floor floor = holding.standing().floor();
    List<Document> whole = new ArrayList<>(store.whole());
    boolean unread = store.newestUnread();
    Optional<Document> newest =
        unread || whole.isEmpty() ? Optional.empty() : Optional.of(whole.removeFirst());
    Optional<Document> good = whole.isEmpty() ? Optional.empty() : Optional.of(whole.removeFirst());
    Optional<Version> next = good.map(Document::version);
    Standing kept = holding.standing().on(next, whole.stream().map(Document::version).toList());
    if (newest.isPresent()) {
      check.look(newest.get());
      Version version = newest.get().version();
      if (holding.tryWrite(
          kept.with(
              Optional.of(new Attempt(version, 1, boot, false)),
              lost("sequence " + version.sequence() + " is tried again")))) {
        return new Plan(newest, good);
      }
    }
    String detail = "active is " + Holding.name(next);
    if (unread) {
      detail = "sequence %d cannot be read now, %s".formatted(floor.sequence(), detail);
    }
    boolean _ = holding.tryWrite(kept.with(Optional.empty(), lost(detail)));
    return new Plan(Optional.empty(), good);
  }

  /** Has its trial now; what cannot be counted waits for another start. */
  private Optional<Document> heldBack(Check check) throws IOException {
    Optional<Document> document = store.heldBack();
    if (document.isEmpty()) {
      return Optional.empty();
    }
    check.look(document.get());
    Version version = document.get().version();
    Floor floor =
        new Floor(
            version.epoch(),
            version.sequence(),
            version.sha256(),
            SignedConfig.issuedAt(document.get().signed()).orElse(Instant.EPOCH));
    try {
      holding.write(
          holding
              .standing()
              .onFloor(floor)
              .with(Optional.of(new Attempt(version, 1, boot, false))));
      return document;
    } catch (IOException _) {
      // What runs has no trial in memory either, or a later write would count one that never ran.
      return Optional.empty();
    }
  }

  private static Outcome lost(String detail) {
    return new Outcome(
        0,
        0,
        State.ROLLED_BACK,
        Standing.LOST,
        "the state of the versions is damaged; " + detail,
        false);
  }

  /**
   * Counts this start; empty, and rolled back, when the order has had its chances. Empty as well
   * while the disk does not give it back: such a start is none of its chances.
   */
  private Optional<Document> retry(Attempt attempt, Check check) throws IOException {
    Version version = attempt.version();
    boolean crashed = attempt.crashed() || attempt.boot().equals(boot);
    int starts = attempt.starts() + 1;
    Optional<Document> document;
    try {
      document = holding.trial(version);
    } catch (IOException _) {
      return Optional.empty();
    }
    if (document.isEmpty()) {
      holding.end(version, "STORAGE", "the order on trial is damaged on disk");
      return Optional.empty();
    }
    check.look(document.get());
    if (attempt.isLast()) {
      holding.end(
          version,
          crashed ? "CRASH_LOOP" : "INTERRUPTED",
          "the process was started %d times before the order could be committed".formatted(starts));
    } else if (holding.tryWrite(
        holding.standing().with(Optional.of(new Attempt(version, starts, boot, crashed))))) {
      return document;
    } else {
      // What cannot be counted is not tried: else it could be tried for ever.
      holding.end(version, "STORAGE", "the start cannot be counted, the disk refuses");
    }
    return Optional.empty();
  }
}
