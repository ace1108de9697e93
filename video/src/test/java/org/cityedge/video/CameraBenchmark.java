package org.cityedge.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.evidence.Evidence;
import org.cityedge.video.source.FileFrames;
import org.cityedge.video.source.LiveStream;

/**
 * What watching a camera costs: CPU seconds (user and system, children included) for a minute of
 * 1080p25, beside what decoding alone costs, both as fast as it goes and held to real time, when
 * every picture finds cold caches, and what Debian's {@code motion} takes; memory of one camera and
 * of eight; the time from a picture's arrival to its last observation. Both detectors run. The
 * clips are drawn and encoded first, or {@code -Dclip=FILE} names one of 1080p25.
 *
 * <pre>./cityedge bench camera</pre>
 */
final class CameraBenchmark {
  /** Of media; figures are given for a minute. */
  private static final int SECONDS = Integer.getInteger("seconds", 60);

  private static final int MANY = 8;

  /** Kept, since the logging would forget a level whose logger nobody holds. */
  private static final Logger QUIET = Logger.getLogger("org.cityedge");

  private final Path folder;

  private CameraBenchmark(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    QUIET.setLevel(Level.OFF);
    new CameraBenchmark(Files.createDirectories(Path.of(args[0]).resolve("camera-benchmark")))
        .run();
  }

  private void run() throws Exception {
    Path large = clip("1080p25.mp4", "1920x1080", 50, "4M");
    Path small = clip("360p25.mp4", "640x360", 25, "600k");
    warmUp(small);
    watch(small, Sampling.rate(5));

    double decoding =
        perMinute(() -> ffmpeg("-threads", "1", "-i", large.toString(), "-f", "null", "-"));
    double paced =
        perMinute(
            () ->
                ffmpeg(
                    "-threads", "1", "-readrate", "1", "-i", large.toString(), "-f", "null", "-"));
    System.out.printf(
        Locale.ROOT,
        "decoding 1080p25 alone        %6.2f CPU s a minute; %.2f when it is held to real time%n",
        decoding,
        paced);
    report("keyframes of 1080p25", large, Sampling.keyframes(2), decoding, paced, 0.10);
    report("1080p25 at 2 a second", large, Sampling.rate(2), decoding, paced, 1.1);
    report("640x360 at 2 a second", small, Sampling.rate(2), decoding, paced, 0.25);
    motion("1080p25", large, decoding);
    motion("640x360", small, decoding);
    memory(small);
  }

