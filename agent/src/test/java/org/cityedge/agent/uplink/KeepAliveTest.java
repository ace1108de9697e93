package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.Uplink.LIMIT;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cityedge.agent.testing.Eventually;
import org.junit.jupiter.api.Test;

class KeepAliveTest {
  private static final long HOUR = TimeUnit.HOURS.toMillis(1);

  private final KeepAlive keepAlive = new KeepAlive();

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(KeepAlive.THREAD))
        .count();
  }

  @Test
  void looksWhenTheTimeIsOverAndAgainWhenTheLookAsksForIt() throws InterruptedException {
    CountDownLatch looks = new CountDownLatch(3);
    keepAlive.after(1, new Look(looks));
    assertThat(looks.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    keepAlive.close();
  }

  private final class Look implements Runnable {
    private final CountDownLatch looks;

    Look(CountDownLatch looks) {
      this.looks = looks;
    }

    @Override
    public void run() {
      looks.countDown();
      keepAlive.after(1, this);
    }
  }

  @Test
  void hasOneThreadForOneLookAndNoneAfterItsEnd() {
    long before = threads();
    for (int i = 0; i < 5; i++) {
      keepAlive.after(HOUR, () -> {});
    }
    Eventually.await("one is left", LIMIT, () -> threads() == before + 1);
    keepAlive.close();
    keepAlive.after(HOUR, () -> {});
    Eventually.await("none is left", LIMIT, () -> threads() == before);
  }

  @Test
  void anEndWithinALookDoesNotInterruptIt() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    keepAlive.after(
        0,
        () -> {
          keepAlive.close();
          interrupted.set(Thread.currentThread().isInterrupted());
          done.countDown();
        });
    assertThat(done.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(interrupted).isFalse();
  }
}
