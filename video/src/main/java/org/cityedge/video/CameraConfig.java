package org.cityedge.video;

import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;
import org.cityedge.video.Observation.Kind;

/**
 * One entry of the section {@code cameras}.
 *
 * @param source {@code rtsp://}, {@code http://} (MJPEG) or {@code file:///}, never with a password
 *     in it
 * @param user for digest or basic authentication; its password is the secret {@code passwordRef}
 * @param framesPerSecond analysed frames per second, 0.2..5; at least 1 where smoke is looked for,
 *     since the detector compares frames a second apart
 * @param detect what is looked for; may be empty
 * @param zones where crowding is counted and smoke reported; the whole picture when empty
 * @param ignore parts that detectors do not look at
 * @param privacy parts whose pixels are overwritten right after decoding, before anything sees them
 * @param personHeight height of a standing person as a fraction of the picture's height, at the
 *     picture's top and bottom edge; crowd counts scale with it
 */
public record CameraConfig(
    String id,
    URI source,
    Optional<String> user,
    Optional<String> passwordRef,
    double framesPerSecond,
    Set<Kind> detect,
    List<Zone> zones,
    List<Zone> ignore,
    List<Zone> privacy,
    Optional<PersonHeight> personHeight) {

  /** Fractions of the picture's height, 0.01..1; linear between the edges. */
  public record PersonHeight(double top, double bottom) {}

  /** Reads the keys of this module; others may read further keys of the same section. */
  public static CameraConfig read(Section section) {
    String id = section.id("id");
    URI source = section.uri("source", "rtsp", "http", "file");
    Optional<String> user = section.optionalText("user");
    Optional<String> passwordRef =
        section.optionalText(
            "passwordRef", Secrets.REFERENCE, "the name of a file in the secrets folder");
    if (user.isPresent() != passwordRef.isPresent()) {
      section.problem("", "user and passwordRef come together or not at all");
    }
    double fps = section.number("framesPerSecond", 0.2, 5, 2);
    Set<Kind> detect = EnumSet.noneOf(Kind.class);
    for (String word : section.texts("detect")) {
      switch (word) {
        case "smoke" -> detect.add(Kind.SMOKE);
        case "crowd" -> detect.add(Kind.CROWD);
        default -> section.problem("detect", "must be smoke or crowd, was \"" + word + "\"");
      }
    }
    if (detect.contains(Kind.SMOKE) && fps < 1) {
      section.problem(
          "framesPerSecond", "must be at least 1 where smoke is looked for, was " + fps);
    }
    Optional<PersonHeight> height =
        section
            .section("personHeight")
            .map(s -> new PersonHeight(s.number("top", 0.01, 1), s.number("bottom", 0.01, 1)));
    return new CameraConfig(
        id,
        source,
        user,
        passwordRef,
        fps,
        Set.copyOf(detect),
        zones(section, "zones"),
        zones(section, "ignore"),
        zones(section, "privacy"),
        height);
  }

  private static List<Zone> zones(Section section, String key) {
    return section.sections(key).stream().map(Zone::read).toList();
  }
}
