package org.cityedge.video.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatestShotTest {
  private final LatestShot shots = new LatestShot();

  @Test
  void theNewestWinsAndTheOthersAreCounted() throws InterruptedException {
    Shot last = new Shot();
    for (int i = 0; i < 10; i++) {
      last = shots.blank();
      shots.put(last);
    }
    assertThat(shots.take(0)).isSameAs(last);
    assertThat(shots.dropped()).isEqualTo(9);
    assertThat(shots.take(0)).isNull();
  }

  @Test
  void theReaderNeverWritesIntoWhatIsLookedAt() throws InterruptedException {
    shots.put(shots.blank());
    Shot held = shots.take(0);
    for (int i = 0; i < 5; i++) {
      Shot next = shots.blank();
      assertThat(next).isNotSameAs(held);
      shots.put(next);
    }
  }

  @Test
  void whatWaitsCanStillBeTakenAfterTheEnd() throws InterruptedException {
    shots.put(shots.blank());
    shots.end();
    assertThat(shots.hasEnded()).isFalse();
    assertThat(shots.take(Long.MAX_VALUE)).isNotNull();
    assertThat(shots.hasEnded()).isTrue();
    assertThat(shots.take(Long.MAX_VALUE)).isNull();
  }
}
