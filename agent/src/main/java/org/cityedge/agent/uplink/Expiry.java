package org.cityedge.agent.uplink;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * How long a certificate is valid.
 *
 * @param which whose it is: {@code gateway}, {@code broker} or {@code ca}
 * @param from when it begins
 * @param until when it ends
 */
public record Expiry(String which, Instant from, Instant until) {
  static Expiry of(String which, X509Certificate certificate) {
    return new Expiry(
        which, certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  /** Whole days from {@code now} on; negative once it has ended. */
  public long daysLeft(Instant now) {
    return Math.floorDiv(Duration.between(now, until).toSeconds(), Duration.ofDays(1).toSeconds());
  }
}
