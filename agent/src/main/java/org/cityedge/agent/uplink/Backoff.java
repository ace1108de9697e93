package org.cityedge.agent.uplink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * How long to wait before the next attempt: decorrelated jitter (M. Brooker, "Exponential Backoff
 * And Jitter", AWS Architecture Blog 2015): each delay is drawn from {@code min..3 * the one
 * before}, at most {@code max}. The draw is turned by a phase that belongs to the gateway, so that
 * gateways which boot together with the same entropy still part. The delay shrinks only after a
 * connection that held for the stable time: a broker that accepts and drops must not draw a herd.
 *
 * <p>Pure but for the random numbers; confined to its owner's thread.
 */
final class Backoff {
  private final Duration min;
  private final Duration max;
  private final Duration stable;
  private final double phase;
  private final RandomGenerator random;
  private long lastNanos;

  /**
   * @param name whose hash gives the phase
   */
  Backoff(Duration min, Duration max, Duration stable, String name, RandomGenerator random) {
    this.min = min;
    this.max = max;
    this.stable = stable;
    this.random = random;
    this.phase = phase(name);
    this.lastNanos = min.toNanos();
  }

  /** Before the very first attempt: 0..min, the gateway's phase alone. */
  Duration first() {
    return Duration.ofNanos((long) (phase * min.toNanos()));
  }

  /** Before the next attempt after a failed one. */
  Duration next() {
    double draw = (random.nextDouble() + phase) % 1.0;
    long span = 3 * lastNanos - min.toNanos();
    lastNanos = Math.min(max.toNanos(), min.toNanos() + (long) (draw * span));
    return Duration.ofNanos(lastNanos);
  }

  /** Tells how long the last attempt's success lasted; returns whether the delay was reset. */
  boolean lasted(Duration connected) {
    boolean reset = connected.compareTo(stable) >= 0;
    if (reset) {
      reset();
    }
    return reset;
  }

  void reset() {
    lastNanos = min.toNanos();
  }

  /** 0 inclusive to 1 exclusive. */
  static double phase(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() / (double) (1L << 32);
  }
}
