package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.source.FileFrames;

/**
 * How far the smoke rules depend on the very pictures they were chosen by: each labelled clip is
 * judged as {@link Analyze} does, as it is and as another camera, place or hour would show it. A
 * rule that has a reason stands that; one that fits a clip does not.
 *
 * <p>Prints a row per clip: seconds from the smoke to the alarm, {@code -} for none, {@code F} and
 * the time of each false alarm; then what each way amounts to. Alarms count as right from a second
 * before the smoke to five after it: the labels are that exact. Some minutes of one core, and no
 * part of the tests, since the clips are not in the tree.
 *
 * <pre>./cityedge bench smoke FOLDER    with clips and manifest.json
 * CITYEDGE_BENCH='-Donly=field -Dkept=/var/tmp/pictures' ./cityedge bench smoke FOLDER
 *     the clips so named alone; the decoded pictures (4 GB) are kept for the next time</pre>
 */
final class PerturbedFootage {
  private static final String ONLY = System.getProperty("only", "");
  private static final Optional<Path> KEPT =
      Optional.ofNullable(System.getProperty("kept")).map(Path::of);

  private static final double EARLY = 1;
  private static final double LATE = 5;

  /** Into the smoke, or into a clip without any. */
  private static final double MIDST_SECONDS = 2;

  /**
   * @param from when smoke is seen first, in seconds; infinite where there is none
   * @param to when it is seen last
   */
  private record Clip(Path file, double seconds, double from, double to) {
    boolean smokes() {
      return from < Double.POSITIVE_INFINITY;
    }

    String name() {
      return file.getFileName().toString().replaceFirst("\\..*", "");
    }
  }

  /**
   * One way to look at a clip.
   *
   * @param rate pictures a second
   * @param kilobits a second, to which it is coded first; 0 as it is
   * @param midst whether the smoke is there at the first picture
   */
  private record Way(
      String name, double rate, int kilobits, boolean midst, Disturbance disturbance) {
    Way(String name, Disturbance disturbance) {
      this(name, Sampling.DEFAULT_RATE, 0, false, disturbance);
    }
  }

  /** Those of one decoding stand together. */
  private static final List<Way> WAYS =
      List.of(
          new Way("plain", Disturbance.none()),
          new Way("mirror", Disturbance.mirrored()),
          new Way("dark", Disturbance.toned(grey -> 0.6 * grey)),
          new Way("bright", Disturbance.toned(grey -> 1.3 * grey)),
          new Way("flat", Disturbance.toned(grey -> 128 + 0.6 * (grey - 128))),
          new Way("gamma.7", Disturbance.toned(grey -> 255 * Math.pow(grey / 255, 0.7))),
          new Way("gamma1.4", Disturbance.toned(grey -> 255 * Math.pow(grey / 255, 1.4))),
          new Way("grey", Disturbance.grey()),
          new Way("noise", Disturbance.noisy(6)),
          new Way("half", Disturbance.halved()),
          new Way("crop", Disturbance.cropped(0.8)),
          new Way("shake", Disturbance.shaken()),
          new Way("exposure", Disturbance.gained(5, 1.25, 1.25, 1.25)),
          new Way("white", Disturbance.gained(5, 0.9, 1, 1.15)),
          new Way("midst", Sampling.DEFAULT_RATE, 0, true, Disturbance.none()),
          new Way("coded", Sampling.DEFAULT_RATE, 150, false, Disturbance.none()),
          new Way("1/s", 1, 0, false, Disturbance.none()),
          new Way("5/s", 5, 0, false, Disturbance.none()));

  private final Path folder;

  private PerturbedFootage(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    new PerturbedFootage(Path.of(args[0])).run();
  }

  private void run() throws Exception {
    List<Totals> totals = WAYS.stream().map(way -> new Totals()).toList();
    print("", WAYS.stream().map(Way::name).toList());
    for (Clip clip : clips()) {
      List<String> cells = new ArrayList<>();
      List<Frame> frames = List.of();
      for (int i = 0; i < WAYS.size(); i++) {
        Way way = WAYS.get(i);
        if (i == 0 || !sameDecoding(way, WAYS.get(i - 1))) {
          frames = decoded(clip, way);
        }
        cells.add(totals.get(i).add(clip, way, alarms(clip, way, frames)));
      }
      print(clip.name(), cells);
    }
    print("found", totals.stream().map(t -> t.found + "/" + t.smokes).toList());
    print("median s", totals.stream().map(Totals::median).toList());
    print("false", totals.stream().map(t -> "" + t.wrong).toList());
    int smokes = totals.stream().mapToInt(t -> t.smokes).sum();
    int found = totals.stream().mapToInt(t -> t.found).sum();
    System.out.printf(
        Locale.ROOT,
        "%d of %d (%.2f), %d false in %.0f s%n",
        found,
        smokes,
        (double) found / smokes,
        totals.stream().mapToInt(t -> t.wrong).sum(),
        totals.stream().mapToDouble(t -> t.clear).sum());
  }

  private static void print(String first, List<String> cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-26s", first));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, " %8s", cell)));
    System.out.println(line);
  }

  private List<Clip> clips() throws IOException {
    List<Clip> clips = new ArrayList<>();
    for (JsonNode clip : new ObjectMapper().readTree(folder.resolve("manifest.json").toFile())) {
      String name = clip.get("file").asText();
      if (name.contains(ONLY)) {
        clips.add(
            new Clip(
                folder.resolve(name),
                clip.get("seconds").asDouble(),
                clip.path("smoke_from_s").asDouble(Double.POSITIVE_INFINITY),
                clip.path("smoke_to_s").asDouble(Double.POSITIVE_INFINITY)));
      }
    }
    return clips;
  }

