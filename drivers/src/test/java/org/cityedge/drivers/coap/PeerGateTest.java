package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PeerGateTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // wraps within the test
  private final PeerGate gate = new PeerGate(now::get, 10);

  private static InetAddress peer(int number) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number});
  }

  private int admitted(InetAddress peer, int packets) {
    int admitted = 0;
    for (int i = 0; i < packets; i++) {
      if (gate.admits(peer)) {
        admitted++;
      }
    }
    return admitted;
  }

  @Test
  void admitsABurstOfTwoSecondsAndThenTheRate() throws UnknownHostException {
    assertThat(admitted(peer(1), 100)).isEqualTo(20);
    now.addAndGet(SECOND);
    assertThat(admitted(peer(1), 100)).isEqualTo(10);
    now.addAndGet(100 * SECOND);
    assertThat(admitted(peer(1), 100)).isEqualTo(20);
    assertThat(gate.takeDropped()).isEqualTo(250);
    assertThat(gate.takeDropped()).isZero();
  }

  @Test
  void doesNotMakeOnePeerPayForAnother() throws UnknownHostException {
    admitted(peer(1), 1000);
    assertThat(admitted(peer(2), 20)).isEqualTo(20);
  }

  @Test
  void remembersTheFloodingPeerAmongAThousandOthers() throws UnknownHostException {
    admitted(peer(1), 100);
    for (int i = 2; i < 1000; i++) {
      assertThat(gate.admits(peer(i))).isTrue();
    }
    assertThat(gate.admits(peer(1))).isFalse();
  }
}
