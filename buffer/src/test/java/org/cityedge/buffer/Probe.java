package org.cityedge.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** What the disk gives just now, and how figures are told; for benchmarks. */
final class Probe {
  private static final double SECONDS = 0.2;

  private Probe() {}

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
