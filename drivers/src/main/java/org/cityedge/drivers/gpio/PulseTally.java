package org.cityedge.drivers.gpio;

import org.cityedge.drivers.CounterConfig;

/**
 * Counts pulses, on the line's thread, and what is to be said of them, on the sensor's: safe for
 * both. Edges that the kernel lost are seen by their numbers; of an edge of one direction half of
 * them are taken for pulses, rounded up.
 */
final class PulseTally {
  private static final long SECOND = 1_000_000_000L;

  private final CounterConfig config;
  private final long intervalNanos;
  private final long burstNanos;

  // guarded by this
  private LostEdges lostEdges = new LostEdges();
  private long pulses;
  private long lost;
  private boolean wrapped;
  private boolean tooFast;
  private boolean gap;
  // Generic cell rate algorithm: when the next pulse would be due at the exact rate.
  private long dueNanos;
  private boolean first = true;

  PulseTally(CounterConfig config, long pulses, long lost) {
    this.config = config;
    this.intervalNanos = (long) (SECOND / config.maxRate());
    this.burstNanos = Math.max(SECOND, intervalNanos);
    this.pulses = pulses % config.wrapAt();
    this.lost = lost;
  }

  /**
   * What has been counted.
   *
   * @param wrapped whether the total has begun anew since the last call
   * @param tooFast whether pulses came faster than the sensor can give them since then
   * @param gap whether edges were lost since then
   */
  record Total(long pulses, long lost, boolean wrapped, boolean tooFast, boolean gap) {}

  /** A line that was opened anew numbers its edges from 1 again. */
  synchronized void opened() {
    lostEdges = new LostEdges();
  }

  synchronized void edge(Edge edge) {
    long missing = lostEdges.before(edge);
    if (missing > 0) {
      gap = true;
      lost += config.edge() == CounterConfig.Edge.BOTH ? missing : (missing + 1) / 2;
    }
    boolean pulse =
        switch (config.edge()) {
          case RISING -> edge.active();
          case FALLING -> !edge.active();
          case BOTH -> true;
        };
    if (!pulse) {
      return;
    }
    rate(edge.nanos());
    pulses++;
    if (pulses == config.wrapAt()) {
      pulses = 0;
      wrapped = true;
    }
  }

  private void rate(long nanos) {
    if (first || nanos - dueNanos > 0) {
      first = false;
      dueNanos = nanos;
    }
    if (dueNanos - nanos > burstNanos - intervalNanos) {
      tooFast = true;
    } else {
      dueNanos += intervalNanos;
    }
  }

  /** The total; what happened since the last call is told once. */
  synchronized Total take() {
    Total total = new Total(pulses, lost, wrapped, tooFast, gap);
    wrapped = false;
    tooFast = false;
    gap = false;
    return total;
  }
}
