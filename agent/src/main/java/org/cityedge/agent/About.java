package org.cityedge.agent;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Section;

/**
 * What the city knows of a thing, whatever device it is: the keys that the gateway, a sensor and a
 * camera have in common.
 *
 * @param name for people, such as 建设路3号探头; the id when the configuration has none
 * @param gridCode unit grid of the city's grid management, 15 digits as a rule (6 division + 3
 *     street + 3 community + 3 sequence; CJ/T 349 uses 20), so 9 to 20 are accepted
 * @param partCode opaque code of the physical part (lamp, manhole), at most 32 characters
 * @param domain field of work it belongs to: {@code traffic}, {@code safety}, {@code env}
 * @param shareLevel who may see the data (requirements.md R30)
 */
public record About(
    String name,
    Optional<Location> location,
    Optional<String> gridCode,
    Optional<String> address,
    Optional<String> partCode,
    Optional<String> department,
    Optional<String> domain,
    ShareLevel shareLevel) {
  // The lengths are those of the message schemas.
  private static final Pattern NAME = Pattern.compile(".{1,64}");
  private static final Pattern ADDRESS = Pattern.compile(".{1,128}");
  private static final Pattern DOMAIN = Pattern.compile(".{1,32}");
  private static final Pattern GRID = Pattern.compile("\\d{9,20}");
  private static final Pattern PART = Pattern.compile("[\\x21-\\x7E]{1,32}");

  /**
   * WGS-84 as measured, or a surveyed CGCS2000 point passed through; never converted to GCJ-02
   * (wire.md §1).
   */
  public record Location(double lat, double lon, Crs crs, double accuracyM) {}

  /** Coordinate reference system. */
  public enum Crs {
    WGS84,
    CGCS2000
  }

  /** Who may see the data. */
  public enum ShareLevel {
    NONE,
    CONDITIONAL,
    OPEN
  }

  /** Reads the common keys of a section whose {@code id} the caller has read. */
  static About read(Section section, String id) {
    return new About(
        section.optionalText("name", NAME, "a text of 1 to 64 characters").orElse(id),
        section
            .section("location")
            .map(
                s ->
                    new Location(
                        s.number("lat", -90, 90),
                        s.number("lon", -180, 180),
                        s.word("crs", Crs.class, Crs.WGS84),
                        s.number("accuracyM", 0, 10_000, 10))),
        section.optionalText("gridCode", GRID, "9 to 20 digits, in quotes"),
        section.optionalText("address", ADDRESS, "a text of 1 to 128 characters"),
        section.optionalText("partCode", PART, "1 to 32 visible ASCII characters"),
        section.optionalText("department", NAME, "a text of 1 to 64 characters"),
        section.optionalText("domain", DOMAIN, "a text of 1 to 32 characters"),
        section.word("shareLevel", ShareLevel.class, ShareLevel.NONE));
  }

  /** This thing's own place, or where it has none the place of the gateway that it hangs on. */
  About placedLike(About gateway) {
    return new About(
        name,
        location.or(gateway::location),
        gridCode.or(gateway::gridCode),
        address.or(gateway::address),
        partCode,
        department.or(gateway::department),
        domain,
        shareLevel);
  }

  /** A camera as the centre knows it: what it needs to open the right window by itself. */
  public record View(
      String camera, Optional<String> gb28181, Optional<Integer> preset, List<String> near) {
    private static final Pattern GB28181 = Pattern.compile("\\d{20}");

    /** As many neighbours as a message names. */
    public static final int MAX_NEAR = 16;

    static View read(Section section, String camera) {
      List<String> near = section.texts("near");
      if (near.size() > MAX_NEAR) {
        section.problem("near", "must list at most " + MAX_NEAR + ", lists " + near.size());
      }
      for (String id : near) {
        if (!GB28181.matcher(id).matches()) {
          section.problem(
              "near", "must list GB/T 28181 ids of 20 digits in quotes, has \"" + id + "\"");
        }
      }
      return new View(
          camera,
          section.optionalText("gb28181", GB28181, "a GB/T 28181 id of 20 digits, in quotes"),
          section.has("preset") ? Optional.of(section.integer("preset", 0, 255)) : Optional.empty(),
          near);
    }
  }
}
