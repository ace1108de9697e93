package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.alerts.Confirmation;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.Detector;
import org.cityedge.video.Detectors;
import org.cityedge.video.Frame;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Sampling;
import org.cityedge.video.Source;
import org.cityedge.video.model.Models;
import org.cityedge.video.source.FileFrames;

/**
 * Runs a recorded clip through the same detectors and the same confirmation as a live camera, and
 * prints what they make of it: one JSON object a line, {@code t} in seconds of the clip.
 *
 * <pre>
 *   {"t":12.0,"kind":"crowd","persons":7.4,"low":4.6,"high":11.8}   once a second while it can be counted
 *   {"t":12.5,"kind":"smoke","state":"raised","score":0.75}         or updated (stronger), or cleared
 *   {"kind":"summary","frames":480,"cpuSeconds":1.9}                the last line; the whole process's time
 * </pre>
 */
public final class Analyze {
  /** An open alert is updated when it grew by so much since it was told last. */
  private static final double GROWTH = 1.5;

  private static final long COUNT_EVERY = Duration.ofSeconds(1).toNanos();

  private final PrintWriter out;

  /** The rules that a camera has when its configuration says nothing but the kind. */
  private final Map<Kind, Rule.Video> rules = new EnumMap<>(Kind.class);

  private final Map<Kind, Confirmation> confirmations = new EnumMap<>(Kind.class);
  private final Map<Kind, Double> told = new EnumMap<>(Kind.class);
  private long nextCount;

  Analyze(PrintWriter out) {
    this.out = out;
    for (Kind kind : Kind.values()) {
      Rule.Video rule = Rule.Video.standard("analyze", kind, "file", "file");
      rules.put(kind, rule);
      confirmations.put(kind, new Confirmation(rule.confirmation()));
    }
  }

  /**
   * @param sampling as a camera would be sampled
   * @param model the sidecar of a model that is used beside the classical detectors
   * @param mode what that model has to say
   * @return 0, or 2 when the file cannot be decoded or the model not used; {@code err} says why
   */
  public static int run(
      Path file,
      Sampling sampling,
      Optional<Path> model,
      ModelUse.Mode mode,
      PrintWriter out,
      PrintWriter err) {
    CameraConfig camera =
        new CameraConfig(
            "file",
            Source.of(URI.create("file:///")),
            sampling,
            EnumSet.allOf(Kind.class),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    try (FileFrames frames = new FileFrames(file, sampling)) {
      Path folder = model.map(Path::toAbsolutePath).map(Path::getParent).orElse(Path.of(""));
      Models models = new Models(folder);
      Map<Kind, ModelUse> uses =
          model.isPresent() ? Models.uses(model.get(), mode) : Map.<Kind, ModelUse>of();
      List<Detector> detectors = Detectors.of(camera.with(uses), models);
      try {
        new Analyze(out).run(detectors, frames);
        models.standings().stream()
            .flatMap(standing -> standing.trouble().stream())
            .forEach(err::println);
      } finally {
        detectors.forEach(Detector::close);
      }
      return 0;
    } catch (IOException e) {
      err.println(e.getMessage());
      return 2;
    }
  }

  private void run(List<Detector> detectors, FileFrames frames) throws IOException {
    int count = 0;
    for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
      count++;
      look(detectors, frame);
    }
    Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    print("{\"kind\":\"summary\",\"frames\":%d,\"cpuSeconds\":%.2f}", count, cpu.toMillis() / 1e3);
  }

  /** Prints what this picture changes. */
  void look(List<Detector> detectors, Frame frame) {
    for (Detector detector : detectors) {
      detector.observe(frame).forEach(this::judge);
    }
  }

  private void judge(Observation seen) {
    Confirmation confirmation = confirmations.get(seen.kind());
    Rule.Video rule = rules.get(seen.kind());
    if (confirmation == null || rule == null) {
      return;
    }
    double strength = rule.strength(seen);
    double seconds = seen.nanos() / 1e9;
    if (seen.valid() && seen.persons().isPresent() && seen.nanos() >= nextCount) {
      nextCount = seen.nanos() + COUNT_EVERY;
      print(
          "{\"t\":%.2f,\"kind\":\"crowd\",\"persons\":%.1f,\"low\":%.1f,\"high\":%.1f}",
          seconds,
          seen.persons().getAsDouble(),
          seen.features().getOrDefault("persons_low", 0.0),
          seen.features().getOrDefault("persons_high", 0.0));
    }
    switch (confirmation.look(seen.nanos(), rule.sees(seen, confirmation), seen.valid())) {
      case CONFIRMED -> tell(seen, "raised", strength);
      case CLEARED, LOST -> tell(seen, "cleared", strength);
      case NONE -> {
        if (confirmation.isActive() && strength >= GROWTH * told.getOrDefault(seen.kind(), 0.0)) {
          tell(seen, "updated", strength);
        }
      }
    }
  }

  private void tell(Observation seen, String state, double strength) {
    told.put(seen.kind(), strength);
    print(
        "{\"t\":%.2f,\"kind\":\"%s\",\"state\":\"%s\",\"score\":%.2f}",
        seen.nanos() / 1e9, seen.kind().name().toLowerCase(Locale.ROOT), state, seen.score());
  }

  private void print(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