  private static boolean sameDecoding(Way way, Way other) {
    return way.rate == other.rate && way.kilobits == other.kilobits;
  }

  /** When smoke is reported, in seconds of the clip. */
  private static List<Double> alarms(Clip clip, Way way, List<Frame> frames) throws IOException {
    double begin = begin(clip, way);
    StringWriter said = new StringWriter();
    List<Detector> detectors = Detectors.of(camera(way));
    try {
      Analyze analyze = new Analyze(new PrintWriter(said));
      for (Frame frame : frames) {
        double seconds = frame.nanos() / 1e9;
        if (seconds >= begin) {
          analyze.look(detectors, way.disturbance.of(frame, seconds));
        }
      }
    } finally {
      detectors.forEach(Detector::close);
    }
    List<Double> alarms = new ArrayList<>();
    for (String line : said.toString().lines().toList()) {
      JsonNode seen = new ObjectMapper().readTree(line);
      if (seen.path("state").asText().equals("raised")) {
        alarms.add(seen.get("t").asDouble());
      }
    }
    return alarms;
  }

  private static double begin(Clip clip, Way way) {
    return way.midst ? MIDST_SECONDS + (clip.smokes() ? clip.from : 0) : 0;
  }

  private static CameraConfig camera(Way way) {
    return new CameraConfig(
        "file",
        Source.of(URI.create("file:///")),
        Sampling.rate(way.rate),
        EnumSet.of(Kind.SMOKE),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  private static List<Frame> decoded(Clip clip, Way way) throws Exception {
    if (KEPT.isEmpty()) {
      return decode(clip, way);
    }
    Path kept = KEPT.get().resolve(clip.name() + "-" + way.rate + "-" + way.kilobits);
    if (!Files.exists(kept)) {
      write(decode(clip, way), kept);
    }
    return read(kept);
  }

  private static List<Frame> decode(Clip clip, Way way) throws Exception {
    if (way.kilobits == 0) {
      return frames(clip.file, way);
    }
    Path coded = Files.createTempFile("perturbed", ".mkv");
    try {
      encode(clip.file, coded, way.kilobits);
      return frames(coded, way);
    } finally {
      Files.delete(coded);
    }
  }

  private static List<Frame> frames(Path file, Way way) throws IOException {
    List<Frame> frames = new ArrayList<>();
    try (FileFrames source = new FileFrames(file, Sampling.rate(way.rate))) {
      for (Frame frame = source.next(); frame != null; frame = source.next()) {
        frames.add(
            new Frame(
                frame.width(), frame.height(), frame.bgr().clone(), frame.nanos(), frame.at()));
      }
    }
    return frames;
  }

  private static void encode(Path from, Path to, int kilobits) throws Exception {
    List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class)));
    command.addAll(List.of("-loglevel", "error", "-y", "-i", from.toString(), "-an"));
    command.addAll(List.of("-vf", "scale=min(640\\,iw):-2", "-c:v", "libopenh264"));
    command.addAll(List.of("-b:v", kilobits + "k", "-g", "50", to.toString()));
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (process.waitFor() != 0) {
      throw new IOException("cannot encode " + from);
    }
  }

  private static void write(List<Frame> frames, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(frames.size());
      for (Frame frame : frames) {
        out.writeInt(frame.width());
        out.writeInt(frame.height());
        out.writeLong(frame.nanos());
        out.write(frame.bgr());
      }
    }
  }

  private static List<Frame> read(Path file) throws IOException {
    List<Frame> frames = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (int left = in.readInt(); left > 0; left--) {
        int width = in.readInt();
        int height = in.readInt();
        long nanos = in.readLong();
        byte[] bgr = new byte[width * height * 3];
        in.readFully(bgr);
        frames.add(new Frame(width, height, bgr, nanos, Instant.EPOCH.plusNanos(nanos)));
      }
    }
    return frames;
  }

  /** What one way amounts to over the clips. */
  private static final class Totals {
    private final List<Double> delays = new ArrayList<>();
    private int smokes;
    private int found;
    private int wrong;
    private double clear;

    /** Counts a clip; returns what its cell says. */
    String add(Clip clip, Way way, List<Double> alarms) {
      double begin = begin(clip, way);
      double from = Math.max(clip.from, begin);
      List<Double> right =
          alarms.stream().filter(t -> t >= from - EARLY && t <= clip.to + LATE).toList();
      List<Double> early = alarms.stream().filter(t -> t < from - EARLY).toList();
      StringBuilder cell = new StringBuilder();
      for (double t : early) {
        cell.append(String.format(Locale.ROOT, "F%.0f ", t));
      }
      wrong += early.size();
      clear += Math.max(0, Math.min(clip.seconds, clip.from) - begin);
      if (clip.smokes()) {
        smokes++;
      }
      if (clip.smokes() && !right.isEmpty()) {
        found++;
        delays.add(right.getFirst() - from);
        cell.append(String.format(Locale.ROOT, "%.1f", delays.getLast()));
      }
      return cell.isEmpty() ? "-" : cell.toString().strip();
    }

    String median() {
      return delays.isEmpty()
          ? "-"
          : String.format(
              Locale.ROOT, "%.1f", delays.stream().sorted().toList().get(delays.size() / 2));
    }
  }
}
