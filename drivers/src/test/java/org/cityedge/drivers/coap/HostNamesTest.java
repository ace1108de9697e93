package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostNamesTest {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");

  private final CountDownLatch givesUp = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final HostNames names = new HostNames(this::serve);

  private InetAddress serve(String host) throws UnknownHostException {
    asked.incrementAndGet();
    if (host.equals("odd")) {
      throw new IllegalStateException("of a test");
    }
    if (host.equals("broken")) {
      throw new LinkageError("of a test");
    }
    if (host.startsWith("dead")) {
      try {
        givesUp.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new UnknownHostException(host);
    }
    return ADDRESS;
  }

  private void find(String host) {
    names.find(
        host,
        address -> answers.add(host + " " + address.getHostAddress()),
        reason -> answers.add(host + ": " + reason));
  }

  private String next() throws InterruptedException {
    return String.valueOf(answers.poll(20, TimeUnit.SECONDS));
  }

  @AfterEach
  void close() {
    givesUp.countDown();
    names.close();
  }

  @Test
  void aNameThatNobodyKnowsHoldsUpNoOtherHoweverOftenItIsAskedFor() throws Exception {
    for (int i = 0; i < 20; i++) {
      find("dead-1");
      find("dead-2");
    }
    find("pump.local");
    assertThat(next()).isEqualTo("pump.local 192.0.2.7");
    givesUp.countDown();
    for (int i = 0; i < 40; i++) {
      assertThat(next()).endsWith(": the host name has no address");
    }
    assertThat(asked).as("each name once").hasValue(3);
    find("dead-1");
    assertThat(next()).startsWith("dead-1: ");
  }

  @Test
  void aNameServiceThatFailsItselfLeavesNobodyWaiting() throws Exception {
    for (int i = 0; i < 5; i++) {
      find("odd");
      assertThat(next()).isEqualTo("odd: the host name has no address");
    }
    assertThat(asked).hasValue(5);
  }

  @Test
  void aNameServiceThatIsBrokenLeavesNobodyWaitingEither() throws Exception {
    for (int i = 0; i < 5; i++) {
      find("broken");
      assertThat(next()).isEqualTo("broken: the host name has no address");
    }
    assertThat(asked).hasValue(5);
  }

  /** They wait for the same name, and nobody asks for it again while they do. */
  @Test
  void tellsTheOthersWhateverOneAskerMakesOfTheAnswer() throws Exception {
    find("dead-1");
    names.find(
        "dead-1",
        address -> {},
        reason -> {
          throw new IllegalStateException("of a test");
        });
    find("dead-1");
    givesUp.countDown();
    assertThat(next()).startsWith("dead-1: ");
    assertThat(next()).startsWith("dead-1: ");
  }

  @Test
  void saysSoWhenTooManyWait() throws Exception {
    for (int i = 0; i < 256; i++) {
      find("dead-1");
    }
    find("dead-1");
    assertThat(next()).isEqualTo("dead-1: too many host names wait for the name service");
  }
}