  /** Both detectors on each picture, as fast as they come: a gateway's have run for months. */
  private void warmUp(Path clip) throws Exception {
    CameraConfig config = config("warm", clip, Sampling.rate(25));
    List<Detector> detectors = Detectors.of(config);
    try (FileFrames frames = new FileFrames(clip, config.sampling())) {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        for (Detector detector : detectors) {
          detector.observe(frame);
        }
      }
    } finally {
      detectors.forEach(Detector::close);
    }
  }

  private void report(
      String what, Path clip, Sampling sampling, double decoding, double paced, double goal)
      throws Exception {
    double read = read(clip, sampling);
    System.out.printf(
        Locale.ROOT,
        "%-28s  as fast as it goes %5.2f CPU s a minute, %.3f of decoding alone, goal %.2f%n",
        what,
        read,
        read / decoding,
        goal);
    Watched watched = watch(clip, sampling);
    System.out.printf(
        Locale.ROOT,
        "%-28s  in real time       %5.2f CPU s a minute (%.2f of them in the child),"
            + " %.3f of decoding alone in real time; %d pictures, observed within %.1f ms (p95)%n",
        "",
        watched.cpu,
        watched.child,
        watched.cpu / paced,
        watched.pictures,
        watched.p95Millis);
  }

  /** All that is done to a picture, in this process, as fast as the file is decoded. */
  private static double read(Path clip, Sampling sampling) throws Exception {
    CameraConfig config = config("read", clip, sampling);
    List<Detector> detectors = Detectors.of(config);
    Cpu before = Cpu.now();
    try (FileFrames frames = new FileFrames(clip, sampling);
        Evidence evidence = new Evidence();
        View view = new View(List.of())) {
      CameraWatch watch = new CameraWatch(CameraWatch.Limits.forRate(2), 0);
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        watch.saw(Look.at(frame.bgr()), frame.nanos());
        view.look(frame, true);
        for (Detector detector : detectors) {
          detector.observe(frame);
        }
        evidence.learn(frame);
      }
    } finally {
      detectors.forEach(Detector::close);
    }
    return Cpu.now().since(before).own * 60 / SECONDS;
  }

  private record Watched(double cpu, double child, int pictures, double p95Millis) {}

  /** One camera through the whole pipeline, in real time, until the file ends. */
  private Watched watch(Path clip, Sampling sampling) throws Exception {
    Cpu before = Cpu.now();
    Ear ear = new Ear();
    try (Camera camera = camera("bench", clip, sampling)) {
      camera.start(ear);
      ear.ended.await();
    }
    Cpu used = Cpu.now().since(before);
    Collections.sort(ear.millis);
    double p95 = ear.millis.isEmpty() ? 0 : ear.millis.get(ear.millis.size() * 95 / 100);
    double scale = 60.0 / SECONDS;
    return new Watched(
        (used.own + used.children) * scale, used.children * scale, ear.millis.size() / 2, p95);
  }

  private Camera camera(String id, Path clip, Sampling sampling) {
    CameraConfig config = config(id, clip, sampling);
    return new Camera(
        config,
        () -> Detectors.of(config),
        KeyFiles.in(folder),
        folder,
        Clock.systemUTC(),
        System::nanoTime,
        new Camera.Limits(
            CameraWatch.Limits.forRate(2),
            // As often as they come: what is measured is their price.
            new Keyframes.Limits(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofHours(1)),
            LiveStream.Limits.MEMORY_BYTES));
  }

  private static CameraConfig config(String id, Path clip, Sampling sampling) {
    return new CameraConfig(
        id,
        Source.of(clip.toUri()),
        sampling,
        EnumSet.allOf(Kind.class),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  /** {@code motion} as a user would set it up: two frames a second, nothing recorded. */
  private void motion(String what, Path clip, double decoding) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/motion"))) {
      System.out.println("motion at 2 frames a second: not installed (Debian: motion); skipped");
      return;
    }
    Path config = folder.resolve("motion.conf");
    boolean large = what.startsWith("1080");
    Files.writeString(
        config,
        """
        daemon off
        log_level 3
        netcam_url file://%s
        width %d
        height %d
        framerate 2
        picture_output off
        movie_output off
        webcontrol_port 0
        stream_port 0
        target_dir %s
        """
            .formatted(clip, large ? 1920 : 640, large ? 1080 : 360, folder));
    Cpu before = Cpu.now();
    Process motion =
        new ProcessBuilder("/usr/bin/motion", "-n", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("motion.log").toFile())
            .start();
    boolean ended = motion.waitFor(SECONDS, TimeUnit.SECONDS);
    long resident = ended ? 0 : kilobytes("/proc/" + motion.pid() + "/status", "VmRSS:") / 1024;
    motion.destroy();
    if (!motion.waitFor(10, TimeUnit.SECONDS)) {
      motion.destroyForcibly().waitFor();
    }
    double cpu = Cpu.now().since(before).children * 60 / SECONDS;
    System.out.printf(
        Locale.ROOT,
        "motion, %s at 2 a second  %6.2f CPU s a minute, %.3f of decoding alone, %d MiB%s%n",
        what,
        cpu,
        cpu / decoding,
        resident,
        ended ? " (it ended early; see motion.log)" : "");
  }

  private void memory(Path clip) throws Exception {
    long before = kilobytes("/proc/self/status", "VmRSS:");
    for (int cameras : List.of(1, MANY)) {
      List<Camera> open = new ArrayList<>();
      try {
        for (int i = 0; i < cameras; i++) {
          Camera camera = camera("bench-" + i, clip, Sampling.rate(2));
          open.add(camera);
          camera.start(new Ear());
        }
        new CountDownLatch(1).await(SECONDS / 2, TimeUnit.SECONDS);
        long children = 0;
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
          children += kilobytes("/proc/" + child.pid() + "/smaps_rollup", "Pss:");
        }
        System.out.printf(
            Locale.ROOT,
            "memory of %d cameras (640x360)  %d MiB in the children (Pss), %d MiB more in the agent%n",
            cameras,
            children / 1024,
            (kilobytes("/proc/self/status", "VmRSS:") - before) / 1024);
      } finally {
        open.forEach(Camera::close);
      }
    }
  }

  /** A moving, noisy picture; a keyframe every {@code gop} pictures. */
  private Path clip(String name, String size, int gop, String bitrate) throws Exception {
    String named = System.getProperty("clip");
    if (named != null && size.startsWith("1920")) {
      return Path.of(named).toAbsolutePath();
    }
    Path file = folder.resolve(name).toAbsolutePath();
    if (!Files.exists(file)) {
      System.out.println("drawing " + file + " …");
      ffmpeg(
          "-f",
          "lavfi",
          "-i",
          "testsrc2=s=" + size + ":r=25,noise=alls=8:allf=t",
          "-t",
          "" + SECONDS,
          "-c:v",
          "libopenh264",
          "-g",
          "" + gop,
          "-b:v",
          bitrate,
          file.toString());
    }
    return file;
  }

  private interface Work {
    void run() throws Exception;
  }

  private static double perMinute(Work work) throws Exception {
    Cpu before = Cpu.now();
    work.run();
    return Cpu.now().since(before).children * 60 / SECONDS;
  }

  private static void ffmpeg(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(Loader.load(ffmpeg.class), "-y", "-loglevel", "error"));
    command.addAll(List.of(arguments));
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException("ffmpeg failed: " + command);
    }
  }

  private static long kilobytes(String file, String key) throws IOException {
    for (String line : Files.readAllLines(Path.of(file))) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + key + " in " + file);
  }

  /** Seconds of this process, and of its children that have ended (proc(5), fields 14 to 17). */
  private record Cpu(double own, double children) {
    static Cpu now() throws IOException {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return new Cpu(
          (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0,
          (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / 100.0);
    }

    Cpu since(Cpu before) {
      return new Cpu(own - before.own, children - before.children);
    }
  }

  /** Waits for the end of the file, and notes how late each observation was. */
  private static final class Ear implements Camera.Sink {
    final CountDownLatch ended = new CountDownLatch(1);
    final List<Double> millis = new ArrayList<>();

    @Override
    public void observed(Observation observation, Witness witness) {
      millis.add((System.nanoTime() - observation.nanos()) / 1e6);
    }

    @Override
    public void health(CameraHealth health) {
      if (health.detail().equals("the file has ended")) {
        ended.countDown();
      }
    }
  }
}
