package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateWatchTest {
  private static final Instant FROM = Instant.parse("2025-01-01T00:00:00Z");
  private static final Instant UNTIL = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = UNTIL.minus(Duration.ofDays(31));
  private long nanos;
  private final CertificateWatch watch = new CertificateWatch(() -> now, () -> nanos);

  private void pass(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  @Test
  void warnsOnceADayFromThirtyDaysOn() {
    watch.seen(List.of(new Expiry("ca", FROM, UNTIL.plusSeconds(1)), expiry()));
    assertThat(watch.remind()).isFalse();
    pass(Duration.ofDays(1).plusSeconds(1));
    assertThat(watch.remind()).isTrue();
    pass(Duration.ofHours(23));
    assertThat(watch.remind()).isFalse();
    pass(Duration.ofHours(1));
    assertThat(watch.remind()).isTrue();
    assertThat(watch.earliest()).contains(expiry());
  }

  @Test
  void fallsSilentOnceTheFileIsReplaced() {
    watch.seen(List.of(expiry()));
    pass(Duration.ofDays(5));
    assertThat(watch.remind()).isTrue();
    watch.seen(List.of(new Expiry("gateway", FROM, UNTIL.plus(Duration.ofDays(365)))));
    pass(Duration.ofDays(5));
    assertThat(watch.remind()).isFalse();
  }

  @Test
  void blamesTheClockThatIsBeforeTheCertificate() {
    now = Instant.EPOCH;
    watch.seen(List.of(expiry()));
    assertThat(watch.remind()).isTrue();
    // Once a day as well.
    assertThat(watch.remind()).isFalse();
  }

  @Test
  void countsWholeDays() {
    assertThat(expiry().daysLeft(UNTIL.minusSeconds(1))).isZero();
    assertThat(expiry().daysLeft(UNTIL.minus(Duration.ofDays(30)))).isEqualTo(30);
    assertThat(expiry().daysLeft(UNTIL.plusSeconds(1))).isEqualTo(-1);
  }

  private static Expiry expiry() {
    return new Expiry("gateway", FROM, UNTIL);
  }
}
