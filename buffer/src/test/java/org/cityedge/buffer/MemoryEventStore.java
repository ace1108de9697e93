package org.cityedge.buffer;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.cityedge.buffer.LossReceipt.Range;
import org.cityedge.buffer.LossReceipt.Reason;
import org.jspecify.annotations.Nullable;

/**
 * An event store without a disk, for tests of what writes to one or reads from one. It keeps the
 * contract of {@link EventStore}: the same bounds, numbers, receipts, order of eviction and books.
 * What it cannot do is outlive the process; its {@link Contents} stand for the file, and opening
 * them again for a restart. Its cap counts rows and not pages.
 */
public class MemoryEventStore implements EventStore {
  private static final long ROW = 128;

  private final Contents contents;
  private final Room room;
  private final long maxBytes;
  private final LossReceipt.Writer receipts;
  private final long boot;

  // Guarded by this.
  private boolean closed;
  private @Nullable String trouble;

  /** A new store under the default cap. */
  public MemoryEventStore(LossReceipt.Writer receipts) {
    this(new Contents(), 512L << 20, receipts);
  }

  /**
   * Opens what an earlier store has left.
   *
   * @param maxBytes cap of all rows, 8 MiB..64 GiB
   * @throws IllegalStateException when the contents are open already
   */
  public MemoryEventStore(Contents contents, long maxBytes, LossReceipt.Writer receipts) {
    this.contents = contents;
    this.maxBytes = maxBytes;
    this.receipts = receipts;
    room = new Room(maxBytes);
    boot = contents.open();
  }

  /** What lasts: the rows and the books. A copy is what a killed process leaves. */
  public static final class Contents {
    private final TreeMap<Long, Row> rows = new TreeMap<>();
    private final Map<String, byte[]> notes = new HashMap<>();
    private final List<String> rejections = new ArrayList<>();
    private long boot;
    private long appended;
    private long acknowledged;
    private long rejected;
    private final Map<Lane, Long> droppedByLane = new EnumMap<>(Lane.class);
    private boolean open;

    private synchronized long open() {
      if (open) {
        throw new IllegalStateException("cannot open event store: it is open already");
      }
      open = true;
      return ++boot;
    }

    private synchronized void close() {
      open = false;
    }

    /** As they are now, open to nobody; not while another thread changes them. */
    public Contents copy() {
      Contents copy = new Contents();
      copy.become(this);
      return copy;
    }

    private void become(Contents other) {
      rows.clear();
      rows.putAll(other.rows);
      notes.clear();
      notes.putAll(other.notes);
      rejections.clear();
      rejections.addAll(other.rejections);
      boot = other.boot;
      appended = other.appended;
      acknowledged = other.acknowledged;
      rejected = other.rejected;
      droppedByLane.clear();
      droppedByLane.putAll(other.droppedByLane);
    }

    private void insert(Event event, boolean receipt) {
      appended++;
      StoredEvent stored = new StoredEvent(appended, boot, event);
      rows.put(appended, new Row(stored, receipt, System.nanoTime()));
    }

    private long bytes() {
      return rows.values().stream().mapToLong(Row::bytes).sum()
          + notes.values().stream().mapToLong(note -> note.length + ROW).sum();
    }
  }

  private record Row(StoredEvent stored, boolean receipt, long storedNanos) {
    Duration age() {
      return Duration.ofNanos(System.nanoTime() - storedNanos);
    }

    Lane lane() {
      return stored.event().lane();
    }

    long bytes() {
      return stored.event().octets() + ROW;
    }
  }

