package org.cityedge.video.model;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation.Region;

/**
 * What a look of each known network costs, whole: scaling, network, decoding; one thread. Prints
 * milliseconds of CPU of the thread over 100 looks after the first 20, what it takes to open, and
 * the process's memory with this network and those before it.
 *
 * <pre>./cityedge bench models FOLDER    with models/NAME.onnx</pre>
 */
final class ModelBenchmark {
  private static final int WIDTH = 768;
  private static final int HEIGHT = 576;

  private ModelBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("models");
    byte[] bgr = new byte[WIDTH * HEIGHT * 3];
    new Random(1).nextBytes(bgr);
    System.out.printf("%-16s %9s %9s %9s %8s%n", "network", "median", "90th", "open ms", "rss MB");
    for (String name : KnownNetworks.SIDECARS.keySet()) {
      Path sidecar = KnownNetworks.bring(name, Path.of(args[0], "models"), folder);
      long opened = System.nanoTime();
      try (Model model = Model.open(sidecar)) {
        double open = (System.nanoTime() - opened) / 1e6;
        double[] millis = new double[100];
        for (int i = -20; i < millis.length; i++) {
          Frame frame = new Frame(WIDTH, HEIGHT, bgr, i, Instant.EPOCH);
          long began = cpu();
          var _ = model.look(frame, new Region(0, 0, 1, 1), model.card().score());
          millis[Math.max(0, i)] = (cpu() - began) / 1e6;
        }
        Arrays.sort(millis);
        System.out.printf(
            Locale.ROOT,
            "%-16s %9.1f %9.1f %9.0f %8d%n",
            name,
            millis[50],
            millis[90],
            open,
            resident() / 1024);
      }
      Files.delete(sidecar);
      Files.delete(ModelCard.networkOf(sidecar));
    }
    Files.delete(folder);
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Kilobytes. */
  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
