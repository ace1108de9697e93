package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListeningTest {
  private static final InetAddress FIRST = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress SECOND = InetAddress.ofLiteral("192.0.2.2");

  /** What the interface has; its reader takes a turn at each look. */
  private final Semaphore looks = new Semaphore(0);

  private volatile List<InetAddress> has = List.of();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private final Listening listening =
      new Listening(
          new PageConfig.Listen("eth1", 8080), this::addresses, this::open, Duration.ofMillis(1));

  private List<InetAddress> addresses(String host) throws IOException {
    looks.acquireUninterruptibly();
    if (has.isEmpty()) {
      throw new IOException("the interface " + host + " has no address yet");
    }
    return has;
  }

  private Listening.Server open(InetAddress address) {
    seen.add("open " + address.getHostAddress());
    return () -> seen.add("close " + address.getHostAddress());
  }

  /** The same as the interface has them, for two looks at least: one may be under way. */
  private void interfaceHas(InetAddress... addresses) {
    has = List.of(addresses);
    looks.release(2);
  }

  private void expect(String... events) throws InterruptedException {
    for (String event : events) {
      assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo(event);
    }
  }

  @AfterEach
  void end() {
    looks.release(1_000);
    listening.close();
  }

  @Test
  void followsTheInterfaceToItsNextAddress() throws Exception {
    listening.start();
    interfaceHas();
    interfaceHas(FIRST);
    expect("open 192.0.2.1");
    interfaceHas(SECOND);
    expect("close 192.0.2.1", "open 192.0.2.2");
    listening.close();
    expect("close 192.0.2.2");
    assertThat(seen).isEmpty();
  }

  @Test
  void staysWhereItIsWhileTheInterfaceHasThatAddressOrNone() throws Exception {
    listening.start();
    interfaceHas(FIRST);
    expect("open 192.0.2.1");
    interfaceHas();
    interfaceHas(SECOND, FIRST);
    interfaceHas(FIRST);
    interfaceHas(SECOND);
    expect("close 192.0.2.1", "open 192.0.2.2");
  }
}
