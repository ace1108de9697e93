package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Ladder.Step.NEW_CLIENT;
import static org.cityedge.agent.uplink.Ladder.Step.NEXT_BROKER;
import static org.cityedge.agent.uplink.Ladder.Step.RESTART;
import static org.cityedge.agent.uplink.Ladder.Step.RESUBSCRIBE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.uplink.MqttLink.Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LadderTest {
  private static final Duration STALL = Duration.ofSeconds(30);

  private int asked;

  private Ladder ladder(int brokers, boolean restarts) {
    return new Ladder(
        STALL,
        brokers,
        () -> {
          asked++;
          return restarts;
        });
  }

  private static List<Ladder.Step> climb(Ladder ladder, int steps) {
    List<Ladder.Step> taken = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      taken.add(ladder.stalled(true));
    }
    return taken;
  }

  /** kura#2163, paho.mqtt.java#348, iotedge#7123: connected, and only a restart helped. */
  @Test
  void climbsStepByStepToTheRestart() {
    assertThat(climb(ladder(2, true), 4))
        .containsExactly(RESUBSCRIBE, NEW_CLIENT, NEXT_BROKER, RESTART);
  }

  @Test
  void triesEveryBrokerBeforeItAsksForARestart() {
    assertThat(climb(ladder(4, true), 6))
        .containsExactly(RESUBSCRIBE, NEW_CLIENT, NEXT_BROKER, NEXT_BROKER, NEXT_BROKER, RESTART);
  }

  @Test
  void leavesOutTheNextBrokerWhenThereIsNone() {
    assertThat(climb(ladder(1, true), 3)).containsExactly(RESUBSCRIBE, NEW_CLIENT, RESTART);
  }

  @Test
  void leavesOutTheSubscriptionWhenThereIsNone() {
    assertThat(ladder(1, true).stalled(false)).isEqualTo(NEW_CLIENT);
  }

  @Test
  void goesOnAroundTheListWhenThereIsToBeNoRestart() {
    assertThat(climb(ladder(2, false), 5))
        .containsExactly(RESUBSCRIBE, NEW_CLIENT, NEXT_BROKER, NEXT_BROKER, NEXT_BROKER);
    assertThat(asked).isEqualTo(2);
    assertThat(climb(ladder(1, false), 4))
        .containsExactly(RESUBSCRIBE, NEW_CLIENT, NEW_CLIENT, NEW_CLIENT);
  }

  @Test
  void asksForOneRestartAtATime() {
    Ladder ladder = ladder(2, true);
    assertThat(climb(ladder, 5)).endsWith(RESTART, NEXT_BROKER);
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void beginsAnewAfterProgress() {
    Ladder ladder = ladder(2, true);
    climb(ladder, 3);
    ladder.progressed();
    assertThat(ladder.patience()).isEqualTo(STALL);
    assertThat(climb(ladder, 4)).containsExactly(RESUBSCRIBE, NEW_CLIENT, NEXT_BROKER, RESTART);
  }

  @Test
  void givesEachStepItsTimeAndTheCheapOneLess() {
    Ladder ladder = ladder(1, true);
    assertThat(ladder.patience()).isEqualTo(STALL);
    ladder.stalled(true);
    assertThat(ladder.patience()).isEqualTo(Duration.ofSeconds(10));
    ladder.stalled(true);
    assertThat(ladder.patience()).isEqualTo(STALL);
  }

  /** kura#4600: a wrong setting led to a reboot; nucleus#1677: a certificate to a removal. */
  @ParameterizedTest
  @EnumSource(
      value = Loss.class,
      names = {"REFUSED", "CERTIFICATE", "CONFIGURATION"})
  void neverRestartsForWhatARestartDoesNotCure(Loss cause) {
    Ladder ladder = ladder(2, true);
    ladder.stalled(true);
    ladder.ended(cause);
    assertThat(climb(ladder, 4)).doesNotContain(RESTART);
    assertThat(asked).isZero();
    ladder.progressed();
    assertThat(climb(ladder, 4)).endsWith(RESTART);
  }

  @Test
  void anOutageClimbsNothing() {
    Ladder ladder = ladder(1, true);
    for (int i = 0; i < 1000; i++) {
      ladder.ended(Loss.NETWORK);
    }
    assertThat(ladder.stalled(true)).isEqualTo(RESUBSCRIBE);
    assertThat(asked).isZero();
  }
}
