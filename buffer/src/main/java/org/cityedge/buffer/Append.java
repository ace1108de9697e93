package org.cityedge.buffer;

import java.util.List;

/** What became of an append. */
public sealed interface Append {
  /** Committed; {@code lastSequence} is the number of the last event of the call. */
  record Stored(long lastSequence) implements Append {}

  /**
   * Committed, after older events of less worth were dropped to make room.
   *
   * @param receipts what was dropped, one receipt for each lane and each {@value
   *     LossReceipt#MAX_RANGES} ranges; each is stored as an event too
   */
  record StoredAfterDropping(long lastSequence, List<LossReceipt> receipts) implements Append {
    public StoredAfterDropping {
      receipts = List.copyOf(receipts);
    }
  }

  /**
   * Not stored, nothing changed; calling again is sound. The reason names the fault and is fit for
   * a log.
   */
  record Refused(String reason) implements Append {}
}
