package org.cityedge.agent.alerts;

/** What came of the centre's word on an alert. */
public sealed interface Handled {
  /** Told in the alert's next message. */
  record Taken(int rev, String state) implements Handled {}

  /** Said before, in the same words. */
  record Known(int rev, String state) implements Handled {}

  /**
   * The word would end the alert and was said of an older message of it; nothing was changed.
   *
   * @param rev the newest
   */
  record Older(int rev, String state) implements Handled {}

  /** Neither open nor among the last that were. */
  record Unknown() implements Handled {}
}
