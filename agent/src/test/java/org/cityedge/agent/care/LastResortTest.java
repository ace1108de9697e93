package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastResortTest {
  private final List<Integer> exits = new ArrayList<>();

  private void end(Runnable work) throws InterruptedException {
    Thread thread = Thread.ofPlatform().name("loop").unstarted(work);
    thread.setUncaughtExceptionHandler(new LastResort(exits::add));
    thread.start();
    thread.join();
  }

  @Test
  void endsTheProcessWhenAnErrorHasEndedAThread() throws InterruptedException {
    end(
        () -> {
          throw new NoClassDefFoundError("org/example/Missing");
        });

    assertThat(exits).containsExactly(LastResort.EXIT);
  }

  @Test
  void goesOnAfterAnException() throws InterruptedException {
    end(
        () -> {
          throw new IllegalStateException("one request");
        });

    assertThat(exits).isEmpty();
  }
}
