package org.cityedge.agent;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.agent.testing.Mosquitto;
import org.cityedge.fixtures.CoapCity;

/**
 * What the agent takes of a gateway: from its process's start to the first reading, memory, CPU
 * while it starts, threads; without cameras in several ways of starting it, then with one and four
 * cameras as the gateway's image starts it. A real Mosquitto, two CoAP sensors on loopback, a
 * simulated contact; each camera's child decodes a drawn clip of 640x360 in real time.
 *
 * <p>Readings count when the agent logs them. Memory of the agent is VmRSS; of its children Pss, so
 * that shared libraries count once (proc_pid_status(5), proc_pid_smaps(5)). MB are 10^6 bytes.
 *
 * <pre>./cityedge bench footprint</pre>
 */
final class FootprintBenchmark {
  private static final int ROUNDS = Integer.getInteger("rounds", 3);

  /** Longer than the interval in which the Java machine gives freed memory back. */
  private static final Duration SETTLE = Duration.ofSeconds(Integer.getInteger("settle", 25));

  /** A camera learns its view, and clips its ring, in this time. */
  private static final Duration WATCH = Duration.ofSeconds(Integer.getInteger("watch", 60));

  private static final Duration START = Duration.ofSeconds(60);
  private static final int SENSORS = 3;
  private static final String MAIN = "org.cityedge.agent.Main";

  private static final double GOAL_SECONDS = 1.0;
  private static final double GOAL_MB = 90;
  private static final double GOAL_CAMERA_MB = 60;

  /** One way to start the agent: the command up to the main class. */
  private record Way(String name, List<String> command) {}

  /** Times in seconds from the process's start, memory in MB. */
  private record Taken(
      double first,
      double all,
      double agent,
      double children,
      int processes,
      int threads,
      double cpu) {
    double memory() {
      return agent + children;
    }
  }

  private final Path folder;
  private final Path dist = Path.of("target", "dist").toAbsolutePath();

  private FootprintBenchmark(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    new FootprintBenchmark(
            Files.createDirectories(Path.of(args[0]).resolve("footprint")).toRealPath())
        .run();
    // Californium's threads are no daemons.
    System.exit(0);
  }