  @Override
  public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
    Request.Appending append = new Request.Appending(events, notes);
    if (closed) {
      return new Append.Refused("the event store is closed");
    }
    if (missing(append) <= 0) {
      return store(append, List.of());
    }
    Contents before = contents.copy();
    try {
      List<LossReceipt> lost = makeRoom(append);
      if (missing(append) > 0) {
        contents.become(before);
        return new Append.Refused(
            "event store full: nothing left that may be dropped for lane " + append.lane());
      }
      return store(append, lost);
    } catch (RuntimeException e) {
      return new Append.Refused(failed(before, e));
    }
  }

  private Append store(Request.Appending append, List<LossReceipt> lost) {
    append.events().forEach(event -> contents.insert(event, false));
    append.notes().forEach(this::write);
    worked();
    return lost.isEmpty()
        ? new Append.Stored(contents.appended)
        : new Append.StoredAfterDropping(contents.appended, lost);
  }

  private void write(String key, byte[] note) {
    if (note.length == 0) {
      contents.notes.remove(key);
    } else {
      contents.notes.put(key, note.clone());
    }
  }

  private List<LossReceipt> makeRoom(Request.Appending append) {
    List<LossReceipt> lost = new ArrayList<>();
    for (Lane lane : Room.evictable(append.lane())) {
      for (long missing = missing(append); missing > 0; missing = missing(append)) {
        Optional<LossReceipt> receipt = evict(lane, Math.max(missing, room.chunk()));
        if (receipt.isEmpty()) {
          break;
        }
        lost.add(receipt.get());
      }
    }
    return lost;
  }

  /** As the file's: a sixteenth of the cap is kept for alerts. */
  private long missing(Request.Appending append) {
    long limit = append.lane() == Lane.ALERT ? maxBytes : maxBytes - maxBytes / 16;
    long need = append.bytes() + ROW * (append.events().size() + append.notes().size());
    return contents.bytes() + need - limit;
  }

  private Optional<LossReceipt> evict(Lane lane, long bytes) {
    List<Long> victims = new ArrayList<>();
    long freed = 0;
    for (Row row : contents.rows.values()) {
      if (row.lane() == lane && !row.receipt()) {
        victims.add(row.stored().sequence());
        freed += row.bytes();
      }
      if (freed >= bytes) {
        break;
      }
    }
    if (victims.isEmpty()) {
      return Optional.empty();
    }
    List<Range> ranges = Range.of(victims);
    LossReceipt receipt =
        new LossReceipt(
            lane,
            Reason.EVICTED,
            ranges.subList(0, Math.min(ranges.size(), LossReceipt.MAX_RANGES)));
    for (Range range : receipt.ranges()) {
      contents.rows.subMap(range.first(), true, range.last(), true).clear();
    }
    contents.droppedByLane.merge(lane, receipt.events(), Long::sum);
    contents.insert(receipts.event(receipt), true);
    return Optional.of(receipt);
  }

  @Override
  public synchronized CompletableFuture<Optional<String>> settling(
      List<? extends Settlement> settlements) {
    if (closed) {
      return CompletableFuture.completedFuture(Optional.of("the event store is closed"));
    }
    Contents before = contents.copy();
    try {
      Map<Lane, SortedSet<Long>> buried = new EnumMap<>(Lane.class);
      settlements.forEach(settlement -> settle(settlement, buried));
      buried.forEach(this::report);
      worked();
      return CompletableFuture.completedFuture(Optional.empty());
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(Optional.of(failed(before, e)));
    }
  }

  private void settle(Settlement settlement, Map<Lane, SortedSet<Long>> buried) {
    Row row = contents.rows.remove(settlement.sequence());
    if (row == null) {
      return;
    }
    switch (settlement) {
      case Settlement.Acknowledged _ -> contents.acknowledged++;
      case Settlement.Rejected(long sequence, String reason) -> {
        contents.rejected++;
        contents.rejections.add(reason);
        if (!row.receipt()) {
          buried.computeIfAbsent(row.lane(), _ -> new TreeSet<>()).add(sequence);
        }
      }
    }
  }

  private void report(Lane lane, SortedSet<Long> buried) {
    List<Range> ranges = Range.of(List.copyOf(buried));
    for (int from = 0; from < ranges.size(); from += LossReceipt.MAX_RANGES) {
      int to = Math.min(ranges.size(), from + LossReceipt.MAX_RANGES);
      LossReceipt receipt = new LossReceipt(lane, Reason.REJECTED, ranges.subList(from, to));
      contents.insert(receipts.event(receipt), true);
    }
  }

  private void worked() {
    trouble = null;
    notifyAll();
  }

  private String failed(Contents before, RuntimeException fault) {
    contents.become(before);
    String reason = DiskFault.reason(fault);
    trouble = reason;
    return reason;
  }

  @Override
  public Optional<byte[]> note(String key) throws IOException {
    return whileOpen(() -> Optional.ofNullable(contents.notes.get(key)).map(byte[]::clone));
  }

  @Override
  public List<String> noteKeys(String prefix) {
    return whileOpen(
        () ->
            contents.notes.keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .sorted()
                .toList());
  }

  @Override
  public List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes) {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("limit must be 1..1000, was " + limit);
    }
    return whileOpen(
        () -> {
          List<StoredEvent> found = new ArrayList<>();
          long bytes = 0;
          for (Row row : contents.rows.tailMap(after, false).values()) {
            if (row.lane() == lane) {
              bytes += row.stored().event().payload().length;
              if (found.size() == limit || (bytes > maxBytes && !found.isEmpty())) {
                break;
              }
              found.add(row.stored());
            }
          }
          return found;
        });
  }

  @Override
  public long newest(Lane lane, int count) {
    return whileOpen(
        () ->
            contents.rows.descendingMap().values().stream()
                .filter(row -> row.lane() == lane)
                .skip(count - 1)
                .findFirst()
                .map(row -> row.stored().sequence())
                .orElse(0L));
  }

  private synchronized <T> T whileOpen(Supplier<T> reading) {
    if (closed) {
      throw new IllegalStateException("the event store is closed");
    }
    return reading.get();
  }

  @Override
  public synchronized long await(long seen, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    boolean late = closed;
    for (long left = timeout.toNanos();
        contents.appended <= seen && left > 0 && (late || !closed);
        left = end - System.nanoTime()) {
      // Rounded up: wait(0) would be for ever.
      wait(left / 1_000_000 + 1);
    }
    return contents.appended;
  }

  @Override
  public synchronized Account account() {
    Map<Lane, Account.Waiting> lanes = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      lanes.put(lane, Account.Waiting.NONE);
    }
    for (Row row : contents.rows.values()) {
      lanes.computeIfPresent(
          row.lane(),
          (_, was) ->
              new Account.Waiting(
                  was.events() + 1,
                  was.bytes() + row.stored().event().octets(),
                  was.events() == 0 ? row.stored().sequence() : was.oldest(),
                  was.events() == 0 ? row.age() : was.age()));
    }
    return new Account(
        contents.appended,
        contents.acknowledged,
        contents.rejected,
        contents.droppedByLane.values().stream().mapToLong(Long::longValue).sum(),
        lanes,
        contents.droppedByLane);
  }

  /** The reasons of everything rejected, in the order of settling. */
  public synchronized List<String> rejections() {
    return List.copyOf(contents.rejections);
  }

  @Override
  public long boot() {
    return boot;
  }

  @Override
  public synchronized Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      contents.close();
      notifyAll();
    }
  }
}
