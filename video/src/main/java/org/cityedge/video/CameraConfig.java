package org.cityedge.video;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cityedge.config.Section;
import org.cityedge.video.Observation.Kind;

/**
 * One entry of the section {@code cameras}.
 *
 * @param source where the pictures come from
 * @param sampling which of them are analysed; at least one a second where smoke is looked for,
 *     since the detector compares frames a second apart
 * @param detect what is looked for; may be empty
 * @param zones where crowding is counted and smoke reported; the whole picture when empty
 * @param ignore parts that detectors do not look at
 * @param privacy parts whose pixels are overwritten right after decoding, before anything sees them
 * @param personHeight height of a standing person as a fraction of the picture's height, at the
 *     picture's top and bottom edge; crowd counts scale with it
 * @param ground where the picture's points lie on the ground; with it a zone's crowd has a density
 * @param models networks beside the classical detectors, by what they look for
 */
public record CameraConfig(
    String id,
    Source source,
    Sampling sampling,
    Set<Kind> detect,
    List<Zone> zones,
    List<Zone> ignore,
    List<Zone> privacy,
    Optional<PersonHeight> personHeight,
    Optional<Ground> ground,
    Map<Kind, ModelUse> models) {

  public CameraConfig {
    models = Map.copyOf(models);
  }

  /** A camera of which nobody has measured where it looks, and without networks. */
  public CameraConfig(
      String id,
      Source source,
      Sampling sampling,
      Set<Kind> detect,
      List<Zone> zones,
      List<Zone> ignore,
      List<Zone> privacy,
      Optional<PersonHeight> personHeight) {
    this(id, source, sampling, detect, zones, ignore, privacy, personHeight, Optional.empty());
  }

  /** A camera without networks. */
  public CameraConfig(
      String id,
      Source source,
      Sampling sampling,
      Set<Kind> detect,
      List<Zone> zones,
      List<Zone> ignore,
      List<Zone> privacy,
      Optional<PersonHeight> personHeight,
      Optional<Ground> ground) {
    this(id, source, sampling, detect, zones, ignore, privacy, personHeight, ground, Map.of());
  }

  /** Fractions of the picture's height, 0.01..1; linear between the edges. */
  public record PersonHeight(double top, double bottom) {}

  /** The same camera, seen through another stream of it. */
  public CameraConfig of(Source other) {
    return new CameraConfig(
        id, other, sampling, detect, zones, ignore, privacy, personHeight, ground, models);
  }

  /** The same camera with other networks. */
  public CameraConfig with(Map<Kind, ModelUse> others) {
    return new CameraConfig(
        id, source, sampling, detect, zones, ignore, privacy, personHeight, ground, others);
  }

  /** Pictures a second that can be expected, where the stream has as many. */
  public double rate() {
    return source
        .snapshot()
        .map(every -> Math.min(sampling.framesPerSecond(), 1.0 / every.toSeconds()))
        .orElse(sampling.framesPerSecond());
  }

  /** Reads the keys of this module; others may read further keys of the same section. */
  public static CameraConfig read(Section section) {
    String id = section.id("id");
    Source source = Source.read(section);
    Set<Kind> detect = EnumSet.noneOf(Kind.class);
    for (String word : section.texts("detect")) {
      switch (word) {
        case "smoke" -> detect.add(Kind.SMOKE);
        case "crowd" -> detect.add(Kind.CROWD);
        default -> section.problem("detect", "must be smoke or crowd, was \"" + word + "\"");
      }
    }
    Sampling sampling = Sampling.read(section, detect);
    if (detect.contains(Kind.SMOKE)
        && source
            .snapshot()
            .map(every -> every.compareTo(Duration.ofSeconds(1)) > 0)
            .orElse(false)) {
      section.problem(
          "snapshot",
          "must be 1s where smoke is looked for, was " + source.snapshot().get().toSeconds() + "s");
    }
    Optional<PersonHeight> height =
        section
            .section("personHeight")
            .map(s -> new PersonHeight(s.number("top", 0.01, 1), s.number("bottom", 0.01, 1)));
    return new CameraConfig(
        id,
        source,
        sampling,
        Set.copyOf(detect),
        zones(section, "zones"),
        zones(section, "ignore"),
        zones(section, "privacy"),
        height,
        Ground.read(section),
        ModelUse.read(section, detect));
  }

  private static List<Zone> zones(Section section, String key) {
    return section.sections(key).stream().map(Zone::read).toList();
  }
}
