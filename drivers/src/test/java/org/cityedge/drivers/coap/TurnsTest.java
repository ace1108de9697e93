package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private final Turns turns = new Turns();

  private Turns.Seat seat(LongSupplier turn, Runnable end) {
    Turns.Seat seat =
        turns.seat(
            new Turns.Turn() {
              @Override
              public long take() {
                return turn.getAsLong();
              }

              @Override
              public void end() {
                end.run();
              }
            });
    seat.take();
    return seat;
  }

  private Turns.Seat seat(LongSupplier turn) {
    return seat(turn, () -> {});
  }

  private static void acquire(Semaphore semaphore, int permits) {
    try {
      assertThat(semaphore.tryAcquire(permits, 30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void givesATurnWhenItIsCalledAndWhenItsTimeHasCome() {
    Semaphore taken = new Semaphore(0);
    AtomicInteger count = new AtomicInteger();
    Turns.Seat seat =
        seat(
            () -> {
              taken.release();
              // The second one wants a third soon, the third none.
              return count.incrementAndGet() == 2 ? Duration.ofMillis(5).toNanos() : HOUR;
            });
    seat.call();
    acquire(taken, 1);
    seat.call();
    acquire(taken, 2);
    seat.leave();
    assertThat(count).hasValue(3);
  }

  @Test
  void takesEverythingInOrderOneTurnAtATimeAndOverlooksNobody() throws InterruptedException {
    int each = 20_000;
    AtomicInteger within = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger offered = new AtomicInteger();
    List<Integer> seen = new ArrayList<>(); // confined to the turns
    CountDownLatch all = new CountDownLatch(1);
    Turns.Seat seat =
        seat(
            () -> {
              most.accumulateAndGet(within.incrementAndGet(), Math::max);
              seen.add(offered.get());
              if (seen.getLast() == 2 * each) {
                all.countDown();
              }
              within.decrementAndGet();
              return HOUR;
            });
    Runnable caller =
        () -> {
          for (int i = 0; i < each; i++) {
            offered.incrementAndGet();
            seat.call();
          }
        };
    Thread one = Thread.ofPlatform().start(caller);
    Thread other = Thread.ofPlatform().start(caller);
    one.join();
    other.join();
    assertThat(all.await(30, TimeUnit.SECONDS)).as("the last call brought a turn").isTrue();
    seat.leave();
    assertThat(most).as("turns at a time").hasValue(1);
    assertThat(seen).isSorted();
  }

  @Test
  void goesOnWithTheOthersWhileSeveralAreStuck() {
    Semaphore free = new Semaphore(0);
    Semaphore stuck = new Semaphore(0);
    List<Turns.Seat> slow = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      slow.add(
          seat(
              () -> {
                stuck.release();
                acquire(free, 1);
                return HOUR;
              }));
      slow.getLast().call();
    }
    acquire(stuck, 5);
    Semaphore taken = new Semaphore(0);
    Turns.Seat quick =
        seat(
            () -> {
              taken.release();
              return HOUR;
            });
    quick.call();
    acquire(taken, 1);
    quick.leave();
    free.release(1000);
    slow.forEach(Turns.Seat::leave);
  }

  @Test
  void endsWithALastTurnAlsoWhenOneFailedAndBeginsAnewAfterEverybodyLeft() {
    for (int round = 0; round < 3; round++) {
      Semaphore taken = new Semaphore(0);
      AtomicInteger ends = new AtomicInteger();
      Turns.Seat seat =
          seat(
              () -> {
                taken.release();
                throw new IllegalArgumentException("a turn that fails in the test");
              },
              ends::incrementAndGet);
      seat.call();
      acquire(taken, 2);
      seat.leave();
      seat.leave();
      assertThat(ends).hasValue(1);
    }
  }

  @Test
  void leavesFromWithinATurnWithoutWaiting() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    List<Turns.Seat> self = new ArrayList<>();
    self.add(
        seat(
            () -> {
              self.getFirst().leave();
              return HOUR;
            },
            ended::countDown));
    self.getFirst().call();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void isTakenOnceAndLeftAlsoBefore() {
    Turns.Seat never =
        turns.seat(
            new Turns.Turn() {
              @Override
              public long take() {
                throw new AssertionError("nobody called");
              }

              @Override
              public void end() {
                throw new AssertionError("it was never taken");
              }
            });
    never.leave();
    Turns.Seat seat = seat(() -> HOUR);
    assertThatIllegalStateException().isThrownBy(seat::take);
    seat.leave();
  }
}
