package org.cityedge.buffer;

/** What became of an append. */
public sealed interface Append {
  /** Committed; {@code lastSequence} is the number of the last event of the call. */
  record Stored(long lastSequence) implements Append {}

  /**
   * Committed, after older events of less worth were dropped to make room; the receipt is stored
   * too.
   */
  record StoredAfterDropping(long lastSequence, LossReceipt receipt) implements Append {}

  /**
   * Not stored, nothing changed; calling again is sound. The reason names the fault and is fit for
   * a log.
   */
  record Refused(String reason) implements Append {}
}
