package org.cityedge.buffer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Events and receipts for tests. */
final class Events {
  private Events() {}

  static Event event(Lane lane, String id) {
    return event(lane, id, 200);
  }

  static Event event(Lane lane, String id, int bytes) {
    byte[] payload = new byte[bytes];
    Arrays.fill(payload, (byte) 'p');
    return new Event(id, lane, "city/v1/510108/gw-1/test", "{\"id\":\"" + id + "\"}", payload);
  }

  /** Each lane in turn. */
  static Lane lane(int n) {
    List<Lane> lanes = List.of(Lane.values());
    return lanes.get(n % lanes.size());
  }

  /** Writes the receipt's own text as the payload, so that a test can read it back. */
  static Event receipt(LossReceipt receipt) {
    return new Event(
        "loss-" + receipt.ranges().getFirst().first(),
        Lane.REPORT,
        "city/v1/510108/gw-1/loss",
        "{}",
        receipt.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Everything that waits in a lane, oldest first. */
  static List<StoredEvent> all(EventStore store, Lane lane) {
    List<StoredEvent> all = new ArrayList<>();
    long after = 0;
    for (List<StoredEvent> page = store.read(lane, after, 500, Long.MAX_VALUE);
        !page.isEmpty();
        page = store.read(lane, after, 500, Long.MAX_VALUE)) {
      all.addAll(page);
      after = page.getLast().sequence();
    }
    return all;
  }

  static List<Long> sequences(EventStore store, Lane lane) {
    return all(store, lane).stream().map(StoredEvent::sequence).toList();
  }

  /** The store in a folder, with a cap that no test reaches. */
  static EventStore open(Path folder) throws IOException {
    return open(folder, 64 << 20);
  }

  static EventStore open(Path folder, long maxBytes) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(folder.resolve("events.db"), maxBytes),
        Events::receipt,
        InstantSource.system());
  }
}
