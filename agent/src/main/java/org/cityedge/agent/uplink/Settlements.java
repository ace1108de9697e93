package org.cityedge.agent.uplink;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * What is confirmed and not yet deleted: one batch that the store commits, and what gathers
 * meanwhile. Its user bounds both ({@link Drain#MAX_UNSETTLED}). Confined to the publisher thread.
 */
final class Settlements {
  private final EventStore store;
  private final Runnable wake;
  private List<Settlement> gathering = new ArrayList<>();
  private List<Settlement> batch = List.of();
  private @Nullable CompletableFuture<Optional<String>> commit;

  /**
   * @param wake called at the end of each commit, on the store's thread
   */
  Settlements(EventStore store, Runnable wake) {
    this.store = store;
    this.wake = wake;
  }

  void add(Settlement settlement) {
    gathering.add(settlement);
  }

  /** How many are in no batch. */
  int gathered() {
    return gathering.size();
  }

  int size() {
    return gathering.size() + batch.size();
  }

  boolean isEmpty() {
    return gathering.isEmpty() && batch.isEmpty();
  }

  /** Whether a batch is with the store, answered or not. */
  boolean committing() {
    return commit != null;
  }

  /** Whether the store has answered the batch. */
  boolean answered() {
    return commit != null && commit.isDone();
  }

  /** Hands all that has gathered to the store. The batch before must have its outcome. */
  void commit() {
    if (commit != null) {
      throw new IllegalStateException("a batch is with the store");
    }
    batch = List.copyOf(gathering);
    gathering = new ArrayList<>();
    commit = store.settling(batch);
    CompletableFuture<Void> _ = commit.thenRun(wake);
  }

  /**
   * Waits for the batch. It is done with, or gathered again.
   *
   * @return why the store refused it
   */
  Optional<String> outcome() {
    if (commit == null) {
      throw new IllegalStateException("no batch is with the store");
    }
    Optional<String> refusal = commit.join();
    if (refusal.isPresent()) {
      List<Settlement> all = new ArrayList<>(batch);
      all.addAll(gathering);
      gathering = all;
    }
    batch = List.of();
    commit = null;
    return refusal;
  }
}
