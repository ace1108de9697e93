package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.cityedge.video.CameraHealth.State;
import org.junit.jupiter.api.Test;

/** All times in seconds, two pictures a second unless said otherwise. */
class CameraWatchTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final double LIT = 0.9;
  private static final double DARK = 0;

  private final CameraWatch watch = new CameraWatch(CameraWatch.Limits.forRate(2), 0);
  private long number;

  @Test
  void isOkFromTheFirstPictureOn() {
    assertThat(watch.state()).isEqualTo(State.STARTING);
    watch.saw(new Look(1, LIT), SECOND);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void tellsAtOnceWhyItCannotStart() {
    watch.failed("user or password refused (401)", SECOND);
    assertThat(watch.state()).isEqualTo(State.LOST);
    assertThat(watch.detail()).isEqualTo("user or password refused (401)");
  }

  @Test
  void isLostWhenNothingComesAtAll() {
    watch.judge(14 * SECOND);
    assertThat(watch.state()).isEqualTo(State.STARTING);
    watch.judge(15 * SECOND);
    assertThat(watch.state()).isEqualTo(State.LOST);
  }

  @Test
  void aShortInterruptionIsNoLoss() {
    live(0, 20);
    watch.failed("the camera cut the connection", 21 * SECOND);
    watch.judge(30 * SECOND);
    assertThat(watch.state()).isEqualTo(State.OK);
    live(31, 40);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void aLossIsNotExplainedByAnInterruptionLongBefore() {
    live(0, 20);
    watch.failed("connection refused", 21 * SECOND);
    live(22, 40);
    watch.judge(60 * SECOND);
    assertThat(watch.state()).isEqualTo(State.LOST);
    assertThat(watch.detail()).isEqualTo("no picture arrives");
  }

  @Test
  void isFoundAgainOnlyAfterPicturesHeld() {
    live(0, 20);
    watch.failed("connection refused", 21 * SECOND);
    watch.judge(40 * SECOND);
    assertThat(watch.state()).isEqualTo(State.LOST);
    live(41, 43);
    assertThat(watch.state()).isEqualTo(State.LOST);
    live(43, 45);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void aCameraThatFlapsStaysLost() {
    watch.failed("connection refused", 0);
    for (int s = 1; s < 300; s += 10) {
      live(s, s + 2);
      watch.failed("the camera cut the connection", (s + 3) * SECOND);
      assertThat(watch.state()).isEqualTo(State.LOST);
    }
  }

  @Test
  void isFrozenWhenTheSamePicturesComeBack() {
    live(0, 20);
    // An encoder fed with one picture repeats the few pictures of its group.
    for (int i = 40; i <= 200; i++) {
      watch.saw(new Look(i % 30, LIT), i * SECOND / 2);
    }
    assertThat(watch.state()).isEqualTo(State.FROZEN);
    live(101, 102);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void anInterruptionDoesNotCountAsFrozen() {
    live(0, 20);
    watch.saw(new Look(number, LIT), 20 * SECOND);
    watch.failed("the camera cut the connection", 21 * SECOND);
    watch.judge(90 * SECOND);
    watch.saw(new Look(number, LIT), 91 * SECOND);
    watch.saw(new Look(number, LIT), 95 * SECOND);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void isBlackAfterTenDarkSecondsAndLitAgainAfterThree() {
    live(0, 20);
    show(20, 29, DARK);
    assertThat(watch.state()).isEqualTo(State.OK);
    show(29, 31, DARK);
    assertThat(watch.state()).isEqualTo(State.BLACK);
    show(31, 33, LIT);
    assertThat(watch.state()).isEqualTo(State.BLACK);
    show(33, 35, LIT);
    assertThat(watch.state()).isEqualTo(State.OK);
  }

  @Test
  void aFlashInTheDarkIsNoLight() {
    show(0, 15, DARK);
    assertThat(watch.state()).isEqualTo(State.BLACK);
    for (int s = 15; s < 60; s += 3) {
      show(s, s + 1, LIT);
      show(s + 1, s + 3, DARK);
      assertThat(watch.state()).isEqualTo(State.BLACK);
    }
  }

  private void live(long from, long to) {
    show(from, to, LIT);
  }

  private void show(long from, long to, double bright) {
    for (long t = from * SECOND; t <= to * SECOND; t += SECOND / 2) {
      watch.saw(new Look(1000 + ++number, bright), t);
    }
  }
}
