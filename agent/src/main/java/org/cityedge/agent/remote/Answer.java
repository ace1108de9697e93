package org.cityedge.agent.remote;

import java.util.Map;

/** What a command comes to. */
public sealed interface Answer {
  /** One that is there. */
  sealed interface Now extends Answer {}

  /**
   * Done.
   *
   * @param facts by name; texts, numbers and flags
   * @param afterwards what is still to be done once the answer is stored; must not wait
   */
  record Done(Map<String, Object> facts, Runnable afterwards) implements Now {
    public Done(Map<String, Object> facts) {
      this(facts, () -> {});
    }
  }

  /**
   * Takes its time, on a thread of its own; one of a name at a time.
   *
   * @param name what is at work, fit for a person
   * @param work is interrupted when the gateway closes
   */
  record Later(String name, Work work) implements Answer {}

  /** What takes its time. */
  interface Work {
    Now answer() throws InterruptedException;
  }

  /**
   * Not done, and nothing changed.
   *
   * @param code for programs, {@code [A-Z_]{1,32}}
   * @param message for a person: what is wrong and what is allowed
   */
  record Refused(String code, String message) implements Now {}
}
