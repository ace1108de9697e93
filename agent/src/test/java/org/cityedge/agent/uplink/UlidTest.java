package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class UlidTest {
  /** 1469918176385 ms is the time of the ulid specification's example, 01ARYZ6S41. */
  private static final Instant EXAMPLE = Instant.ofEpochMilli(1469918176385L);

  private static RandomGenerator always(long bits) {
    return () -> bits;
  }

  @Test
  void writesTheSpecificationsTimeAndTheRandomBits() {
    Ulid ulid = new Ulid(InstantSource.fixed(EXAMPLE), always(0));
    assertThat(ulid.next()).isEqualTo("01ARYZ6S41" + "0000000000000000");
  }

  @Test
  void writesEveryRandomBit() {
    Ulid ulid = new Ulid(InstantSource.fixed(EXAMPLE), always(-1));
    assertThat(ulid.next()).isEqualTo("01ARYZ6S41" + "ZZZZZZZZZZZZZZZZ");
  }

  @Test
  void countsUpWithinAMillisecond() {
    Ulid ulid = new Ulid(InstantSource.fixed(EXAMPLE), always(31));
    ulid.next();
    assertThat(ulid.next()).endsWith("0000000010");
  }

  @Test
  void borrowsTheNextMillisecondWhenTheRandomPartIsUsedUp() {
    Ulid ulid = new Ulid(InstantSource.fixed(EXAMPLE), always(-1));
    ulid.next();
    assertThat(ulid.next()).isEqualTo("01ARYZ6S42" + "ZZZZZZZZZZZZZZZZ");
  }

  @Test
  void ascendsWhileTheClockIsSetBack() {
    List<Instant> times = new ArrayList<>(List.of(EXAMPLE, EXAMPLE.minusSeconds(3600), EXAMPLE));
    Ulid ulid = new Ulid(times::removeFirst, RandomGenerator.getDefault());
    List<String> ids = List.of(ulid.next(), ulid.next(), ulid.next());
    assertThat(ids).isSorted().doesNotHaveDuplicates();
  }
}
