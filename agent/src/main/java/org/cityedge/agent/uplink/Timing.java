package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The publisher's times, all on the monotonic clock.
 *
 * @param connect longest wait for CONNACK
 * @param stall longest time without progress of the drain before the first step of {@link Ladder}
 *     is taken, and before each further one. Longer than any healthy broker's commit; with the
 *     first step shorter than two keep alives, which is when the client itself notices
 * @param settle what a clean stop grants the window, the last state and DISCONNECT together
 * @param stable how long a connection holds before the reconnect delay is reset
 * @param willDelay Will Delay Interval: a reconnect within it is not reported as an outage
 * @param minDelay shortest reconnect delay
 * @param maxDelay longest reconnect delay
 */
record Timing(
    Duration connect,
    Duration stall,
    Duration settle,
    Duration stable,
    Duration willDelay,
    Duration minDelay,
    Duration maxDelay) {
  static final Timing DEFAULT =
      new Timing(
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(60));

  /** A back-off from {@code minDelay} to {@code maxDelay} for the gateway of this name. */
  Backoff backoff(String name, RandomGenerator random) {
    return new Backoff(minDelay, maxDelay, stable, name, random);
  }
}
