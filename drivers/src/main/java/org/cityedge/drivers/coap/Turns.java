package org.cityedge.drivers.coap;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives many sensors their turns on few threads: one sensor has one turn at a time, when it is
 * called or when its time has come, and takes then whatever waits for it. A thread for each sensor
 * would be woken by every message, which costs more than to read one.
 *
 * <pre>
 *   call ──► ready ──► worker: turn ──► wants the next one in n nanoseconds
 *              ▲                                       │
 *              └────────── watcher: is it due? ◄───────┘
 * </pre>
 *
 * <p>One worker is the rule. While its turn lasts, the sink waiting for a disk perhaps, and others
 * wait for theirs, the watcher starts another one after 20 to 40 ms, and so on: no more than there
 * are sensors, since each is in another's turn. The threads end when everybody has left. Safe for
 * use by several threads.
 */
final class Turns {
  private static final Logger log = LoggerFactory.getLogger(Turns.class);

  /** How long others wait behind one turn, and by how much a turn may come late. */
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  private static final long FAR_NANOS = Duration.ofDays(365).toNanos();

  /**
   * A worker that has nothing left looks again after this time, or when so many wait, before it
   * sleeps: whoever is called meanwhile wakes nobody, and a burst costs one wake. What comes after
   * silence is not held.
   */
  private static final long GATHER_NANOS = 500_000;

  private static final int GATHER_MOST = 32;

  /** What a sensor does when its turn has come. */
  interface Turn {
    /** Returns in how many nanoseconds the next one is wanted. */
    long take();

    /** The last one. */
    void end();
  }

  private enum State {
    IDLE,
    READY,
    AT_WORK,
    /** At work, and called meanwhile. */
    AGAIN
  }

  private final Set<Seat> seats = ConcurrentHashMap.newKeySet();
  private final Queue<Seat> ready = new ConcurrentLinkedQueue<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition called = lock.newCondition(); // a worker sleeps
  private final Condition looking = lock.newCondition(); // the watcher sleeps

  /** Called since a worker had nothing left. */
  private final AtomicInteger gathered = new AtomicInteger();

  // guarded by lock
  private @Nullable Thread watcher;
  private int workers;
  private boolean resting;

  // written under the lock: whom a call has to wake
  private volatile boolean workerSleeps;
  private volatile boolean watcherSleeps;

  /** Nobody wants a turn earlier without having been called; written under the lock. */
  private volatile long dueNanos = System.nanoTime() + FAR_NANOS;

  /** Set with each turn, cleared by the watcher. */
  private volatile boolean getsOn;

  /** Not taken yet. */
  Seat seat(Turn turn) {
    return new Seat(turn);
  }

  /** A place for one sensor. */
  final class Seat {
    private final Turn turn;
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
    private final CountDownLatch left = new CountDownLatch(1);
    private final AtomicBoolean taken = new AtomicBoolean();
    private volatile boolean leaves;
    private volatile @Nullable Thread worker;
    private volatile long wantedNanos;

    private Seat(Turn turn) {
      this.turn = turn;
    }

    /**
     * The first {@link #call} brings the first turn, {@link #leave} the last one.
     *
     * @throws IllegalStateException when it was taken before
     */
    void take() {
      if (!taken.compareAndSet(false, true)) {
        throw new IllegalStateException("started already");
      }
      wantedNanos = System.nanoTime() + FAR_NANOS;
      add(this);
    }

    /** Asks for a turn soon, from any thread; never blocks for long. */
    void call() {
      State before = state.getAndUpdate(Seat::called);
      if (before == State.IDLE) {
        line(this);
      }
    }

    private static State called(State now) {
      return switch (now) {
        case IDLE, READY -> State.READY;
        case AT_WORK, AGAIN -> State.AGAIN;
      };
    }

