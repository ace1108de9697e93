package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.cityedge.agent.testing.Eventually;
import org.junit.jupiter.api.Test;

class HomewardTest {
  private static final URI FIRST = URI.create("mqtt://first");
  private static final URI SECOND = URI.create("mqtt://second");
  private static final Duration EVERY = Duration.ofMinutes(10);

  private final Ticks ticks = new Ticks();
  private final Queue<URI> asked = new ConcurrentLinkedQueue<>();
  private final CountDownLatch woken = new CountDownLatch(1);

  private Homeward homeward(Probe probe, URI... before) {
    return new Homeward(
        List.of(before),
        EVERY,
        Duration.ofSeconds(1),
        (broker, limit) -> {
          asked.add(broker);
          return probe.answers(broker, limit);
        },
        woken::countDown,
        ticks);
  }

  @Test
  void asksInOrderAndFindsTheBestThatAnswers() throws Exception {
    Homeward homeward = homeward((broker, limit) -> broker.equals(SECOND), FIRST, SECOND);
    assertThat(homeward.found()).isEmpty();
    assertThat(asked).isEmpty();
    assertThat(homeward.untilDue(Long.MAX_VALUE)).isEqualTo(EVERY.toNanos());
    ticks.pass(EVERY);
    homeward.found();
    woken.await();
    assertThat(homeward.found()).hasValue(1);
    assertThat(asked).containsExactly(FIRST, SECOND);
  }

  @Test
  void looksAgainAfterTheSameTime() {
    Homeward homeward = homeward((broker, limit) -> false, FIRST);
    ticks.pass(EVERY);
    assertThat(homeward.untilDue(Long.MAX_VALUE)).isZero();
    assertThat(homeward.found()).isEmpty();
    Eventually.await("asked", Uplink.LIMIT, () -> asked.size() == 1);
    assertThat(homeward.untilDue(Long.MAX_VALUE)).isEqualTo(EVERY.toNanos());
    assertThat(homeward.found()).isEmpty();
    Eventually.await(
        "asked again",
        Uplink.LIMIT,
        () -> {
          ticks.pass(EVERY);
          homeward.found();
          return asked.size() >= 2;
        });
  }

  @Test
  void hasNoBetterPlaceThanTheFirst() {
    Homeward homeward = homeward((broker, limit) -> true);
    ticks.pass(Duration.ofDays(1));
    assertThat(homeward.found()).isEmpty();
    assertThat(homeward.untilDue(5)).isEqualTo(5);
    assertThat(asked).isEmpty();
  }

  @Test
  void endsItsProbeWhenClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Homeward homeward =
        homeward(
            (broker, limit) -> {
              begun.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                ended.countDown();
              }
              return false;
            },
            FIRST);
    ticks.pass(EVERY);
    homeward.found();
    begun.await();
    homeward.close();
    ended.await();
  }

  @Test
  void spreadsTheGatewaysOverATenthOfTheTime() {
    assertThat(Homeward.every(EVERY, "gw-1")).isBetween(EVERY, EVERY.plusMinutes(1));
    assertThat(Homeward.every(EVERY, "gw-1")).isNotEqualTo(Homeward.every(EVERY, "gw-2"));
  }
}
