package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Holds the uplink to a byte rate, so that a metered line survives a backlog. Every PUBLISH is
 * debited; who can wait sends only while the account {@link #isCovered}, so a large packet may
 * overdraw it and the next one waits that much longer. On average no more than the rate leaves.
 *
 * <p>Kept as the instant at which all that was sent will have been paid for (a bucket by virtual
 * scheduling, ITU-T I.371 Annex A): one number, no rounding that adds up, no timer. It begins
 * empty, so that a process which is started again and again does not get a burst each time.
 *
 * <p>Survives connections; confined to the publisher thread.
 */
final class TokenBucket {
  /** What a quiet line saves up, at least one largest packet. */
  static final Duration BURST = Duration.ofSeconds(5);

  /**
   * Most that alerts and reports can run up, at least one largest packet; what they send beyond it
   * is forgiven, so that the readings do not go silent for long after a storm of alerts.
   */
  static final Duration DEBT = Duration.ofSeconds(60);

  private final double nanosPerByte;
  private final long burstNanos;
  private final long debtNanos;
  private final LongSupplier nanos;
  private long paidAt;

  /**
   * @param bytesPerSecond positive; no limit when absent
   * @param largest bytes of the largest packet
   * @param nanos monotonic clock
   */
  TokenBucket(Optional<Long> bytesPerSecond, int largest, LongSupplier nanos) {
    this.nanosPerByte = bytesPerSecond.map(rate -> 1e9 / rate).orElse(0.0);
    long oneLargest = cost(largest);
    this.burstNanos = Math.max(BURST.toNanos(), oneLargest);
    this.debtNanos = Math.max(DEBT.toNanos(), oneLargest);
    this.nanos = nanos;
    this.paidAt = nanos.getAsLong();
  }

  void debit(int bytes) {
    if (nanosPerByte > 0) {
      long now = nanos.getAsLong();
      long saved = now - burstNanos;
      long from = paidAt - saved > 0 ? paidAt : saved;
      long debt = Math.min(debtNanos, from + cost(bytes) - now);
      paidAt = now + debt;
    }
  }

  /** Whether what can wait may go. */
  boolean isCovered() {
    return untilCovered() == 0;
  }

  /** Nanoseconds until what can wait may go, 0 when it may now. */
  long untilCovered() {
    return nanosPerByte > 0 ? Math.max(0, paidAt - nanos.getAsLong()) : 0;
  }

  private long cost(int bytes) {
    return (long) Math.ceil(bytes * nanosPerByte);
  }
}
