package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final int LARGEST = 4000;
  private final Ticks ticks = new Ticks();

  private TokenBucket bucket(long bytesPerSecond) {
    return new TokenBucket(Optional.of(bytesPerSecond), LARGEST, ticks);
  }

  @Test
  void beginsEmptySoThatARestartEarnsNothing() {
    TokenBucket bucket = bucket(1000);
    assertThat(bucket.isCovered()).isTrue();
    bucket.debit(500);
    assertThat(bucket.untilCovered()).isEqualTo(Duration.ofMillis(500).toNanos());
  }

  @Test
  void takesBytesByRateOfTimeForABacklog() {
    TokenBucket bucket = bucket(1000);
    long waited = 0;
    int sent = 0;
    while (sent < 100_000) {
      if (bucket.isCovered()) {
        bucket.debit(300);
        sent += 300;
      } else {
        long left = bucket.untilCovered();
        waited += left;
        ticks.pass(Duration.ofNanos(left));
      }
    }
    // All but the last packet, which is still to be paid for.
    assertThat(Duration.ofNanos(waited)).isBetween(Duration.ofSeconds(99), Duration.ofSeconds(101));
  }

  @Test
  void savesUpFiveSecondsAtMost() {
    TokenBucket bucket = bucket(1000);
    ticks.pass(Duration.ofHours(1));
    bucket.debit(5000);
    assertThat(bucket.isCovered()).isTrue();
    bucket.debit(1);
    assertThat(bucket.isCovered()).isFalse();
  }

  @Test
  void savesUpForOneLargestPacketAtLeast() {
    TokenBucket bucket = bucket(100);
    ticks.pass(Duration.ofHours(1));
    bucket.debit(LARGEST);
    assertThat(bucket.isCovered()).isTrue();
  }

  @Test
  void forgivesWhatAlertsRunUpBeyondAMinute() {
    TokenBucket bucket = bucket(1000);
    for (int i = 0; i < 1000; i++) {
      bucket.debit(1000);
    }
    assertThat(bucket.untilCovered()).isEqualTo(TokenBucket.DEBT.toNanos());
  }

  @Test
  void neverWaitsWithoutALimit() {
    TokenBucket bucket = new TokenBucket(Optional.empty(), LARGEST, ticks);
    bucket.debit(Integer.MAX_VALUE);
    assertThat(bucket.isCovered()).isTrue();
  }
}
