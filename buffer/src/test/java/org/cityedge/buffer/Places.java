package org.cityedge.buffer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where each number must be, as a store's answers tell it: the model that random runs compare a
 * store with.
 */
final class Places {
  private static final byte[] NONE = {};

  private record Waiter(Lane lane, String id, boolean receipt) {}

  private final TreeMap<Long, Waiter> waiting = new TreeMap<>();
  private final BitSet acknowledged = new BitSet();
  private final BitSet rejected = new BitSet();
  private final BitSet evicted = new BitSet();

  /** As last written; an empty one is deleted. */
  private final Map<String, byte[]> notes = new HashMap<>();

  private long appended;
  private long boots;

  Places copy() {
    Places copy = new Places();
    copy.waiting.putAll(waiting);
    copy.acknowledged.or(acknowledged);
    copy.rejected.or(rejected);
    copy.evicted.or(evicted);
    copy.notes.putAll(notes);
    copy.appended = appended;
    copy.boots = boots;
    return copy;
  }

  void opened() {
    boots++;
  }

  void stored(List<Event> events, Map<String, byte[]> withNotes) {
    events.forEach(event -> wait(event, false));
    notes.putAll(withNotes);
  }

  /** Oldest first, never a receipt, and in the order of the lanes' worth. */
  void evicted(List<LossReceipt> receipts, Lane incoming) {
    for (LossReceipt receipt : receipts) {
      assertThat(Room.evictable(incoming)).contains(receipt.lane());
      for (LossReceipt.Range range : receipt.ranges()) {
        for (long n = range.first(); n <= range.last(); n++) {
          Waiter gone = waiting.remove(n);
          assertThat(gone).as("evicted %d", n).isNotNull();
          assertThat(gone.lane()).isEqualTo(receipt.lane());
          assertThat(gone.receipt()).as("%d is a receipt", n).isFalse();
          evicted.set((int) n);
        }
      }
      long last = receipt.ranges().getLast().last();
      assertThat(expendable(receipt.lane()))
          .as("older than dropped %d", last)
          .noneMatch(n -> n < last);
      for (Lane cheaper : Room.evictable(incoming)) {
        if (cheaper == receipt.lane()) {
          break;
        }
        assertThat(expendable(cheaper)).as("worth less than %s", receipt.lane()).isEmpty();
      }
      wait(Events.receipt(receipt), true);
    }
  }

  private List<Long> expendable(Lane lane) {
    List<Long> numbers = new ArrayList<>();
    waiting.forEach(
        (number, waiter) -> {
          if (waiter.lane() == lane && !waiter.receipt()) {
            numbers.add(number);
          }
        });
    return numbers;
  }

  void acknowledged(List<Long> numbers) {
    for (Long number : numbers) {
      waiting.remove(number);
      acknowledged.set(number.intValue());
    }
  }

  /** Each rejected event must be covered by one of the receipts, a rejected receipt by none. */
  void rejected(List<Long> numbers, List<LossReceipt> receipts) {
    BitSet owed = new BitSet();
    for (Long number : numbers) {
      Waiter gone = waiting.remove(number);
      assertThat(gone).as("rejected %d", number).isNotNull();
      owed.set(number.intValue(), !gone.receipt());
      rejected.set(number.intValue());
    }
    BitSet covered = new BitSet();
    for (LossReceipt receipt : receipts) {
      for (LossReceipt.Range range : receipt.ranges()) {
        covered.set((int) range.first(), (int) range.last() + 1);
      }
      wait(Events.receipt(receipt), true);
    }
    assertThat(covered).isEqualTo(owed);
  }

  private void wait(Event event, boolean receipt) {
    waiting.put(++appended, new Waiter(event.lane(), event.id(), receipt));
  }

  /** Compares everything that a store can be asked. */
  void check(EventStore store) throws IOException {
    Account account = store.account();
    assertThat(account.unexplained()).as("unexplained of %s", account).isZero();
    assertThat(account.appended()).isEqualTo(appended);
    assertThat(account.acknowledged()).isEqualTo(acknowledged.cardinality());
    assertThat(account.rejected()).isEqualTo(rejected.cardinality());
    assertThat(account.dropped()).isEqualTo(evicted.cardinality());
    assertThat(store.boot()).isEqualTo(boots);
    for (Map.Entry<String, byte[]> note : notes.entrySet()) {
      assertThat(store.note(note.getKey()).orElse(NONE)).isEqualTo(note.getValue());
    }

    Map<Lane, Account.Waiting> sums = new EnumMap<>(Lane.class);
    BitSet rows = new BitSet();
    for (Lane lane : Lane.values()) {
      Account.Waiting sum = Account.Waiting.NONE;
      for (StoredEvent row : Events.all(store, lane)) {
        Waiter waiter =
            requireNonNull(waiting.get(row.sequence()), () -> "no such row: " + row.sequence());
        assertThat(new Waiter(lane, row.event().id(), waiter.receipt())).isEqualTo(waiter);
        rows.set((int) row.sequence());
        long oldest = sum.events() == 0 ? row.sequence() : sum.oldest();
        sum =
            new Account.Waiting(
                sum.events() + 1,
                sum.bytes() + row.event().octets(),
                oldest,
                account.waiting(lane).age());
      }
      sums.put(lane, sum);
    }
    assertThat(account.lanes()).isEqualTo(sums);
    eachInOnePlace(rows);
  }

  private void eachInOnePlace(BitSet rows) {
    BitSet all = new BitSet();
    for (BitSet place : List.of(rows, acknowledged, rejected, evicted)) {
      assertThat(all.intersects(place)).as("a number in two places").isFalse();
      all.or(place);
    }
    assertThat(all.nextClearBit(1)).as("first number nowhere").isEqualTo((int) appended + 1);
    assertThat(all.cardinality()).isEqualTo((int) appended);
  }
}
