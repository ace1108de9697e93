package org.cityedge.config;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a signed configuration says beside the configuration itself (config.md §2).
 *
 * @param issuer who made it, such as {@code centre-510108}
 * @param audience ids of the gateways that it is for; 1..1000
 * @param sequence counts up per key epoch, from 1
 * @param id of this document, for the audit
 * @param notBefore not to be followed before
 * @param expires not to be followed from then on
 * @param base the sequence that the issuer believed to be active; for people, nothing depends on it
 * @param minAgent least agent version
 * @param by who pushed it; a name of the centre's, no secret
 * @param reason for people
 * @param site what comes with it on a stick; not looked at when it came over MQTT
 */
public record Order(
    String issuer,
    List<String> audience,
    long sequence,
    String id,
    Instant issuedAt,
    Optional<Instant> notBefore,
    Instant expires,
    Optional<Long> base,
    Version minAgent,
    Gate gate,
    String by,
    List<String> approvedBy,
    String reason,
    Optional<SitePart> site) {
  static final int MOST_GATEWAYS = 1000;
  private static final int MOST_APPROVALS = 8;
  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofMinutes(30);
  private static final Duration USUAL = Duration.ofMinutes(2);
  static final long MOST_SEQUENCE = 1L << 53;
  private static final Pattern JTI = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern NEED =
      Pattern.compile("(broker|queue)|(cameras|sensors)>=([0-9]{1,3})(%?)");

  /** Major, minor and patch of a version; what follows them is not compared. */
  public record Version(int major, int minor, int patch) implements Comparable<Version> {
    private static final Pattern FORM =
        Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})\\.([0-9]{1,4})(?:[-+].{0,64})?");

    /**
     * @throws IllegalArgumentException when it is not {@code 1.2.3}, with or without a suffix
     */
    public static Version of(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new IllegalArgumentException("a version is 1.2.3, was " + text);
      }
      return new Version(
          Integer.parseInt(form.group(1)),
          Integer.parseInt(form.group(2)),
          Integer.parseInt(form.group(3)));
    }

    @Override
    public int compareTo(Version other) {
      int order = Integer.compare(major, other.major);
      order = order != 0 ? order : Integer.compare(minor, other.minor);
      return order != 0 ? order : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
      return major + "." + minor + "." + patch;
    }
  }

  /**
   * What must be seen within the deadline, or the gateway goes back (config.md §3). CONNACK and the
   * PUBACK of a probe event are always needed.
   *
   * @param deadline 10 s..30 min
   * @param strict whether what the dry run finds (config.md §4 row 9) refuses the order; else it is
   *     only told
   */
  public record Gate(Duration deadline, List<Need> needs, boolean strict) {
    public Gate {
      needs = List.copyOf(needs);
    }
  }

  /** One condition of a gate. */
  public sealed interface Need {
    /** A connection to a broker of the new configuration. */
    record Broker() implements Need {}

    /** An event went through the store and was confirmed. */
    record Queue() implements Need {}

    /**
     * @param least how many deliver, or how many of a hundred
     */
    record Delivering(Kind kind, int least, boolean percent) implements Need {}

    /** What delivers. */
    enum Kind {
      CAMERAS,
      SENSORS
    }
  }

  public Order {
    audience = List.copyOf(audience);
    approvedBy = List.copyOf(approvedBy);
  }

  /** Reads the claims; leaves the key {@code config} alone. */
  static Order read(Section claims) {
    claims.text("typ", Pattern.compile("config"), "config");
    List<String> audience = claims.texts("aud");
    if (audience.isEmpty() || audience.size() > MOST_GATEWAYS) {
      claims.problem("aud", "must be 1.." + MOST_GATEWAYS + " gateways, were " + audience.size());
    }
    List<String> approvedBy = claims.texts("approvedBy");
    if (approvedBy.size() > MOST_APPROVALS) {
      claims.problem("approvedBy", "must be at most 8 names, were " + approvedBy.size());
    }
    Optional<Instant> notBefore =
        claims.has("nbf") ? Optional.of(time(claims, "nbf")) : Optional.empty();
    Optional<Long> base =
        claims.has("base") ? Optional.of(claims.whole("base", 0, MOST_SEQUENCE)) : Optional.empty();
    return new Order(
        claims.text("iss"),
        audience,
        claims.whole("seq", 1, MOST_SEQUENCE),
        claims.text("jti", JTI, "1 to 64 of A-Z, a-z, 0-9 and -"),
        time(claims, "iat"),
        notBefore,
        time(claims, "exp"),
        base,
        minAgent(claims),
        claims.section("gate").map(Order::gate).orElse(new Gate(USUAL, List.of(), false)),
        claims.text("by"),
        approvedBy,
        claims.text("reason"),
        claims.section("site").map(SitePart::read));
  }

  private static Instant time(Section claims, String key) {
    return Instant.ofEpochSecond(claims.whole(key, 0, KeyList.LATEST));
  }

  private static Version minAgent(Section claims) {
    return claims
        .optionalText("minAgent", Version.FORM, "a version such as 1.4.0")
        .map(Version::of)
        .orElse(new Version(0, 0, 0));
  }

  private static Gate gate(Section gate) {
    Duration deadline = gate.optionalDuration("deadline", SHORTEST, LONGEST).orElse(USUAL);
    List<Need> needs =
        gate.texts("need").stream()
            .map(text -> need(gate, text))
            .flatMap(Optional::stream)
            .toList();
    return new Gate(deadline, needs, gate.flag("strict", false));
  }

  private static Optional<Need> need(Section gate, String text) {
    Matcher form = NEED.matcher(text);
    if (!form.matches()) {
      gate.problem(
          "need", "must be broker, queue, cameras>=N, sensors>=N or such with N%, was " + text);
      return Optional.empty();
    }
    if (form.group(1) != null) {
      return Optional.of(form.group(1).equals("broker") ? new Need.Broker() : new Need.Queue());
    }
    int least = Integer.parseInt(form.group(3));
    boolean percent = !form.group(4).isEmpty();
    if (percent && least > 100) {
      gate.problem("need", "must be at most 100%, was " + text);
    }
    Need.Kind kind = form.group(2).equals("cameras") ? Need.Kind.CAMERAS : Need.Kind.SENSORS;
    return Optional.of(new Need.Delivering(kind, least, percent));
  }
}
