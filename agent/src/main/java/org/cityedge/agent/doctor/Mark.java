package org.cityedge.agent.doctor;

/** How a check came out; the worse, the further down. */
public enum Mark {
  PASS,
  /** Not looked at, for a reason that is told. */
  SKIP,
  WARN,
  FAIL
}
