package org.cityedge.buffer;

/** What became of an attempt to send a stored event. */
public sealed interface Settlement {
  long sequence();

  /** The receiver has it: deleted. */
  record Acknowledged(long sequence) implements Settlement {}

  /**
   * The receiver will never take it: moved to the dead letters, covered by a loss receipt in the
   * same transaction.
   */
  record Rejected(long sequence, String reason) implements Settlement {}
}
