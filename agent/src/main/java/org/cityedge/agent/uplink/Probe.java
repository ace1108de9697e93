package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;

/** Asks whether a broker could be reached, without a session of its own. */
@FunctionalInterface
interface Probe {
  /**
   * Waits for the network, at most {@code limit}; an interrupt ends it early.
   *
   * @return whether the broker answered
   */
  boolean answers(URI broker, Duration limit);
}
