package org.cityedge.agent.uplink;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the certificates of the last connection and warns once a day from 30 days before the
 * first of them ends. Any thread.
 */
final class CertificateWatch {
  private static final long WARN_DAYS = 30;
  private static final Duration EVERY = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private volatile List<Expiry> seen = List.of();

  // Guarded by this.
  private boolean told;
  private long toldAt;

  CertificateWatch(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
  }

  /** Replaces what is watched: the gateway's own certificate, the broker's, and the CA. */
  void seen(List<Expiry> certificates) {
    seen = List.copyOf(certificates);
  }

  /** The one that ends first; empty without TLS and before the first connection with it. */
  Optional<Expiry> earliest() {
    return seen.stream().min(Comparator.comparing(Expiry::until));
  }

  /** Warns when it is time; returns whether it did. */
  synchronized boolean remind() {
    Optional<Expiry> earliest = earliest();
    if (earliest.isEmpty() || (told && nanos.getAsLong() - toldAt < EVERY.toNanos())) {
      return false;
    }
    Expiry expiry = earliest.get();
    Instant now = clock.instant();
    if (now.isBefore(expiry.from())) {
      // The certificate served a handshake somewhere in time: it is the clock that is wrong.
      LOG.warn(
          "The clock is before the certificate's time, so days left cannot be told; set the clock. which={} validFrom={} clock={}",
          expiry.which(),
          expiry.from(),
          now);
    } else if (expiry.daysLeft(now) < WARN_DAYS) {
      LOG.warn(
          "A certificate ends soon; replace its file, it counts from the next connection. which={} until={} daysLeft={}",
          expiry.which(),
          expiry.until(),
          expiry.daysLeft(now));
    } else {
      return false;
    }
    told = true;
    toldAt = nanos.getAsLong();
    return true;
  }
}
