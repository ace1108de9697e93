package org.cityedge.agent.remote;

import java.util.Map;

/** What a command comes to. */
public sealed interface Answer {
  /**
   * Done.
   *
   * @param facts by name; texts, numbers and flags
   * @param afterwards what is still to be done once the answer is stored; must not wait
   */
  record Done(Map<String, Object> facts, Runnable afterwards) implements Answer {
    public Done(Map<String, Object> facts) {
      this(facts, () -> {});
    }
  }

  /**
   * Not done, and nothing changed.
   *
   * @param code for programs, {@code [A-Z_]{1,32}}
   * @param message for a person: what is wrong and what is allowed
   */
  record Refused(String code, String message) implements Answer {}
}
