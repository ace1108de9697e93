package org.cityedge.buffer;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer thread's loop: takes everything that waits, makes one transaction of it, commits once,
 * then answers every caller. While one commit waits for the disk, the next batch gathers by itself;
 * callers of the last one are given a moment to be in it too ({@link Intake}).
 *
 * <p>While nobody asks for anything it looks after the store by itself: it drops what has expired,
 * looks whether a full disk has room again and a read-only one takes writes ({@link Recovery}), and
 * gives free pages back ({@link Compaction}).
 *
 * <p>On a full disk the reserve goes to alerts and settlements ({@link Reserve}) until the disk has
 * room again. When the disk refuses otherwise, the whole batch is refused and the connection is
 * made anew for the next one, so a store recovers as soon as its disk does.
 */
final class GroupCommit implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  static final String NO_ROOM_FOR_CLIP =
      "event store full: nothing left that may be dropped for a clip";

  private static final String READ_ONLY = "disk is read-only";
  static final String ALERTS_ONLY = "disk full, alerts only";
  private static final String STOPPED = "the event store has stopped";

  private final StoreFile file;
  private final Setup setup;
  private final Intake intake;
  private final EventReader reader;
  private final IntegrityCheck check;
  private final Progress progress;
  private final Expiry expiry;
  private final Recovery recovery;
  private final Compaction compaction = new Compaction();

  // Confined to the writer thread.
  private Books books;
  private @Nullable Ledger ledger;
  private long failedBatches;

  /**
   * The reserve has been given to alerts and settlements, before this start or in it; others wait
   * until it is back.
   */
  private volatile boolean alertsOnly;

  /** Found, and the file not set aside yet. */
  private @Nullable String damage;

  private volatile @Nullable String trouble;

  GroupCommit(
      StoreFile file,
      Setup setup,
      Intake intake,
      EventReader reader,
      IntegrityCheck check,
      Progress progress,
      Books books) {
    this.file = file;
    this.setup = setup;
    this.intake = intake;
    this.reader = reader;
    this.check = check;
    this.progress = progress;
    this.books = books;
    recovery = new Recovery(file, reader, check, setup.life());
    expiry = new Expiry(setup.config(), setup.life());
    alertsOnly = !file.readOnly() && !file.reserve().isWhole();
  }

  /** Whether what is left of the disk is kept for alerts and settlements; any thread. */
  boolean alertsOnly() {
    return alertsOnly;
  }

  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public void run() {
    try {
      while (!intake.ended()) {
        List<Request> batch = intake.take(compacting() ? Duration.ZERO : setup.tick());
        boolean writable = recover();
        if (writable) {
          expire();
        }
        if (!batch.isEmpty() || alertsOnly) {
          commit(batch);
        }
        if (batch.isEmpty() && writable) {
          compact();
        }
      }
    } finally {
      if (!intake.ended()) {
        trouble = STOPPED;
      }
      intake.close();
      refuseAll();
      discardLedger();
      progress.end();
    }
  }

  private void refuseAll() {
    while (!intake.ended()) {
      intake.take(Duration.ZERO).forEach(request -> request.refuse(STOPPED));
    }
  }

  /** Brings a store back that is read-only or damaged; false when it stays so. */
  private boolean recover() {
    intake.suspicion().ifPresent(found -> damage = found);
    String found = damage;
    if (!file.readOnly() && found == null) {
      return true;
    }
    discardLedger();
    try {
      Optional<Books> back =
          file.readOnly() ? recovery.awake(books) : recovery.heal(String.valueOf(found), books);
      if (back.isPresent()) {
        // What was met until then was met in the old file.
        intake.suspicion();
        damage = null;
        alertsOnly |= !file.reserve().isWhole();
        adopt(back.get());
        return true;
      }
    } catch (IOException | SQLException | RuntimeException e) {
      log.warn("Event store cannot be brought back fault=\"{}\"", e.getMessage());
    }
    trouble = file.readOnly() ? READ_ONLY : "database damaged and not set aside yet: " + found;
    return false;
  }

  private void commit(List<Request> batch) {
    try {
      if (file.readOnly() || damage != null) {
        return;
      }
      if (alertsOnly && file.reserve().take()) {
        alertsOnly = false;
        trouble = null;
        log.info("Event store has room again");
      }
      fit(batch);
      if (!recover()) {
        return;
      }
      Optional<Exception> fault = transact(batch);
      if (fault.isPresent()
          && fault.get() instanceof SQLException sql
          && DiskFault.full(sql)
          && batch.stream().anyMatch(Request::urgent)
          && file.reserve().giveToAlerts()) {
        alertsOnly = true;
        log.warn("Event store takes alerts only from now on, into its reserve");
        transact(batch);
      } else if (fault.isPresent()
          && fault.get() instanceof SQLException sql
          && DiskFault.damaged(sql)
          && recover()) {
        transact(batch);
      }
    } finally {
      // Who has been answered keeps that answer.
      batch.forEach(request -> request.refuse(trouble().orElse(STOPPED)));
    }
  }

  /** Answers what it committed; the fault when that failed and nobody has been answered. */
  private Optional<Exception> transact(List<Request> batch) {
    List<Request> admitted =
        batch.stream()
            .filter(request -> !(request instanceof Request.Fitting))
            .filter(request -> request.urgent() || !alertsOnly)
            .toList();
    if (admitted.isEmpty()) {
      return Optional.empty();
    }
    List<Runnable> answers = new ArrayList<>(admitted.size());
    long start = System.nanoTime();
    Ledger open;
    try {
      open = ledger();
      open.begin(books);
      for (Request request : admitted) {
        answers.add(apply(open, request));
      }
      adopt(open.commit());
      intake.committed(admitted.size(), System.nanoTime() - start);
    } catch (SQLException | RuntimeException e) {
      failed(e);
      return Optional.of(e);
    }
    answers.forEach(Runnable::run);
    tidy(open);
    return Optional.empty();
  }

  /** After a commit, whose events are stored whatever comes of this. */
  private void tidy(Ledger open) {
    try {
      cutBackWal();
      compaction.committed(open);
    } catch (SQLException | RuntimeException e) {
      failed(e);
    }
  }

  /** Makes room for the clips of the batch, in as many transactions as that takes. */
  private void fit(List<Request> batch) {
    for (Request request : batch) {
      if (request instanceof Request.Fitting fitting) {
        try {
          fitting.outcome().complete(admit(fitting.clip()));
        } catch (SQLException | RuntimeException e) {
          failed(e);
          fitting.refuse(DiskFault.reason(e));
        }
      }
    }
  }

  /** Counts the clip on this thread: an append in between would make room for it in its place. */
  private Optional<String> admit(long clip) throws SQLException {
    if (clip > 0 && alertsOnly) {
      return Optional.of(ALERTS_ONLY);
    }
    Ledger open = ledger();
    open.begin(books);
    if (clip > 0 && !open.holds(clip)) {
      return Optional.of(NO_ROOM_FOR_CLIP);
    }
    Clips clips = setup.clips().orElseThrow();
    clips.coming(clip);
    Optional<String> refusal = Optional.of(NO_ROOM_FOR_CLIP);
    try {
      refusal = fit();
      return refusal;
    } finally {
      if (refusal.isPresent()) {
        clips.coming(-clip);
      }
    }
  }

  private Optional<String> fit() throws SQLException {
    for (boolean shrunk = false; ; shrunk = true) {
      Ledger open = ledger();
      open.begin(books);
      Ledger.Fit step = open.fit();
      adopt(open.commit());
      if (step == Ledger.Fit.MORE) {
        cutBackWal();
        continue;
      }
      if (shrunk) {
        // Only now the file gets shorter.
        check.whileIdle(() -> reader.whileIdle(open::cutBackWal));
      }
      return step == Ledger.Fit.DONE ? Optional.empty() : Optional.of(NO_ROOM_FOR_CLIP);
    }
  }

  private void adopt(Books committed) {
    books = committed;
    progress.committed(committed);
    recovered();
  }

  /** In a transaction of its own, so that its faults are no producer's. */
  private void expire() {
    if (!expiry.due(books)) {
      return;
    }
    try {
      Ledger open = ledger();
      open.begin(books);
      expiry.run(open, books);
      adopt(open.commit());
      cutBackWal();
    } catch (SQLException | RuntimeException e) {
      failed(e);
    }
  }

  /** Whether the next step of compaction waits for nothing. */
  private boolean compacting() {
    return compaction.active() && damage == null && !file.readOnly();
  }

  /** On a full disk as well: what it gives back is the way out of that. */
  private void compact() {
    if (damage != null) {
      return;
    }
    try {
      if (compaction.rest(ledger())) {
        reader.whileIdle(ledger()::cutBackWal);
      }
      cutBackWal();
    } catch (SQLException | RuntimeException e) {
      if (e instanceof SQLException sql && DiskFault.damaged(sql)) {
        failed(e);
        return;
      }
      compaction.failed(e);
      discardLedger();
    }
  }

  private static Runnable apply(Ledger ledger, Request request) throws SQLException {
    return switch (request) {
      case Request.Appending append -> {
        Append outcome = ledger.append(append);
        yield () -> append.outcome().complete(outcome);
      }
      // Has been answered already.
      case Request.Fitting _ -> () -> {};
      case Request.Settling settle -> {
        ledger.settle(settle.settlements());
        yield () -> settle.outcome().complete(Optional.empty());
      }
    };
  }

  private Ledger ledger() throws SQLException {
    Ledger open = ledger;
    if (open == null) {
      open = Ledger.on(file.writer(), setup);
      ledger = open;
    }
    return open;
  }

  private void failed(Exception fault) {
    String reason = DiskFault.reason(fault);
    trouble = reason;
    if (fault instanceof SQLException sql && DiskFault.damaged(sql)) {
      // The next turn of the loop sets the file aside, and does not wait for a request.
      intake.suspect(String.valueOf(sql.getMessage()));
    }
    if (failedBatches++ == 0) {
      log.warn("Event store cannot write reason=\"{}\"", reason, fault);
    }
    discardLedger();
  }

  private void recovered() {
    trouble = alertsOnly ? ALERTS_ONLY : null;
    if (failedBatches > 0) {
      log.info("Event store writes again failedTransactions={}", failedBatches);
      failedBatches = 0;
    }
  }

  private void discardLedger() {
    Ledger old = ledger;
    ledger = null;
    if (old != null) {
      old.close();
    }
  }

  /**
   * SQLite copies the WAL into the database by itself, but under constant reading it may never come
   * to start it again from its beginning.
   */
  private void cutBackWal() throws SQLException {
    if (file.walBytes() > setup.room().walBytes()) {
      Ledger open = ledger();
      check.whileIdle(() -> reader.whileIdle(open::cutBackWal));
    }
  }
}
