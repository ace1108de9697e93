package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.coap.OptionSet;

/** How long an observed representation may be relied on, and when to register again. */
final class Freshness {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long USUAL_MAX_AGE = 60 * SECOND;

  private Freshness() {}

  /**
   * Max-Age (RFC 7252 §5.10.5) in nanoseconds, 1 s at least, but no longer than the period in which
   * the operator expects news; the period where the option is absent.
   */
  static long lifetimeNanos(OptionSet options, long periodNanos) {
    if (!options.hasMaxAge()) {
      return periodNanos;
    }
    long seconds = Math.min(options.getMaxAge(), Duration.ofDays(365).toSeconds());
    return Math.clamp(seconds * SECOND, Math.min(periodNanos, SECOND), periodNanos);
  }

  /**
   * From a notification to the next registration when no other notification comes: the lifetime
   * plus a random 5..15 s, so that clients of a restarted server do not come all at once (RFC 7641
   * §3.3.1). Those seconds suit the usual Max-Age of 60 s; for less they shrink in proportion: a
   * lifetime of 12 s gives 13..15 s.
   */
  static long renewalNanos(long lifetimeNanos, RandomGenerator random) {
    long scale = Math.min(lifetimeNanos, USUAL_MAX_AGE);
    return lifetimeNanos + random.nextLong(scale / 12, scale / 4 + 1);
  }
}
