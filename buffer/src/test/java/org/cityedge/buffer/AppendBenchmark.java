package org.cityedge.buffer;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Durable appends of 300-byte events a second: by 1, 4 and 16 producers, and in lists of 100;
 * against an fdatasync probe before and after each figure, and against SQLite's C shell doing the
 * same transactions in the same round. The disk's speed wanders, the ratios hold.
 *
 * <pre>./cityedge bench append [folder on the disk to measure]</pre>
 */
final class AppendBenchmark {
  private static final int ROUNDS = Integer.getInteger("rounds", 15);
  private static final int PAYLOAD = 300;
  private static final double SECONDS = 0.4;

  /** What is measured in each round, in this order. */
  private enum Work {
    ONE("store, 1 producer"),
    FOUR("store, 4 producers"),
    SIXTEEN("store, 16 producers"),
    LISTS("store, lists of 100"),
    SHELL_ONE("C shell, 1 row a transaction"),
    SHELL_HUNDRED("C shell, 100 rows");

    final String label;

    Work(String label) {
      this.label = label;
    }
  }

  private final Path folder;
  private final Shell shell;
  private final EventStore store;
  private final Map<Work, double[]> rates = new EnumMap<>(Work.class);
  private final Map<Work, double[]> syncs = new EnumMap<>(Work.class);

  private AppendBenchmark(Path folder) throws Exception {
    this.folder = folder;
    for (Work work : Work.values()) {
      rates.put(work, new double[ROUNDS]);
      syncs.put(work, new double[ROUNDS]);
    }
    store =
        SqliteEventStore.open(
            new BufferConfig(folder.resolve("events.db"), 4L << 30),
            Events::receipt,
            InstantSource.system());
    shell = new Shell(folder, folder.resolve("events.db"));
  }

  public static void main(String[] arguments) throws Exception {
    new AppendBenchmark(Probe.folder(arguments, "append-benchmark")).run();
  }

  private void run() throws Exception {
    // Until the WAL is written over from its beginning, as it is for the rest of its life: while a
    // file grows, each fdatasync also writes the file system's journal.
    for (int i = 0; i < Shell.WARM_UP; i++) {
      store.append(events(100), Map.of());
    }
    append(16, 1);
    double before = Probe.syncs(folder);
    for (int round = 0; round < ROUNDS; round++) {
      for (Work work : Work.values()) {
        double rate = rate(work, before);
        double after = Probe.syncs(folder);
        of(rates, work)[round] = rate;
        of(syncs, work)[round] = (before + after) / 2;
        before = after;
      }
    }
    print(
        "%-30s%12s%14s%26s",
        "300-byte events", "events/s", "fdatasync/s", "transactions/fdatasync");
    for (Work work : Work.values()) {
      int batch = work == Work.LISTS || work == Work.SHELL_HUNDRED ? 100 : 1;
      double[] ratio = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        ratio[round] = of(rates, work)[round] / batch / of(syncs, work)[round];
      }
      print(
          "%-30s%12.0f%14.0f%10.2f (%.2f..%.2f)",
          work.label,
          Probe.median(of(rates, work)),
          Probe.median(of(syncs, work)),
          Probe.median(ratio),
          Probe.least(ratio),
          Probe.most(ratio));
    }
    print(
        "Medians of %d rounds, (least..most); the shell without its start, both with a WAL that has its size.",
        ROUNDS);
    goal("1 producer / fdatasync", per(Work.ONE, of(syncs, Work.ONE)), 0.9);
    goal("16 producers / 1 producer", per(Work.SIXTEEN, of(rates, Work.ONE)), 10);
    goal("1 producer / C shell, 1 row", per(Work.ONE, of(rates, Work.SHELL_ONE)), Double.NaN);
    goal("lists of 100 / C shell, 100 rows", per(Work.LISTS, of(rates, Work.SHELL_HUNDRED)), 0.7);
    print("drain in windows of 64: %.0f events/s", drain());
    store.close();
  }

  private static double[] of(Map<Work, double[]> figures, Work work) {
    return Objects.requireNonNull(figures.get(work));
  }

  private double[] per(Work work, double[] other) {
    double[] ratio = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      ratio[round] = of(rates, work)[round] / other[round];
    }
    return ratio;
  }

  private static void goal(String what, double[] ratio, double goal) {
    String text =
        "%-36s%6.2f (%.2f..%.2f)"
            .formatted(what, Probe.median(ratio), Probe.least(ratio), Probe.most(ratio));
    print(
        "%s",
        Double.isNaN(goal)
            ? text
            : "%s  goal %.1f: %s"
                .formatted(text, goal, Probe.verdict(Probe.median(ratio) >= goal)));
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  private double rate(Work work, double syncs) throws Exception {
    return switch (work) {
      case ONE -> append(1, 1);
      case FOUR -> append(4, 1);
      case SIXTEEN -> append(16, 1);
      case LISTS -> append(1, 100);
      case SHELL_ONE -> shell.rate(Math.clamp((long) (syncs * SECONDS), 50, 10_000), 1, PAYLOAD);
      case SHELL_HUNDRED ->
          shell.rate(Math.clamp((long) (syncs * SECONDS / 2), 20, 500), 100, PAYLOAD);
    };
  }

  private double append(int producers, int batch) throws InterruptedException {
    List<Event> events = events(batch);
    AtomicInteger appended = new AtomicInteger();
    long start = System.nanoTime();
    long end = start + (long) (SECONDS * 1e9);
    List<Thread> threads = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (System.nanoTime() < end) {
                      store.append(events, Map.of());
                      appended.addAndGet(batch);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return appended.get() / ((System.nanoTime() - start) / 1e9);
  }

  private static List<Event> events(int count) {
    return Collections.nCopies(count, Events.event(Lane.TELEMETRY, "benchmark", PAYLOAD));
  }

  /** What the publisher does, without a broker between. */
  private double drain() {
    long start = System.nanoTime();
    long drained = 0;
    List<StoredEvent> window = store.read(Lane.TELEMETRY, 0, 64, Long.MAX_VALUE);
    while (!window.isEmpty() && drained < 50_000) {
      store.settle(
          window.stream().map(sent -> new Settlement.Acknowledged(sent.sequence())).toList());
      drained += window.size();
      window = store.read(Lane.TELEMETRY, window.getLast().sequence(), 64, Long.MAX_VALUE);
    }
    return drained / ((System.nanoTime() - start) / 1e9);
  }
}
