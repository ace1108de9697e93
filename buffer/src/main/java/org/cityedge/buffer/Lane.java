package org.cityedge.buffer;

/**
 * How urgent an event is; the order of the constants is the order in which lanes drain
 * (architecture.md §3).
 */
public enum Lane {
  /** Alerts and the list of open alerts. */
  ALERT,
  /** Loss receipts, catalogue, audit, answers. */
  REPORT,
  /** Readings. */
  TELEMETRY,
  /** Pictures and clips. */
  EVIDENCE
}
