package org.cityedge.agent.remote;

import java.util.Optional;

/**
 * What a signed command, or the button on the box, may ask of the agent that runs the gateway. Any
 * thread; never waits.
 */
public interface Steering {
  /**
   * Ends the process in order, to be started again.
   *
   * @param actor for the audit
   */
  void restart(String actor);

  /**
   * Goes back to an earlier version of the configuration, as {@code cityedge config rollback}; the
   * result is reported.
   *
   * @param versions from 1
   * @return why there is nothing to go back to; empty when it is on its way
   */
  Optional<String> goBack(int versions, String actor);

  /**
   * Goes back to the factory document, over whatever is on trial or was committed; the result is
   * reported. Does nothing while the factory document is active.
   *
   * @param actor how it is told: {@code by hand, on the gateway}
   */
  void goBackToFactory(String actor);

  /** What {@code G/config/reported} says now, JSON ({@link Report}). */
  byte[] reported();
}
