package org.cityedge.agent.uplink;

import java.time.Duration;
import java.time.InstantSource;

/** Whether a configuration's way to the centre is open, without a session of its own. */
public final class Reach {
  private Reach() {}

  /**
   * Waits for the network, at most {@code each} per broker, one after the other.
   *
   * @return whether one of them answered: TCP, and the handshake with {@code mqtts}
   */
  public static boolean anyBroker(
      UplinkConfig config, Credentials credentials, Topics topics, Duration each) {
    PahoLinks links =
        new PahoLinks(
            config, credentials, topics, Timing.DEFAULT, InstantSource.system(), System::nanoTime);
    return config.brokers().stream().anyMatch(broker -> links.answers(broker, each));
  }
}
