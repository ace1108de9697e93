package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** What the disk gives just now, and how figures are told; for benchmarks. */
final class Probe {
  private static final double SECONDS = 0.2;

  /** Kept, since the logging would forget a level whose logger nobody holds. */
  private static final Logger QUIET = Logger.getLogger("org.cityedge");

  private Probe() {}

  /**
   * A folder for this run on the disk to measure, the first argument or the current folder; deleted
   * at the end. The store's log is kept quiet, but for what is wrong.
   */
  static Path folder(String[] arguments, String name) throws IOException {
    QUIET.setLevel(Level.WARNING);
    Path parent = Path.of(arguments.length > 0 ? arguments[0] : ".");
    Path folder = Files.createTempDirectory(parent, name);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    return folder;
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.err.println("left behind: " + folder + ": " + e.getMessage());
    }
  }

  /** Appends of 4 KiB, each followed by fdatasync, per second. */
  static double syncs(Path folder) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("probe"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer block = ByteBuffer.allocateDirect(4096);
      long start = System.nanoTime();
      int syncs = 0;
      while (System.nanoTime() - start < SECONDS * 1e9) {
        channel.write(block.clear());
        channel.force(false);
        syncs++;
      }
      return syncs / ((System.nanoTime() - start) / 1e9);
    }
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  static double least(double... values) {
    return Arrays.stream(values).min().orElse(Double.NaN);
  }

  static double most(double... values) {
    return Arrays.stream(values).max().orElse(Double.NaN);
  }

  /** {@code met} or {@code missed}, for people. */
  static String verdict(boolean met) {
    return met ? "met" : "missed";
  }
}
