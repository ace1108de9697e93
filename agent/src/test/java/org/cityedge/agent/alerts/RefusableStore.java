package org.cityedge.agent.alerts;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.cityedge.buffer.Account;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.StoredEvent;

/** A store whose disk is full, or does not give a note back, when the test says so. */
final class RefusableStore implements EventStore {
  private final EventStore store;

  /** Whether appends are refused. */
  boolean full;

  /** What happens in the next append, before it is stored. */
  Runnable next = () -> {};

  /** Keys of the notes, and prefixes of the lists of them, that the disk does not give back. */
  Set<String> unreadable = Set.of();

  RefusableStore(EventStore store) {
    this.store = store;
  }

  @Override
  public Append append(List<Event> events, Map<String, byte[]> notes) {
    Runnable first = next;
    next = () -> {};
    first.run();
    return full ? new Append.Refused("disk full") : store.append(events, notes);
  }

  private void giveBack(String key) throws IOException {
    if (unreadable.contains(key)) {
      throw new IOException("cannot read the event store: disk fault");
    }
  }

  @Override
  public Optional<byte[]> note(String key) throws IOException {
    giveBack(key);
    return store.note(key);
  }

  @Override
  public List<String> noteKeys(String prefix) throws IOException {
    giveBack(prefix);
    return store.noteKeys(prefix);
  }

  @Override
  public List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes) {
    return store.read(lane, after, limit, maxBytes);
  }

  @Override
  public long newest(Lane lane, int count) {
    return store.newest(lane, count);
  }

  @Override
  public CompletableFuture<Optional<String>> settling(List<? extends Settlement> settlements) {
    return store.settling(settlements);
  }

  @Override
  public long await(long seen, Duration timeout) throws InterruptedException {
    return store.await(seen, timeout);
  }

  @Override
  public Account account() {
    return store.account();
  }

  @Override
  public long boot() {
    return store.boot();
  }

  @Override
  public Optional<String> trouble() {
    return store.trouble();
  }

  @Override
  public void close() {
    store.close();
  }
}