    /** Waits until the last turn is over; not when called within a turn, which that one follows. */
    void leave() {
      if (!taken.get()) {
        return;
      }
      leaves = true;
      call();
      if (worker == Thread.currentThread()) {
        return;
      }
      try {
        left.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void serve() {
      state.set(State.AT_WORK);
      worker = Thread.currentThread();
      boolean last = leaves;
      long wanted = LOOK_NANOS;
      try {
        if (last) {
          turn.end();
        } else {
          wanted = turn.take();
        }
      } catch (RuntimeException e) {
        log.error("A sensor's turn failed; its next one comes.", e);
      } finally {
        worker = null;
        if (last) {
          remove(this); // and stays at work for ever
          left.countDown();
        } else {
          wantedNanos = System.nanoTime() + wanted;
          if (wantedNanos - dueNanos < 0) {
            advance(wantedNanos);
          }
          if (!state.compareAndSet(State.AT_WORK, State.IDLE)) {
            state.set(State.READY);
            line(this);
          }
        }
      }
    }
  }

  private void add(Seat seat) {
    lock.lock();
    try {
      seats.add(seat);
      if (watcher == null) {
        watcher = Thread.ofPlatform().name("coap-watcher").daemon().start(this::watch);
      }
    } finally {
      lock.unlock();
    }
  }

  private void line(Seat seat) {
    ready.add(seat);
    if (gathered.incrementAndGet() == GATHER_MOST || workerSleeps || watcherSleeps) {
      wake();
    }
  }

  private void remove(Seat seat) {
    seats.remove(seat);
    if (seats.isEmpty()) {
      wake(); // to end
    }
  }

  private void wake() {
    lock.lock();
    try {
      workerSleeps = false;
      called.signal();
      if (watcherSleeps) {
        watcherSleeps = false;
        looking.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  // Workers

  private void work() {
    try {
      while (true) {
        Seat seat = ready.poll();
        if (seat != null) {
          if (!getsOn) {
            getsOn = true; // not each time, since callers read what lies beside it
          }
          seat.serve();
        } else if (!rest()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      lock.lock();
      try {
        workers--;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether to look again: one worker that rests is enough. */
  private boolean rest() throws InterruptedException {
    lock.lock();
    try {
      if (resting || seats.isEmpty()) {
        return false;
      }
      resting = true;
      try {
        gathered.set(0);
        long left = GATHER_NANOS;
        while (left > 0 && gathered.get() < GATHER_MOST && !seats.isEmpty()) {
          left = called.awaitNanos(left);
        }
        workerSleeps = true; // before the last look, so that nobody is overlooked
        while (workerSleeps && ready.isEmpty() && !seats.isEmpty()) {
          called.await();
        }
      } finally {
        workerSleeps = false;
        resting = false;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  // The watcher

  private void watch() {
    lock.lock();
    try {
      boolean waited = false;
      while (!seats.isEmpty()) {
        watcherSleeps = true; // before the look, so that nobody is overlooked
        if (dueNanos - System.nanoTime() <= 0) {
          callDue();
        }
        boolean wait = !ready.isEmpty();
        if (workers == 0 || (wait && waited && !getsOn)) {
          Thread.ofPlatform().name("coap-sensors").daemon().start(this::work);
          workers++;
        }
        waited = wait;
        boolean busy = wait || getsOn;
        getsOn = false;
        watcherSleeps = !busy; // while it looks at them every 20 ms, no call needs to wake it
        long left = dueNanos - System.nanoTime();
        looking.awaitNanos(busy ? Math.min(left, LOOK_NANOS) : left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // not ours: whoever interrupts wants the thread to end
    } finally {
      watcher = null;
      watcherSleeps = false;
      lock.unlock();
    }
  }

  /** Calls whoever is due. */
  private void callDue() {
    long now = System.nanoTime();
    dueNanos = now + FAR_NANOS; // before the look, so that whoever wants a turn sooner says so
    for (Seat seat : seats) {
      if (seat.wantedNanos - now <= 0) {
        seat.call();
      } else if (seat.wantedNanos - dueNanos < 0) {
        dueNanos = seat.wantedNanos;
      }
    }
  }

  private void advance(long wantedNanos) {
    lock.lock();
    try {
      if (wantedNanos - dueNanos < 0) {
        dueNanos = wantedNanos;
        looking.signal();
      }
    } finally {
      lock.unlock();
    }
  }
}
