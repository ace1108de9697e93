package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every number is at every time in exactly one place: acknowledged, covered by a receipt, rejected
 * without one (a receipt itself), or waiting. Set {@code -Dbuffer.seed} to repeat a run.
 */
final class RandomOperationsTest {
  private static final int STEPS = 400;

  @TempDir Path folder;
  private final long seed = Long.getLong("buffer.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final BitSet acknowledged = new BitSet();
  private final BitSet rejected = new BitSet();
  private final BitSet evicted = new BitSet();
  private final BitSet rejectedByReceipt = new BitSet();

  @RepeatedTest(3)
  void accountsForEveryNumber() throws Exception {
    System.out.println("buffer.seed=" + seed);
    SqliteEventStore store = open();
    try {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(20)) {
          case 0 -> {
            store.close();
            store = open();
          }
          case 1 -> reject(store);
          case 2, 3, 4 -> acknowledge(store);
          default -> append(store);
        }
        assertThat(store.account().unexplained()).as("seed %d step %d", seed, step).isZero();
      }
      assertThat(store.account().dropped()).as("seed %d evicts", seed).isPositive();
      check(store);
      store.close();
      store = open();
      check(store);
    } finally {
      store.close();
    }
  }

  private void append(SqliteEventStore store) {
    List<Event> events = new ArrayList<>();
    int bytes = random.nextInt(2) == 0 ? 100_000 : 3_000;
    for (int i = random.nextInt(8); i >= 0; i--) {
      events.add(
          event(Events.lane(random.nextInt(4)), "e" + random.nextInt(), random.nextInt(bytes)));
    }
    long before = store.account().appended();
    switch (store.append(events, Map.of())) {
      case Append.Stored stored ->
          assertThat(stored.lastSequence()).isEqualTo(before + events.size());
      case Append.StoredAfterDropping stored -> {
        assertThat(stored.lastSequence())
            .isEqualTo(before + events.size() + stored.receipts().size());
        stored.receipts().forEach(receipt -> cover(evicted, receipt));
      }
      case Append.Refused _ -> assertThat(store.account().appended()).isEqualTo(before);
    }
  }

  private void acknowledge(SqliteEventStore store) {
    List<Settlement> settled = new ArrayList<>();
    for (StoredEvent sent : some(store)) {
      settled.add(new Settlement.Acknowledged(sent.sequence()));
      acknowledged.set((int) sent.sequence());
    }
    store.settle(settled);
  }

  private void reject(SqliteEventStore store) {
    List<Settlement> settled = new ArrayList<>();
    for (StoredEvent sent : some(store)) {
      settled.add(new Settlement.Rejected(sent.sequence(), "0x99"));
      rejected.set((int) sent.sequence());
    }
    store.settle(settled);
  }

  /** Some of the first of a lane, with gaps. */
  private List<StoredEvent> some(SqliteEventStore store) {
    List<StoredEvent> read =
        store.read(Events.lane(random.nextInt(4)), 0, 1 + random.nextInt(12), Long.MAX_VALUE);
    return read.stream().filter(_ -> random.nextInt(4) > 0).toList();
  }

  private void check(SqliteEventStore store) {
    BitSet waiting = new BitSet();
    for (Lane lane : Lane.values()) {
      Events.sequences(store, lane).forEach(n -> waiting.set(n.intValue()));
    }
    Account account = store.account();
    assertThat(waiting.cardinality()).isEqualTo((int) account.waiting());
    assertThat(acknowledged.cardinality()).isEqualTo((int) account.acknowledged());
    assertThat(rejected.cardinality()).isEqualTo((int) account.rejected());
    assertThat(evicted.cardinality()).isEqualTo((int) account.dropped());
    BitSet all = new BitSet();
    for (BitSet part : List.of(waiting, acknowledged, rejected, evicted)) {
      assertThat(all.intersects(part)).as("seed %d, a number in two places", seed).isFalse();
      all.or(part);
    }
    assertThat(all.nextClearBit(1)).as("seed %d", seed).isEqualTo((int) account.appended() + 1);
    rejectedByReceipt.andNot(rejected);
    assertThat(rejectedByReceipt.isEmpty())
        .as("seed %d, only rejected is receipted", seed)
        .isTrue();
  }

  private SqliteEventStore open() throws Exception {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), 8 << 20),
        this::report,
        InstantSource.system());
  }

  private Event report(LossReceipt receipt) {
    switch (receipt.reason()) {
      case REJECTED -> cover(rejectedByReceipt, receipt);
      // Taken from the append's outcome: a refused append takes its evictions back.
      case EVICTED -> {}
      case EXPIRED, CORRUPT -> throw new AssertionError(receipt);
    }
    return Events.receipt(receipt);
  }

  private static void cover(BitSet numbers, LossReceipt receipt) {
    for (LossReceipt.Range range : receipt.ranges()) {
      numbers.set((int) range.first(), (int) range.last() + 1);
    }
  }
}
