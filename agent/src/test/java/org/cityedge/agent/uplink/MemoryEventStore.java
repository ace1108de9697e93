package org.cityedge.agent.uplink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.LossReceipt;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.StoredEvent;

/** An event store without a disk, for tests of what reads from one. */
class MemoryEventStore implements EventStore {
  private final TreeMap<Long, StoredEvent> waiting = new TreeMap<>();
  private final Map<String, byte[]> notes = new HashMap<>();
  private final List<String> rejections = new ArrayList<>();
  private final LossReceipt.Writer receipts;
  private long appended;
  private long acknowledged;
  private long rejected;

  MemoryEventStore(LossReceipt.Writer receipts) {
    this.receipts = receipts;
  }

  @Override
  public synchronized Append append(List<Event> events, Map<String, byte[]> newNotes) {
    for (Event event : events) {
      appended++;
      waiting.put(appended, new StoredEvent(appended, boot(), event));
    }
    notes.putAll(newNotes);
    notifyAll();
    return new Append.Stored(appended);
  }

  @Override
  public synchronized Optional<byte[]> note(String key) {
    return Optional.ofNullable(notes.get(key));
  }

  @Override
  public synchronized List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes) {
    List<StoredEvent> out = new ArrayList<>();
    long bytes = 0;
    for (StoredEvent stored : waiting.tailMap(after, false).values()) {
      if (stored.event().lane() == lane) {
        bytes += stored.event().payload().length;
        if (out.size() == limit || (bytes > maxBytes && !out.isEmpty())) {
          break;
        }
        out.add(stored);
      }
    }
    return out;
  }

  @Override
  public synchronized long newest(Lane lane, int count) {
    return waiting.descendingMap().values().stream()
        .filter(stored -> stored.event().lane() == lane)
        .skip(count - 1)
        .findFirst()
        .map(StoredEvent::sequence)
        .orElse(0L);
  }

  @Override
  public synchronized void settle(List<? extends Settlement> settlements) {
    for (Settlement settlement : settlements) {
      StoredEvent stored = waiting.remove(settlement.sequence());
      if (stored == null) {
        continue;
      }
      switch (settlement) {
        case Settlement.Acknowledged _ -> acknowledged++;
        case Settlement.Rejected(long sequence, String reason) -> {
          rejected++;
          rejections.add(reason);
          LossReceipt.Range range = new LossReceipt.Range(sequence, sequence);
          append(
              receipts.event(
                  new LossReceipt(
                      stored.event().lane(), LossReceipt.Reason.REJECTED, List.of(range))));
        }
      }
    }
  }

  @Override
  public synchronized long await(long seen, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    long left = timeout.toMillis();
    while (appended <= seen && left > 0) {
      wait(left);
      left = Duration.ofNanos(end - System.nanoTime()).toMillis();
    }
    return appended;
  }

  @Override
  public synchronized Account account() {
    Map<Lane, Account.Waiting> lanes = new EnumMap<>(Lane.class);
    for (StoredEvent stored : waiting.values()) {
      lanes.merge(
          stored.event().lane(),
          new Account.Waiting(1, stored.event().payload().length, stored.sequence()),
          (a, b) -> new Account.Waiting(a.events() + 1, a.bytes() + b.bytes(), a.oldest()));
    }
    return new Account(appended, acknowledged, rejected, 0, lanes);
  }

  /** The reasons, in the order of settling. */
  synchronized List<String> rejections() {
    return List.copyOf(rejections);
  }

  @Override
  public long boot() {
    return 17;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
