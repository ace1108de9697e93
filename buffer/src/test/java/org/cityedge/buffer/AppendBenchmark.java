package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Durable appends per second at 1, 4 and 16 producers, and the drain in windows of 64, against an
 * fdatasync probe taken before and after each run: the disk's speed wanders, the ratios hold.
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp &lt;test class path of buffer&gt; \
 *   org.cityedge.buffer.AppendBenchmark [folder on the disk to measure]
 * </pre>
 */
final class AppendBenchmark {
  private static final int ROUNDS = 5;
  private static final int PAYLOAD = 300;
  private static final double SECONDS = 1.5;

  private final Path folder;

  private AppendBenchmark(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    Path parent = Path.of(arguments.length > 0 ? arguments[0] : ".");
    Path folder = Files.createTempDirectory(parent, "append-benchmark");
    new AppendBenchmark(folder).run();
  }

  private void run() throws Exception {
    System.out.println(
        "producers  appends/s  fdatasync/s  ratio (median of " + ROUNDS + " rounds)");
    for (int producers : new int[] {1, 4, 16}) {
      double[][] rounds = new double[3][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        double before = probe();
        double appends = append(producers);
        double syncs = (before + probe()) / 2;
        rounds[0][round] = appends;
        rounds[1][round] = syncs;
        rounds[2][round] = appends / syncs;
      }
      System.out.printf(
          "%9d  %9.0f  %11.0f  %5.2f  (%.2f..%.2f)%n",
          producers,
          median(rounds[0]),
          median(rounds[1]),
          median(rounds[2]),
          rounds[2][0],
          rounds[2][ROUNDS - 1]);
    }
    System.out.printf("drain in windows of 64: %.0f events/s%n", drain());
  }

  private double append(int producers) throws Exception {
    AtomicInteger appended = new AtomicInteger();
    long start = System.nanoTime();
    long end = start + (long) (SECONDS * 1e9);
    try (EventStore store = open()) {
      List<Thread> threads = new ArrayList<>();
      for (int p = 0; p < producers; p++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      while (System.nanoTime() < end) {
                        store.append(Events.event(Lane.TELEMETRY, "benchmark", PAYLOAD));
                        appended.incrementAndGet();
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    return appended.get() / ((System.nanoTime() - start) / 1e9);
  }

  /** What the publisher does, without a broker between. */
  private double drain() throws IOException {
    try (EventStore store = open()) {
      long start = System.nanoTime();
      long drained = 0;
      List<StoredEvent> window = store.read(Lane.TELEMETRY, 0, 64, Long.MAX_VALUE);
      while (!window.isEmpty() && drained < 100_000) {
        store.settle(
            window.stream().map(sent -> new Settlement.Acknowledged(sent.sequence())).toList());
        drained += window.size();
        window = store.read(Lane.TELEMETRY, window.getLast().sequence(), 64, Long.MAX_VALUE);
      }
      return drained / ((System.nanoTime() - start) / 1e9);
    }
  }

  private EventStore open() throws IOException {
    return SqliteEventStore.open(
        BufferConfig.defaults(folder), Events::receipt, InstantSource.system());
  }

  /** Appends of 4 KiB, each followed by fdatasync, per second. */
  private double probe() throws IOException {
    Path file = folder.resolve("probe");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer block = ByteBuffer.allocateDirect(4096);
      long start = System.nanoTime();
      int syncs = 0;
      while (System.nanoTime() - start < SECONDS / 3 * 1e9) {
        channel.write(block.clear());
        channel.force(false);
        syncs++;
      }
      return syncs / ((System.nanoTime() - start) / 1e9);
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
