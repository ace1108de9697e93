package org.cityedge.agent.uplink;

import java.time.Duration;

/**
 * How a connection ended.
 *
 * @param cause tells which cures are worth trying
 * @param reason one sentence for a person
 * @param lasted from CONNACK on; zero when there was none
 */
record ConnectionEnd(MqttLink.Loss cause, String reason, Duration lasted, Next next) {
  /** A failure, after which the list of brokers decides. */
  ConnectionEnd(MqttLink.Loss cause, String reason, Duration lasted) {
    this(cause, reason, lasted, new Next.Listed());
  }

  /** Where to connect after an end. */
  sealed interface Next {
    /** The first broker after a stable connection, else the next of the list. */
    record Listed() implements Next {}

    /** The same broker. */
    record Same() implements Next {}

    /** The next broker of the list. */
    record Following() implements Next {}

    /** A better broker that answers, by its place in the list; at once. */
    record Home(int index) implements Next {}
  }
}
