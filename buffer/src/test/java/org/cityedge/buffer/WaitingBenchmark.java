package org.cityedge.buffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A million events of 300 bytes wait: how long the store takes to open, and the memory of a process
 * that has the gateway's heap, opened it and read and settled a window of it. The file is in the
 * page cache, as after a restart of the agent.
 *
 * <pre>./cityedge bench waiting [folder on the disk to measure]</pre>
 */
final class WaitingBenchmark {
  private static final int BACKLOG = Integer.getInteger("backlog", 1_000_000);
  private static final int PAYLOAD = 300;
  private static final int ROUNDS = 3;
  private static final long CAP = 4L << 30;
  private static final double GOAL_SECONDS = 2;

  private WaitingBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Probe.folder(arguments, "waiting-benchmark").resolve("events.db");
    fill(file);
    System.out.printf(
        Locale.ROOT, "%d events wait, %.0f MiB%n", BACKLOG, Files.size(file) / 1048576.0);
    for (int round = 0; round < ROUNDS; round++) {
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:+UseCompactObjectHeaders",
                  "-Xmx128m",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Opening.class.getName(),
                  file.toString())
              .inheritIO()
              .start();
      if (!child.waitFor(10, TimeUnit.MINUTES) || child.exitValue() != 0) {
        child.destroyForcibly();
        throw new IOException("the opening process failed");
      }
    }
    System.out.printf(Locale.ROOT, "goal: open within %.0f s%n", GOAL_SECONDS);
  }

  private static EventStore open(Path file) throws IOException {
    return SqliteEventStore.open(
        new BufferConfig(file, CAP), Events::receipt, InstantSource.system());
  }

  private static void fill(Path file) throws IOException {
    List<Event> events =
        Collections.nCopies(1_000, Events.event(Lane.TELEMETRY, "benchmark", PAYLOAD));
    try (EventStore store = open(file)) {
      for (int i = 0; i < BACKLOG; i += events.size()) {
        store.append(events, Map.of());
      }
    }
  }

  /** The process that opens it. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] arguments) throws Exception {
      // The native library is unpacked and the classes are loaded before the clock starts.
      Path small = Probe.folder(new String[0], "opening").resolve("events.db");
      open(small).close();
      String idle = "RSS %s, heap %d MiB".formatted(status("VmRSS"), heap());
      long start = System.nanoTime();
      try (EventStore store = open(Path.of(arguments[0]))) {
        double seconds = (System.nanoTime() - start) / 1e9;
        List<StoredEvent> window = store.read(Lane.TELEMETRY, 0, 64, Long.MAX_VALUE);
        store.settle(
            window.stream().map(sent -> new Settlement.Acknowledged(sent.sequence())).toList());
        System.out.printf(
            Locale.ROOT,
            "open %.2f s (%s); before %s; with it RSS %s (most %s), heap %d MiB of 128%n",
            seconds,
            Probe.verdict(seconds <= GOAL_SECONDS),
            idle,
            status("VmRSS"),
            status("VmHWM"),
            heap());
      }
    }

    /** MiB in use after a collection. */
    private static long heap() {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    }

    private static String status(String key) throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(key + ":")) {
          long kib = Long.parseLong(line.replaceAll("\\D", ""));
          return kib / 1024 + " MiB";
        }
      }
      return "unknown";
    }
  }
}