  private void run() throws Exception {
    Path packed = folder.resolve("packed");
    finish(
        new ProcessBuilder("bash", "../image/lib/here.sh", dist.toString(), packed.toString())
            .inheritIO()
            .start());
    Path clip = clip();
    Path cache = packed.resolve("agent.aot");
    try (Mosquitto broker = Mosquitto.start(folder);
        CoapCity city = CoapCity.start(Duration.ofSeconds(2))) {
      configure(broker.uri(), city, 0, clip);
      List<String> arguments = Files.readAllLines(packed.resolve("java.args"));
      String java = packed.resolve("java/bin/java").toString();
      train(gateway(java, arguments, "-XX:AOTCacheOutput=" + cache));
      sizes(packed, cache);

      String plain = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      List<String> light =
          arguments.stream()
              .filter(a -> !a.startsWith("-Xms") && !a.startsWith("-XX:TrimNativeHeapInterval"))
              .toList();
      String aot = "-XX:AOTCache=" + cache;
      List<Way> ways =
          List.of(
              new Way("jars as built, Java's defaults", List.of(plain, "-cp", classPath())),
              new Way(
                  "+ serial collector, compact headers, 128 MiB of heap",
                  List.of(
                      plain,
                      "-XX:+UseSerialGC",
                      "-XX:+UseCompactObjectHeaders",
                      "-Xmx128m",
                      "-cp",
                      classPath())),
              new Way("+ linked runtime, unsigned stored jars", gateway(java, light)),
              new Way("+ AOT cache", gateway(java, light, aot)),
              new Way("+ heap from 16 MiB, freed memory given back", gateway(java, arguments, aot)),
              new Way(
                  "(and without the second compiler)",
                  gateway(java, arguments, aot, "-XX:TieredStopAtLevel=1")));
      Taken bare = null;
      List<List<Taken>> taken = new ArrayList<>();
      ways.forEach(way -> taken.add(new ArrayList<>()));
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ways.size(); i++) {
          taken.get(i).add(measure(ways.get(i), SETTLE));
        }
      }
      System.out.printf(
          "%nwithout video, medians of %d rounds      first reading   all %d   CPU s   RSS MB   threads%n",
          ROUNDS, SENSORS);
      for (int i = 0; i < ways.size(); i++) {
        Taken median = median(taken.get(i));
        line(ways.get(i).name(), median);
        if (i == 4) {
          bare = median;
        }
      }
      Way gateway = ways.get(4);
      if (bare == null) {
        throw new IllegalStateException("the gateway's way was not measured");
      }
      goal("first reading, s", bare.first(), GOAL_SECONDS);
      goal("RSS without video, MB", bare.agent(), GOAL_MB);
      for (int cameras : List.of(1, 4)) {
        configure(broker.uri(), city, cameras, clip);
        Taken with = measure(gateway, WATCH);
        if (with.processes() < cameras) {
          throw new IllegalStateException(
              "only " + with.processes() + " of " + cameras + " cameras have a child");
        }
        line(cameras + " cameras, " + with.processes() + " children", with);
        System.out.printf(
            Locale.ROOT,
            "  agent %.0f MB, children %.0f MB (Pss)%n",
            with.agent(),
            with.children());
        goal("MB for each camera", (with.memory() - bare.memory()) / cameras, GOAL_CAMERA_MB);
      }
    }
  }

  /** As the launcher has it: our own jars first. */
  private String classPath() throws IOException {
    try (Stream<Path> jars = Files.list(dist)) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("cityedge-"))
              .sorted()
              .map(Path::toString)
              .collect(Collectors.joining(File.pathSeparator))
          + File.pathSeparator
          + dist
          + "/*";
    }
  }

  private static List<String> gateway(String java, List<String> arguments, String... more) {
    List<String> command = new ArrayList<>(List.of(java, "-Xmx128m"));
    command.addAll(arguments);
    command.addAll(List.of(more));
    return command;
  }

  /** Starts the agent with an empty data folder and looks at it after a while. */
  private Taken measure(Way way, Duration settle) throws Exception {
    Process process = start(way.command());
    try {
      long began = System.nanoTime();
      double[] seen = readings(process, began);
      double started = seconds(process.info().totalCpuDuration().orElseThrow());
      new CountDownLatch(1).await(settle.toMillis(), TimeUnit.MILLISECONDS);
      List<ProcessHandle> children = process.descendants().toList();
      double pss = 0;
      for (ProcessHandle child : children) {
        pss += megabytes(Path.of("/proc/" + child.pid() + "/smaps_rollup"), "Pss:");
      }
      Path status = Path.of("/proc/" + process.pid() + "/status");
      return new Taken(
          seen[0],
          seen[1],
          megabytes(status, "VmRSS:"),
          pss,
          children.size(),
          (int) number(status, "Threads:"),
          started);
    } finally {
      stop(process);
    }
  }

  private Process start(List<String> command) throws IOException {
    Path data = folder.resolve("data");
    if (Files.exists(data)) {
      try (Stream<Path> old = Files.walk(data)) {
        for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    List<String> all = new ArrayList<>(command);
    all.addAll(
        List.of(
            MAIN,
            "run",
            "--config",
            folder.resolve("gateway.yaml").toString(),
            "--data",
            data.toString()));
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    // As the launcher and the image have it.
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    return builder.start();
  }

  /** Seconds until the first sensor and until all of them were read; then reads on, unheard. */
  private static double[] readings(Process process, long began) throws IOException {
    BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
    double first = 0;
    StringBuilder all = new StringBuilder();
    for (int read = 0; read < SENSORS; ) {
      String line = log.readLine();
      double now = (System.nanoTime() - began) / 1e9;
      if (line == null || now > START.toSeconds()) {
        throw new IOException("the agent did not read its sensors:\n" + all);
      }
      all.append(line).append('\n');
      if (line.contains("Sensor gives its first reading")) {
        first = read == 0 ? now : first;
        read++;
      }
      if (read == SENSORS) {
        Thread.ofVirtual().start(() -> log.lines().forEach(later -> {}));
        return new double[] {first, now};
      }
    }
    throw new IllegalStateException("no sensors");
  }

  /** The Java machine puts its cache together when the agent ends in order. */
  private void train(List<String> command) throws Exception {
    Process process = start(command);
    readings(process, System.nanoTime());
    // An alert, its end, and the telemetry's pack on the way.
    Files.writeString(folder.resolve("line"), "1\n");
    new CountDownLatch(1).await(10, TimeUnit.SECONDS);
    Files.writeString(folder.resolve("line"), "0\n");
    new CountDownLatch(1).await(5, TimeUnit.SECONDS);
    stop(process);
  }

  private static void stop(Process process) throws InterruptedException {
    // Process.destroy would close the pipe as well, and what the agent says at its end breaks it.
    process.toHandle().destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new IllegalStateException("the agent did not stop");
    }
  }

  private void configure(URI broker, CoapCity city, int cameras, Path clip) throws IOException {
    StringBuilder yaml =
        new StringBuilder(
            """
            gateway: {id: gw-bench, district: "510108", name: 量, location: {lat: 30.66, lon: 104.1}}
            uplink: {brokers: ["%s"]}
            sensors:
              - {id: pm25-1, type: coap, uri: "%s", mode: observe, format: senml, period: 5s, security: none, channels: [{quantity: pm2_5, unit: ug/m3, min: 0, max: 1000}, {quantity: temperature, unit: Cel, min: -40, max: 85}]}
              - {id: level-1, type: coap, uri: "%s", mode: observe, format: senml, period: 5s, security: none, channels: [{quantity: level, unit: m, min: 0, max: 9}]}
              - {id: door-1, type: contact, chip: sim, line: 17, simFile: "%s", quantity: open}
            """
                .formatted(broker, city.uri("pm25"), city.uri("level"), folder.resolve("line")));
    StringBuilder rules =
        new StringBuilder(
            """
            rules:
              - {id: door-open, kind: contact, sensor: door-1, quantity: open, when: true}
            """);
    if (cameras > 0) {
      yaml.append("cameras:\n");
    }
    for (int i = 1; i <= cameras; i++) {
      yaml.append(
          "  - {id: cam-%d, source: \"%s\", framesPerSecond: 2, detect: [smoke, crowd]}%n"
              .formatted(i, clip.toUri()));
      rules.append("  - {id: smoke-%d, kind: smoke, camera: cam-%d}%n".formatted(i, i));
    }
    Files.writeString(folder.resolve("line"), "0\n");
    Files.writeString(folder.resolve("gateway.yaml"), yaml.append(rules));
  }

  /** A moving, noisy picture that outlasts the watch. */
  private Path clip() throws Exception {
    Path clip = folder.resolve("360p25.mp4");
    if (!Files.exists(clip)) {
      finish(
          new ProcessBuilder(
                  Loader.load(ffmpeg.class),
                  "-y",
                  "-loglevel",
                  "error",
                  "-f",
                  "lavfi",
                  "-i",
                  "testsrc2=s=640x360:r=25,noise=alls=8:allf=t",
                  "-t",
                  "" + (WATCH.toSeconds() + START.toSeconds()),
                  "-c:v",
                  "libopenh264",
                  "-g",
                  "25",
                  "-b:v",
                  "600k",
                  clip.toString())
              .inheritIO()
              .start());
    }
    return clip;
  }

  private void sizes(Path packed, Path cache) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "agent's own jar %.1f MB, all jars as built %.0f MB; on a gateway: jars unpacked %.0f MB, Java runtime %.0f MB, AOT cache %.0f MB%n",
        bytes(dist.resolve("cityedge-agent-" + version() + ".jar")) / 1e6,
        bytes(dist) / 1e6,
        (bytes(packed.resolve("lib")) + bytes(packed.resolve("native"))) / 1e6,
        bytes(packed.resolve("java")) / 1e6,
        bytes(cache) / 1e6);
  }

  private String version() throws IOException {
    try (Stream<Path> jars = Files.list(dist)) {
      return jars.map(jar -> jar.getFileName().toString())
          .filter(name -> name.matches("cityedge-agent-.*\\.jar"))
          .map(name -> name.substring("cityedge-agent-".length(), name.length() - 4))
          .findFirst()
          .orElseThrow();
    }
  }

  private static long bytes(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      long sum = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sum += Files.size(file);
      }
      return sum;
    }
  }

  private static void line(String what, Taken taken) {
    System.out.printf(
        Locale.ROOT,
        "%-52s %5.2f s   %5.2f s   %5.2f   %6.1f   %5d%n",
        what,
        taken.first(),
        taken.all(),
        taken.cpu(),
        taken.memory(),
        taken.threads());
  }

  private static void goal(String what, double value, double goal) {
    System.out.printf(
        Locale.ROOT,
        "  %s: %.2f, goal %.1f: × the goal %.2f, %s%n",
        what,
        value,
        goal,
        value / goal,
        value <= goal ? "met" : "missed");
  }

  /** Each figure's own. */
  private static Taken median(List<Taken> rounds) {
    return new Taken(
        middle(rounds.stream().map(Taken::first)),
        middle(rounds.stream().map(Taken::all)),
        middle(rounds.stream().map(Taken::agent)),
        middle(rounds.stream().map(Taken::children)),
        (int) middle(rounds.stream().map(t -> (double) t.processes())),
        (int) middle(rounds.stream().map(t -> (double) t.threads())),
        middle(rounds.stream().map(Taken::cpu)));
  }

  private static double middle(Stream<Double> values) {
    List<Double> sorted = values.sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }

  private static double megabytes(Path file, String key) throws IOException {
    return number(file, key) * 1024 / 1e6;
  }

  private static double number(Path file, String key) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(key)) {
        return Double.parseDouble(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + key + " in " + file);
  }

  private static void finish(Process process) throws Exception {
    if (process.waitFor() != 0) {
      throw new IOException("ended with " + process.exitValue() + ": " + process.info().command());
    }
  }
}
