package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.cityedge.agent.uplink.Signals.Appended;
import org.cityedge.agent.uplink.Signals.Lost;
import org.cityedge.agent.uplink.Signals.Puback;
import org.junit.jupiter.api.Test;

class SignalsTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(1);

  private final Signals signals = new Signals();

  private void answer(int count) {
    for (int tag = 1; tag <= count; tag++) {
      signals.put(new Puback(1, tag, 0));
    }
  }

  @Test
  void fewAnswersDoNotEndTheWaitButTheTimeDoes() throws Exception {
    assertThat(signals.take(0, 3)).isNull();
    answer(2);
    long start = System.nanoTime();
    assertThat(signals.take(20_000_000, 3)).isEqualTo(new Puback(1, 1, 0));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(19_000_000);
    assertThat(signals.poll()).isEqualTo(new Puback(1, 2, 0));
  }

  @Test
  void enoughAnswersEndTheWaitAtOnce() throws Exception {
    Thread later = Thread.ofVirtual().start(() -> answer(5));
    assertThat(signals.take(LONG, 5)).isEqualTo(new Puback(1, 1, 0));
    later.join();
  }

  @Test
  void anAppendEndsTheWaitWhateverIsOwed() throws Exception {
    Thread later = Thread.ofVirtual().start(signals::appended);
    assertThat(signals.take(LONG, 1000)).isEqualTo(new Appended());
    later.join();
  }

  @Test
  void answersComeBeforeTheEndThatFollowedThem() throws Exception {
    assertThat(signals.take(0, 10)).isNull();
    answer(2);
    Lost end = new Lost(1, MqttLink.Loss.NETWORK, "reset");
    signals.put(end);
    assertThat(signals.take(LONG, 10)).isEqualTo(new Puback(1, 1, 0));
    assertThat(signals.poll()).isEqualTo(new Puback(1, 2, 0));
    assertThat(signals.poll()).isEqualTo(end);
    assertThat(signals.poll()).isNull();
  }
}
