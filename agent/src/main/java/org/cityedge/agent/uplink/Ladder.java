package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is tried, step by step, when a connection stands and yet nothing is confirmed (wire.md §3;
 * kura#2163, paho.mqtt.java#348, iotedge#7123: "connected", and the queue does not drain). Any
 * confirmed event begins the ladder anew.
 *
 * <p>Only a stall on a standing connection climbs. A broker that cannot be reached never does, for
 * an outage is no reason to restart; and after a refusal, a certificate's fault or one of the
 * configuration the last step is left out, since a restart cures none of them (kura#4600,
 * aws-greengrass-nucleus#1677).
 *
 * <p>Survives connections; confined to the publisher thread.
 */
final class Ladder {
  /** In the order in which they are tried. */
  enum Step {
    /** SUBSCRIBE again, a round trip that a session which lives answers at once. */
    RESUBSCRIBE,
    /** A new client object on the same broker. */
    NEW_CLIENT,
    /** The next broker of the list, each of the others once. */
    NEXT_BROKER,
    /** The process ends, and whoever looks after it starts it again. */
    RESTART
  }

  private final Duration stall;
  private final int brokers;
  private final BooleanSupplier restart;
  private @Nullable Step taken;
  private int moves;
  private boolean barred;

  /**
   * @param stall how long a step is given, but for the first one, which gets a third of it
   * @param brokers length of the list
   * @param restart asks for a restart of the process; false when there is to be none
   */
  Ladder(Duration stall, int brokers, BooleanSupplier restart) {
    this.stall = stall;
    this.brokers = brokers;
    this.restart = restart;
  }

  /** How long no event may be confirmed before the next step. */
  Duration patience() {
    return taken == Step.RESUBSCRIBE ? stall.dividedBy(3) : stall;
  }

  /** An event was confirmed, or refused for good: the broker answers. */
  void progressed() {
    taken = null;
    moves = 0;
    barred = false;
  }

  /** A connection, or the attempt at one, ended. */
  void ended(MqttLink.Loss cause) {
    if (cause != MqttLink.Loss.NETWORK) {
      barred = true;
    }
  }

  /**
   * The time is over on a connection that stands.
   *
   * @param subscribes whether there is something to subscribe to
   */
  Step stalled(boolean subscribes) {
    Step next =
        switch (taken) {
          case null -> subscribes ? Step.RESUBSCRIBE : Step.NEW_CLIENT;
          case RESUBSCRIBE -> Step.NEW_CLIENT;
          case NEW_CLIENT, NEXT_BROKER ->
              moves < brokers - 1 ? Step.NEXT_BROKER : restartOr(onward());
          case RESTART -> onward();
        };
    if (next == Step.NEXT_BROKER) {
      moves++;
    }
    taken = next;
    return next;
  }

  private Step restartOr(Step otherwise) {
    return !barred && restart.getAsBoolean() ? Step.RESTART : otherwise;
  }

  /** What can still be done without a restart. */
  private Step onward() {
    return brokers > 1 ? Step.NEXT_BROKER : Step.NEW_CLIENT;
  }
}
