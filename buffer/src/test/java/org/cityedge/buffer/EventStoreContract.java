package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.buffer.Events.all;
import static org.cityedge.buffer.Events.event;
import static org.cityedge.buffer.Events.sequences;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What every event store owes; a store's own test extends it. */
abstract class EventStoreContract extends StoreStage {
  @Nested
  class Appending {
    @Test
    void numbersEventsContiguouslyOverAllLanes() {
      assertThat(append(Lane.TELEMETRY)).isEqualTo(new Append.Stored(1));
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(2));
      Append both =
          store.append(
              List.of(event(Lane.EVIDENCE, "thumb"), event(Lane.TELEMETRY, "t")), Map.of());
      assertThat(both).isEqualTo(new Append.Stored(4));
      assertThat(sequences(store, Lane.TELEMETRY)).containsExactly(1L, 4L);
    }

    @Test
    void givesBackWhatItWasGiven() {
      byte[] bytes = {0, 1, -1, 127};
      Event given = new Event("01JWN8-1", Lane.ALERT, "007", "{\"headline\":\"疑似烟雾\"}", bytes);
      store.append(given);
      StoredEvent got = store.read(Lane.ALERT, 0, 1, 1).getFirst();
      assertThat(got.event()).usingRecursiveComparison().isEqualTo(given);
      assertThat(got.boot()).isEqualTo(store.boot());
    }

    @Test
    void keepsTheNoteOfTheSameAppend() throws Exception {
      byte[] open = "smoke-1".getBytes(StandardCharsets.UTF_8);
      store.append(List.of(event(Lane.ALERT, "a")), Map.of("alerts.open", open));
      reopen();
      assertThat(store.note("alerts.open")).hasValue(open);
      store.append(List.of(event(Lane.ALERT, "b")), Map.of("alerts.open", new byte[0]));
      assertThat(store.note("alerts.open")).isEmpty();
    }

    @Test
    void keepsANoteWithoutAnEvent() throws Exception {
      byte[] owed = "clip-1".getBytes(StandardCharsets.UTF_8);
      store.append(event(Lane.ALERT, "a"));
      assertThat(store.append(List.of(), Map.of("evidence.sending", owed)))
          .isEqualTo(new Append.Stored(1));
      reopen();
      assertThat(store.note("evidence.sending")).hasValue(owed);
      assertThat(store.account().appended()).isEqualTo(1);
      assertThat(store.account().waiting()).isEqualTo(1);
    }

    @Test
    void namesTheNotesThatBeginSo() throws Exception {
      byte[] any = {1};
      store.append(
          List.of(), Map.of("past.b", any, "past.a", any, "pastime", any, "past.c", new byte[0]));
      reopen();
      assertThat(store.noteKeys("past.")).containsExactly("past.a", "past.b");
      assertThat(store.noteKeys("none.")).isEmpty();
    }

