package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Random runs of append, settle, evict, restart, kill and power cut. After every step the store
 * holds exactly what its answers promised: each number is in exactly one place (waiting,
 * acknowledged, rejected, evicted), and {@code waiting before + appended = acknowledged + rejected
 * + evicted + waiting now} (architecture.md §3).
 *
 * <p>After a kill everything that was answered is there. After a power cut in the middle of an
 * operation everything answered before it is there, and of the operation itself all when its last
 * byte had reached the disk, else nothing: not a row, not a number, not a note.
 *
 * <p>Set {@code -Dbuffer.seed} to repeat a run.
 */
final class RandomOperationsTest {
  private static final int STEPS = 200;

  /** In memory where the machine has such a disk: what a power cut leaves is made here, not met. */
  static final class QuickDisk implements TempDirFactory {
    private static final Path MEMORY = Path.of("/dev/shm");

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
        throws IOException {
      return Files.isWritable(MEMORY)
          ? Files.createTempDirectory(MEMORY, "cityedge")
          : Files.createTempDirectory("cityedge");
    }
  }

  @TempDir(factory = QuickDisk.class)
  Path folder;

  private final long seed = Long.getLong("buffer.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<LossReceipt> rejections = new ArrayList<>();
  private Places places = new Places();
  private int undone;

  @RepeatedTest(3)
  void theFileAccountsForEveryNumber() throws Exception {
    accountsForEveryNumber(new Disk.Sqlite(folder));
  }

  @RepeatedTest(6)
  void theMemoryAccountsForEveryNumber() throws Exception {
    accountsForEveryNumber(new Disk.Memory(new MemoryEventStore.Contents()));
  }

  private void accountsForEveryNumber(Disk first) throws Exception {
    System.out.println("buffer.seed=" + seed);
    Disk disk = first;
    EventStore store = open(disk);
    int step = 0;
    try {
      for (; step < STEPS; step++) {
        Account before = store.account();
        switch (random.nextInt(24)) {
          case 0 -> {
            store.close();
            store = open(disk);
          }
          case 1 -> {
            Disk left = disk.copy();
            store.close();
            disk = left;
            store = open(disk);
          }
          case 2, 3, 4 -> {
            Disk from = disk.copy();
            Places was = places.copy();
            operate(store);
            Disk.Torn left = from.torn(disk.copy(), random);
            if (!left.done()) {
              places = was;
              undone++;
            }
            store.close();
            disk = left.disk();
            store = open(disk);
          }
          default -> operate(store);
        }
        places.check(store);
        balances(before, store.account());
      }
      assertThat(store.account().dropped()).as("the cap was reached").isPositive();
      assertThat(undone).as("power cuts that undid an operation").isPositive();
    } catch (Throwable e) {
      throw new AssertionError("buffer.seed=%d step %d: %s".formatted(seed, step, e), e);
    } finally {
      store.close();
    }
  }

  private EventStore open(Disk disk) throws Exception {
    EventStore store = disk.open(this::report);
    places.opened();
    return store;
  }

  /** One transaction. */
  private void operate(EventStore store) {
    switch (random.nextInt(12)) {
      case 0 -> reject(store);
      case 1, 2 -> acknowledge(store);
      default -> append(store);
    }
  }

  private static void balances(Account before, Account now) {
    assertThat(before.waiting() + now.appended() - before.appended())
        .isEqualTo(
            now.acknowledged()
                - before.acknowledged()
                + now.rejected()
                - before.rejected()
                + now.dropped()
                - before.dropped()
                + now.waiting());
  }

  private void append(EventStore store) {
    List<Event> events = new ArrayList<>();
    int bytes = random.nextInt(3) > 0 ? 100_000 : 3_000;
    for (int i = random.nextInt(8); i >= 0; i--) {
      events.add(
          event(Events.lane(random.nextInt(4)), "e" + random.nextInt(), random.nextInt(bytes)));
    }
    Lane urgent = events.stream().map(Event::lane).min(Lane::compareTo).orElseThrow();
    Map<String, byte[]> notes = notes();
    switch (store.append(events, notes)) {
      case Append.Stored _ -> places.stored(events, notes);
      case Append.StoredAfterDropping stored -> {
        places.evicted(stored.receipts(), urgent);
        places.stored(events, notes);
      }
      case Append.Refused refused ->
          assertThat(refused.reason()).startsWith("event store full").endsWith(urgent.toString());
    }
  }

  /** None, new, changed or deleted. */
  private Map<String, byte[]> notes() {
    if (random.nextInt(4) > 0) {
      return Map.of();
    }
    byte[] note = new byte[random.nextInt(3) * 5_000];
    random.nextBytes(note);
    return Map.of("note-" + random.nextInt(3), note);
  }

  private void acknowledge(EventStore store) {
    List<Long> numbers = some(store);
    store.settle(numbers.stream().map(Settlement.Acknowledged::new).toList());
    places.acknowledged(numbers);
  }

  private void reject(EventStore store) {
    List<Long> numbers = some(store);
    rejections.clear();
    store.settle(numbers.stream().map(n -> new Settlement.Rejected(n, "0x99")).toList());
    places.rejected(numbers, List.copyOf(rejections));
  }

  /** Some of the first of a lane, with gaps. */
  private List<Long> some(EventStore store) {
    return store
        .read(Events.lane(random.nextInt(4)), 0, 1 + random.nextInt(12), Long.MAX_VALUE)
        .stream()
        .filter(_ -> random.nextInt(4) > 0)
        .map(StoredEvent::sequence)
        .toList();
  }

  private Event report(LossReceipt receipt) {
    switch (receipt.reason()) {
      case REJECTED -> rejections.add(receipt);
      // Taken from the append's outcome: a refused append takes its evictions back.
      case EVICTED -> {}
      case EXPIRED, CORRUPT -> throw new AssertionError(receipt);
    }
    return Events.receipt(receipt);
  }
}
