package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Bytes that storing an event writes to the disk, checkpoints included: {@code write_bytes} of
 * {@code /proc/self/io}, the pages that this process has made the kernel write. What matters for an
 * eMMC's life.
 *
 * <p>A list of 100 is 9 pages of rows and writes 14 to the WAL: page 1, the map of the pages (what
 * lets the file shrink), the books, the lane's root and the last row page of the list before are
 * written again by every commit. The checkpoint then copies the 9 to the database.
 *
 * <pre>./cityedge bench write [folder on the disk to measure]</pre>
 */
final class WriteBenchmark {
  private static final int PAYLOAD = 300;
  private static final int GOAL = 3;

  private final Path folder;

  private WriteBenchmark(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    new WriteBenchmark(Probe.folder(arguments, "write-benchmark")).run();
  }

  private void run() throws Exception {
    print(
        "%-36s%14s%12s%20s",
        "300-byte events, bytes written", "an event", "/ payload", "/ all that is given");
    double hundred = append(100, 50_000);
    line("in lists of 100", hundred);
    line("in lists of 10", append(10, 10_000));
    double one = append(1, 3_000);
    line("one at a time, as at one a second", one);
    line("settled in windows of 64", settle());
    print(
        "goal at 100: %d x payload: %s; at one event a second it is %.1f GB a day",
        GOAL, Probe.verdict(hundred <= GOAL * PAYLOAD), one * 86_400 / 1e9);
  }

  private static void line(String what, double bytes) {
    long given = Events.event(Lane.TELEMETRY, "benchmark", PAYLOAD).octets();
    print("%-36s%14.0f%12.1f%20.1f", what, bytes, bytes / PAYLOAD, bytes / given);
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  private double append(int batch, int count) throws IOException {
    Succession.delete(folder.resolve("events.db"));
    List<Event> events =
        Collections.nCopies(batch, Events.event(Lane.TELEMETRY, "benchmark", PAYLOAD));
    try (EventStore store = open()) {
      long before = written();
      for (int i = 0; i < count; i += batch) {
        store.append(events, Map.of());
      }
      return (double) (written() - before) / count;
    }
  }

  private double settle() throws IOException {
    append(100, 50_000);
    try (EventStore store = open()) {
      long before = written();
      long settled = 0;
      for (List<StoredEvent> window = store.read(Lane.TELEMETRY, 0, 64, Long.MAX_VALUE);
          !window.isEmpty();
          window = store.read(Lane.TELEMETRY, window.getLast().sequence(), 64, Long.MAX_VALUE)) {
        store.settle(
            window.stream().map(sent -> new Settlement.Acknowledged(sent.sequence())).toList());
        settled += window.size();
      }
      return (double) (written() - before) / settled;
    }
  }

  /** proc(5): "bytes which this process really caused to be sent to the storage layer". */
  private static long written() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/io"))) {
      if (line.startsWith("write_bytes: ")) {
        return Long.parseLong(line.substring("write_bytes: ".length()));
      }
    }
    throw new IOException("/proc/self/io has no write_bytes");
  }

  private EventStore open() throws IOException {
    return SqliteEventStore.open(
        BufferConfig.defaults(folder), Events::receipt, InstantSource.system());
  }
}
