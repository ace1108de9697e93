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
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.model.Models;
import org.cityedge.video.source.FileFrames;

/**
 * Labelled clips, judged as {@link Analyze} does, as they are and as another camera, place or hour
 * would show them.
 */
final class PerturbedClips {
  private static final String ONLY = System.getProperty("only", "");

  /** The sidecar of a network that is used as well, and how. */
  private static final String MODEL = System.getProperty("model", "");

  private static final String MODE = System.getProperty("mode", "and");
  private static final Optional<Path> KEPT =
      Optional.ofNullable(System.getProperty("kept")).map(Path::of);

  /** Into the smoke, or into a clip without any. */
  private static final double MIDST_SECONDS = 2;

  /** How many people are in the picture, by eye. */
  record Count(double seconds, double persons) {}

  /**
   * @param from when smoke is seen first, in seconds; infinite where there is none
   * @param to when it is seen last
   */
  record Clip(Path file, String kind, double seconds, double from, double to, List<Count> counts) {
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
  record Way(String name, double rate, int kilobits, boolean midst, Disturbance disturbance) {
    Way(String name, Disturbance disturbance) {
      this(name, Sampling.DEFAULT_RATE, 0, false, disturbance);
    }
  }

  /** Those of one decoding stand together. */
  static final List<Way> WAYS =
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

  /** What is made of the answers to one way of looking at a clip. */
  @FunctionalInterface
  interface Judge {
    /**
     * @param number of the way
     * @param said the lines of {@link Analyze}
     * @return what the table's cell says
     */
    String of(Clip clip, int number, List<JsonNode> said);
  }

  private PerturbedClips() {}

  /** Prints a row per clip, a column per way. */
  static void judge(Path folder, Kind kind, Judge judge) throws Exception {
    print("", WAYS.stream().map(Way::name).toList());
    for (Clip clip : clips(folder)) {
      List<String> cells = new ArrayList<>();
      List<Frame> frames = List.of();
      for (int i = 0; i < WAYS.size(); i++) {
        if (i == 0 || !sameDecoding(WAYS.get(i), WAYS.get(i - 1))) {
          frames = decoded(clip, WAYS.get(i));
        }
        cells.add(judge.of(clip, i, said(clip, WAYS.get(i), kind, frames)));
      }
      print(clip.name(), cells);
    }
  }

  static void print(String first, List<String> cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-26s", first));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, " %8s", cell)));
    System.out.println(line);
  }

  private static List<Clip> clips(Path folder) throws IOException {
    List<Clip> clips = new ArrayList<>();
    for (JsonNode clip : new ObjectMapper().readTree(folder.resolve("manifest.json").toFile())) {
      String name = clip.get("file").asText();
      if (name.contains(ONLY)) {
        List<Count> counts = new ArrayList<>();
        clip.path("persons")
            .forEach(n -> counts.add(new Count(n.get("t").asDouble(), n.get("count").asDouble())));
        clips.add(
            new Clip(
                folder.resolve(name),
                clip.get("kind").asText(),
                clip.get("seconds").asDouble(),
                clip.path("smoke_from_s").asDouble(Double.POSITIVE_INFINITY),
                clip.path("smoke_to_s").asDouble(Double.POSITIVE_INFINITY),
                counts));
      }
    }
    return clips;
  }

  private static Map<Kind, ModelUse> uses() throws IOException {
    return Models.uses(Path.of(MODEL), ModelUse.Mode.valueOf(MODE.toUpperCase(Locale.ROOT)));
  }

  private static boolean sameDecoding(Way way, Way other) {
    return way.rate == other.rate && way.kilobits == other.kilobits;
  }

  private static List<JsonNode> said(Clip clip, Way way, Kind kind, List<Frame> frames)
      throws IOException {
    double begin = begin(clip, way);
    StringWriter said = new StringWriter();
    CameraConfig camera = camera(way, kind).with(MODEL.isEmpty() ? Map.of() : uses());
    List<Detector> detectors =
        Detectors.of(camera, new Models(Path.of(MODEL).toAbsolutePath().resolveSibling("")));
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
    List<JsonNode> lines = new ArrayList<>();
    for (String line : said.toString().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  /** When alerts are raised, in seconds of the clip. */
  static List<Double> alarms(List<JsonNode> said) {
    return said.stream()
        .filter(line -> line.path("state").asText().equals("raised"))
        .map(line -> line.get("t").asDouble())
        .toList();
  }

  /** The second of the clip that is seen first. */
  static double begin(Clip clip, Way way) {
    return way.midst ? MIDST_SECONDS + (clip.smokes() ? clip.from : 0) : 0;
  }

  private static CameraConfig camera(Way way, Kind kind) {
    return new CameraConfig(
        "file",
        Source.of(URI.create("file:///")),
        Sampling.rate(way.rate),
        EnumSet.of(kind),
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
}
