package org.cityedge.agent.remote;

import java.util.LinkedHashSet;
import java.util.Set;
import org.cityedge.config.Sha256;
import org.cityedge.config.Standing.Outcome;

/**
 * The newest {@value #MOST} refusals, to tell a new one from an order that came again: a retained
 * one comes at every connection. Confined to the agent's thread.
 */
final class Refusals {
  static final int MOST = 32;

  private record Refusal(String sha256, String code) {}

  private final Set<Refusal> known = new LinkedHashSet<>();

  /** Whether this document was not refused for this reason before. */
  boolean add(byte[] signed, Outcome why) {
    Refusal refusal = new Refusal(Sha256.hex(signed), why.code());
    if (known.contains(refusal)) {
      return false;
    }
    if (known.size() >= MOST) {
      known.remove(known.iterator().next());
    }
    known.add(refusal);
    return true;
  }

  /** From here on each counts as new. */
  void forget() {
    known.clear();
  }
}
