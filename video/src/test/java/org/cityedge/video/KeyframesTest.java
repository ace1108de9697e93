package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.cityedge.video.Observation.Kind;
import org.junit.jupiter.api.Test;

/** Times in milliseconds. */
class KeyframesTest {
  private static final long MILLI = 1_000_000;
  private static final Sampling WANTED = Sampling.keyframes(2);
  private static final Sampling WHOLE = Sampling.rate(2);

  private final Keyframes keyframes =
      new Keyframes(WANTED, Keyframes.Limits.of(Cameras.watching(Kind.CROWD)));

  @Test
  void stayWhenOneComesEveryTwoSeconds() {
    assertThat(keyframes.open(0)).isEqualTo(WANTED);
    for (int i = 1; i < 100; i++) {
      keyframes.saw(i * 2_000L * MILLI);
      assertThat(keyframes.judge(i * 2_000L * MILLI)).isEmpty();
    }
  }

  @Test
  void areGivenUpWhenTheyComeTooRarely() {
    keyframes.open(0);
    for (int i = 1; i <= 3; i++) {
      keyframes.saw(i * 4_000L * MILLI);
      assertThat(keyframes.judge(i * 4_000L * MILLI)).isEmpty();
    }
    keyframes.saw(16_000 * MILLI);
    assertThat(keyframes.judge(16_000 * MILLI))
        .hasValueSatisfying(why -> assertThat(why).startsWith("a keyframe every 4.0 s only"));
    assertThat(keyframes.open(16_000 * MILLI)).isEqualTo(WHOLE);
    assertThat(keyframes.isOn()).isFalse();
  }

  @Test
  void smokeNeedsOneASecond() {
    Keyframes smoke = new Keyframes(WANTED, Keyframes.Limits.of(Cameras.watching(Kind.SMOKE)));
    smoke.open(0);
    for (int i = 1; i <= 4; i++) {
      smoke.saw(i * 2_000L * MILLI);
    }
    assertThat(smoke.judge(8_000 * MILLI)).isPresent();
  }

  @Test
  void areGivenUpWhenNoneComes() {
    keyframes.open(0);
    assertThat(keyframes.judge(9_999 * MILLI)).isEmpty();
    assertThat(keyframes.judge(10_000 * MILLI))
        .hasValueSatisfying(why -> assertThat(why).contains("no keyframe for 10 s"));
    assertThat(keyframes.open(10_000 * MILLI)).isEqualTo(WHOLE);
  }

  @Test
  void oneLateKeyframeIsForgiven() {
    keyframes.open(0);
    keyframes.saw(1_000 * MILLI);
    keyframes.saw(2_000 * MILLI);
    keyframes.saw(7_000 * MILLI);
    keyframes.saw(8_000 * MILLI);
    assertThat(keyframes.judge(8_000 * MILLI)).isEmpty();
  }

  @Test
  void areTriedAgainAfterAnHour() {
    keyframes.open(0);
    keyframes.judge(10_000 * MILLI);
    keyframes.open(10_000 * MILLI);
    long hour = Duration.ofHours(1).toNanos();
    assertThat(keyframes.judge(hour)).isEmpty();
    assertThat(keyframes.judge(hour + 10_000 * MILLI)).contains("keyframes are tried again");
    assertThat(keyframes.open(hour + 10_000 * MILLI)).isEqualTo(WANTED);
  }

  @Test
  void sufficeWhereFewerPicturesAreWanted() {
    CameraConfig seldom = Cameras.sampled(Sampling.keyframes(0.2), Kind.CROWD);
    Keyframes few = new Keyframes(seldom.sampling(), Keyframes.Limits.of(seldom));
    few.open(0);
    for (int i = 1; i < 10; i++) {
      few.saw(i * 5_000L * MILLI);
      assertThat(few.judge(i * 5_000L * MILLI + 4_000 * MILLI)).isEmpty();
    }
  }

  @Test
  void areNoMatterWhereNobodyAskedForThem() {
    Keyframes whole = new Keyframes(WHOLE, Keyframes.Limits.of(Cameras.watching(Kind.CROWD)));
    assertThat(whole.open(0)).isEqualTo(WHOLE);
    assertThat(whole.judge(Duration.ofHours(2).toNanos())).isEmpty();
  }
}