    @Test
    void rejectsWhatPassesTheBounds() {
      assertThatThrownBy(() -> store.append(List.of(), Map.of()))
          .hasMessageContaining("at least one event");
      assertThatThrownBy(
              () -> store.append(List.of(event(Lane.ALERT, "a")), Map.of("Bad Key", new byte[1])))
          .hasMessageContaining("\"Bad Key\"");
      List<Event> tooMuch = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        tooMuch.add(event(Lane.EVIDENCE, "e" + i, Event.MAX_PAYLOAD));
      }
      assertThatThrownBy(() -> store.append(tooMuch, Map.of()))
          .hasMessageContaining("at most 1048576 bytes");
      assertThat(store.account().appended()).isZero();
    }

    @Test
    void sharesCommitsAmongManyThreads() throws Exception {
      int threads = 16;
      int each = 25;
      CountDownLatch start = new CountDownLatch(1);
      List<Long> given = new ArrayList<>();
      try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<Long>>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
          Callable<List<Long>> producer = () -> appendMany(start, each);
          all.add(pool.submit(producer));
        }
        start.countDown();
        for (Future<List<Long>> one : all) {
          List<Long> numbers = one.get(60, TimeUnit.SECONDS);
          assertThat(numbers).isSorted();
          given.addAll(numbers);
        }
      }
      assertThat(given).doesNotHaveDuplicates().hasSize(threads * each);
      assertThat(sequences(store, Lane.TELEMETRY)).hasSize(threads * each).isSorted();
      assertThat(store.account().appended()).isEqualTo(given.size());
    }

    private List<Long> appendMany(CountDownLatch start, int count) throws InterruptedException {
      start.await();
      List<Long> numbers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        if (store.append(event(Lane.TELEMETRY, "t" + i)) instanceof Append.Stored stored) {
          numbers.add(stored.lastSequence());
        }
      }
      return numbers;
    }

    @Test
    void keepsWaitingForTheCommitWhenInterrupted() {
      Thread.currentThread().interrupt();
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(1));
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Nested
  class Reading {
    @Test
    void readsTheOldestAboveANumber() {
      append(Lane.TELEMETRY, Lane.ALERT, Lane.TELEMETRY, Lane.TELEMETRY);
      assertThat(store.read(Lane.TELEMETRY, 1, 1, Long.MAX_VALUE))
          .extracting(StoredEvent::sequence)
          .containsExactly(3L);
      assertThat(store.read(Lane.TELEMETRY, 4, 10, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void countsFromTheNewestOfALane() {
      append(Lane.TELEMETRY, Lane.ALERT, Lane.TELEMETRY, Lane.TELEMETRY, Lane.REPORT);
      assertThat(store.newest(Lane.TELEMETRY, 1)).isEqualTo(4);
      assertThat(store.newest(Lane.TELEMETRY, 3)).isEqualTo(1);
      assertThat(store.newest(Lane.TELEMETRY, 4)).isZero();
      store.settle(List.of(new Settlement.Acknowledged(4)));
      assertThat(store.newest(Lane.TELEMETRY, 1)).isEqualTo(3);
      assertThat(store.newest(Lane.EVIDENCE, 1)).isZero();
    }

    @Test
    void stopsAtTheBytesButReadsAtLeastOne() {
      append(Lane.TELEMETRY, Lane.TELEMETRY, Lane.TELEMETRY);
      assertThat(store.read(Lane.TELEMETRY, 0, 10, 1)).hasSize(1);
      assertThat(store.read(Lane.TELEMETRY, 0, 10, 400)).hasSize(2);
    }

    @Test
    void readsAgainWhatWasNotSettled() throws Exception {
      append(Lane.ALERT, Lane.ALERT);
      store.settle(List.of(new Settlement.Acknowledged(1)));
      reopen();
      assertThat(sequences(store, Lane.ALERT)).containsExactly(2L);
    }

    @Test
    void wakesWhoAwaitsTheNextEvent() throws Exception {
      try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
        Future<Long> awaited = pool.submit(() -> store.await(0, Duration.ofMinutes(1)));
        append(Lane.ALERT);
        assertThat(awaited.get(30, TimeUnit.SECONDS)).isEqualTo(1);
      }
      assertThat(store.await(1, Duration.ZERO)).isEqualTo(1);
    }
  }

  @Nested
  class Settling {
    @Test
    void deletesWhatIsAcknowledgedOnce() {
      append(Lane.ALERT, Lane.TELEMETRY, Lane.TELEMETRY, Lane.TELEMETRY);
      List<Settlement> acks =
          List.of(
              new Settlement.Acknowledged(3),
              new Settlement.Acknowledged(1),
              new Settlement.Acknowledged(2),
              new Settlement.Acknowledged(99),
              new Settlement.Acknowledged(0),
              new Settlement.Rejected(-1, "never sent"));
      store.settle(acks);
      store.settle(acks);
      assertThat(store.account().acknowledged()).isEqualTo(3);
      assertThat(sequences(store, Lane.TELEMETRY)).containsExactly(4L);
      assertThat(store.account().waiting(Lane.TELEMETRY).oldest()).isEqualTo(4);
      assertThat(store.account().waiting(Lane.ALERT)).isEqualTo(Account.Waiting.NONE);
    }

    @Test
    void storesAReceiptForWhatIsRejected() {
      append(Lane.TELEMETRY, Lane.TELEMETRY, Lane.ALERT);
      store.settle(
          List.of(
              new Settlement.Rejected(1, "0x99 payload format invalid"),
              new Settlement.Rejected(2, "0x99 payload format invalid"),
              new Settlement.Rejected(2, "again")));
      assertThat(receipts)
          .containsExactly(
              new LossReceipt(Lane.TELEMETRY, Reason.REJECTED, List.of(new Range(1, 2))));
      assertThat(store.account().rejected()).isEqualTo(2);
      assertThat(sequences(store, Lane.REPORT)).containsExactly(4L);
    }

    @Test
    void writesNoReceiptForARejectedReceipt() {
      append(Lane.TELEMETRY);
      store.settle(List.of(new Settlement.Rejected(1, "0x87 not authorized")));
      store.settle(List.of(new Settlement.Rejected(2, "0x87 not authorized")));
      assertThat(store.account().rejected()).isEqualTo(2);
      assertThat(store.account().waiting()).isZero();
    }

    @Test
    void refusesWhatItCannotReceiptAndGoesOn() throws Exception {
      store.close();
      store =
          open(
              folder,
              CAP,
              _ -> {
                throw new IllegalStateException("no words for it");
              });
      append(Lane.ALERT);
      assertThatThrownBy(() -> store.settle(List.of(new Settlement.Rejected(1, "0x99"))))
          .hasMessageContaining("no words for it");
      assertThat(store.trouble()).isPresent();
      store.settle(List.of(new Settlement.Acknowledged(1)));
      assertThat(store.trouble()).isEmpty();
    }
  }

  @Nested
  class Living {
    @Test
    void countsItsBoots() throws Exception {
      long boot = store.boot();
      append(Lane.ALERT);
      reopen();
      assertThat(store.boot()).isEqualTo(boot + 1);
      assertThat(all(store, Lane.ALERT).getFirst().boot()).isEqualTo(boot);
    }

    @Test
    void keepsItsBooksOverAReopening() throws Exception {
      append(Lane.ALERT, Lane.TELEMETRY, Lane.TELEMETRY);
      store.settle(
          List.of(new Settlement.Acknowledged(1), new Settlement.Rejected(2, "0x95 too large")));
      Account before = store.account();
      reopen();
      // All but the age, which goes on.
      assertThat(store.account())
          .usingRecursiveComparison()
          .ignoringFieldsOfTypes(Duration.class)
          .isEqualTo(before);
      assertThat(append(Lane.ALERT)).isEqualTo(new Append.Stored(before.appended() + 1));
    }

    @Test
    void refusesAfterClosing() {
      append(Lane.ALERT);
      store.close();
      store.close();
      assertThat(store.append(event(Lane.ALERT, "late"))).isInstanceOf(Append.Refused.class);
      assertThatThrownBy(() -> store.settle(List.of(new Settlement.Acknowledged(1))))
          .hasMessageContaining("closed");
      assertThatThrownBy(() -> store.read(Lane.ALERT, 0, 1, 1)).hasMessageContaining("closed");
    }

    @Test
    void letsThoseGoWhoAwaitAnEventAndKeepsThoseWhoComeLater() throws Exception {
      try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
        Thread early = awaitsNext(pool);
        store.close();
        assertThat(awaitsNext(pool)).isSameAs(early);
        pool.shutdownNow();
      }
    }

    /** Returns once a thread of the pool waits, which it may do for an hour. */
    private Thread awaitsNext(ExecutorService pool) throws Exception {
      Thread thread = pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
      Future<Long> awaited = pool.submit(() -> store.await(0, Duration.ofHours(1)));
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        assertThat(awaited.isDone()).as("waits").isFalse();
        Thread.onSpinWait();
      }
      return thread;
    }

    @Test
    void hasNoTroubleWhileTheDiskWorks() {
      append(Lane.ALERT);
      assertThat(store.trouble()).isEmpty();
    }
  }
}
