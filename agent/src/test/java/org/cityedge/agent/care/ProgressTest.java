package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Progress progress = new Progress(Duration.ofMinutes(2), nanos::get);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aLoopThatWaitsForWorkIsWellHoweverLong() {
    Turn turn = progress.loop("sensor door-1");
    turn.begin();
    turn.end();
    pass(Duration.ofDays(3));
    assertThat(progress.stuck()).isEmpty();
    pass(Duration.ofDays(3));
    assertThat(progress.stuck()).isEmpty();
  }

  @Test
  void oneThatIsAtTheSamePieceOfWorkForTooLongIsStuckUntilItGoesOn() {
    Turn turn = progress.loop("publisher");
    turn.begin();
    assertThat(progress.stuck()).isEmpty();
    pass(Duration.ofSeconds(119));
    assertThat(progress.stuck()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(progress.stuck()).contains("publisher");
    turn.end();
    assertThat(progress.stuck()).isEmpty();
  }

  @Test
  void oneThatIsBusyAllTheTimeMakesProgressWithEachPiece() {
    Turn turn = progress.loop("sensor pm25-1");
    for (int i = 0; i < 10; i++) {
      turn.begin();
      pass(Duration.ofSeconds(100));
      assertThat(progress.stuck()).isEmpty();
      turn.end();
      turn.begin();
    }
  }

  @Test
  void aCameraThatIsLostAndEndedIsNoReasonToStartTheProcessAgain() {
    Turn turn = progress.loop("camera cam-1");
    turn.beat();
    turn.end();
    for (int i = 0; i < 10; i++) {
      pass(Duration.ofMinutes(10));
      assertThat(progress.stuck()).isEmpty();
    }
  }

  @Test
  void aCameraThatNoLongerBeatsIsStuck() {
    Turn turn = progress.loop("camera cam-1");
    for (int i = 0; i < 20; i++) {
      turn.beat();
      assertThat(progress.stuck()).isEmpty();
      pass(Duration.ofSeconds(10));
    }
    assertThat(progress.stuck()).isEmpty();
    pass(Duration.ofMinutes(2));
    assertThat(progress.stuck()).contains("camera cam-1");
  }
}
