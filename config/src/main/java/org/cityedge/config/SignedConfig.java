package org.cityedge.config;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A configuration that came from elsewhere: pushed over MQTT, or on a stick. Judges whether this
 * gateway follows it (config.md §2, §4 rows 1 to 8). Nothing in it is believed, or even parsed,
 * before its signatures are verified over the bytes that were received. Pure; any thread.
 */
public final class SignedConfig {
  /** {@code typ} of the protected header. */
  static final String TYPE = "cityedge-config+jws";

  /** A sequence that jumps further needs a second signature: a lost key must not end all pushes. */
  public static final long MOST_JUMP = 1_000_000;

  private static final Set<KeyList.Role> SIGNERS =
      EnumSet.of(KeyList.Role.CONFIG, KeyList.Role.COUNTERSIGN);

  private SignedConfig() {}

  /** Why an order is not followed (config.md §4); the names are those that are reported. */
  public enum Code {
    /** Malformed, not signed enough, or a signature that does not verify. */
    SIG_INVALID,
    /** Signed by a key that is not in the list, is expired, or is for something else. */
    KEY_UNKNOWN,
    WRONG_AUDIENCE,
    /** Older than what was accepted: by its sequence, under a new key list by its time of issue. */
    SEQ_STALE,
    /** A sequence that was accepted before, with other bytes. */
    SEQ_REUSED,
    /** Too far ahead for one signature. */
    SEQ_JUMP,
    EXPIRED,
    NOT_YET,
    /** The claims or the configuration are wrong. */
    SCHEMA,
    AGENT_TOO_OLD
  }

  /**
   * What was accepted last, kept over restarts. An order that was rolled back counts as accepted,
   * so it is not tried again.
   *
   * @param epoch of the key list it was accepted under
   * @param sequence 0 when none was
   * @param sha256 of its payload, hex; empty when none was. Not of the envelope, whose white space
   *     no signature covers
   * @param issuedAt its {@code iat}, of whole seconds; 1970 when it is not known
   */
  public record Floor(int epoch, long sequence, String sha256, Instant issuedAt) {
    public static final Floor NONE = new Floor(0, 0, "", Instant.EPOCH);
  }

  /**
   * Who judges, and when.
   *
   * @param clockTrusted whether the wall clock was synchronised; without that no time is judged
   */
  public record Situation(
      String gateway, Order.Version agent, Floor floor, Instant now, boolean clockTrusted) {}

  /** What becomes of a document. */
  public sealed interface Verdict<T> {
    /**
     * To be applied.
     *
     * @param sha256 of the payload, hex
     * @param clockUntrusted its times are to be judged again once the clock is right (row 6)
     */
    record Accepted<T>(Order order, T config, String sha256, boolean clockUntrusted)
        implements Verdict<T> {}

    /** The very payload that was accepted last: nothing to do but to report again (row 3). */
    record Repeated<T>(Order order) implements Verdict<T> {}

    /**
     * Keep what is active.
     *
     * @param order empty as long as nobody vouches for it
     * @param detail one sentence for a person
     * @param problems of the document, for {@link Code#SCHEMA}
     */
    record Refused<T>(Code code, String detail, List<Problem> problems, Optional<Order> order)
        implements Verdict<T> {
      public Refused {
        detail = Printable.line(detail, Printable.SENTENCE);
        problems = List.copyOf(problems);
      }
    }
  }

  /**
   * Ids of the keys that a document says it is signed by, whatever it is; verified only when it was
   * accepted. Empty when it has not the form.
   */
  public static List<String> signers(byte[] signed) {
    try {
      return Jws.parse(signed, TYPE).seals().stream().map(Jws.Seal::keyId).toList();
    } catch (ConfigException e) {
      return List.of();
    }
  }

  /**
   * sha256 of a document's payload, hex; nothing is verified.
   *
   * @throws ConfigException when it has not the form
   */
  static String sha256(byte[] signed) throws ConfigException {
    return Sha256.hex(Jws.parse(signed, TYPE).payload());
  }

  /** {@code iat} of a document, of which nothing is verified; empty when it cannot be read. */
  static Optional<Instant> issuedAt(byte[] signed) {
    try {
      return Optional.of(order(Jws.parse(signed, TYPE)).issuedAt());
    } catch (ConfigException _) {
      return Optional.empty();
    }
  }

  private static Order order(Jws jws) throws ConfigException {
    return ConfigLoader.parse("order", Jws.text("order", jws.payload()), SignedConfig::claims);
  }

  /**
   * The claims of a document as JSON text, {@code config} included; nothing is verified.
   *
   * @throws ConfigException when it has not the form
   */
  public static String claims(byte[] signed) throws ConfigException {
    return Jws.text("order", Jws.parse(signed, TYPE).payload());
  }

  /** The floor once the order is accepted. */
  public static Floor floor(KeyList keys, Order order, String sha256) {
    return new Floor(keys.epoch(), order.sequence(), sha256, order.issuedAt());
  }

  /**
   * Judges a document.
   *
   * @param reader reads the section {@code config}, as of a file
   */
  public static <T> Verdict<T> judge(
      byte[] signed, KeyList keys, Situation situation, Function<Section, T> reader) {
    Jws jws;
    try {
      jws = Jws.parse(signed, TYPE);
    } catch (ConfigException e) {
      return refused(Code.SIG_INVALID, "it is no signed configuration", e, Optional.empty());
    }
    Optional<Verdict.Refused<T>> unsigned = unsigned(jws, keys, situation);
    if (unsigned.isPresent()) {
      return unsigned.get();
    }
    try {
      String text = Jws.text("order", jws.payload());
      Order order = ConfigLoader.parse("order", text, SignedConfig::claims);
      Optional<? extends Verdict<T>> other =
          SignedConfig.<T>unfollowed(
              order, Sha256.hex(jws.payload()), keys, situation, countersigned(jws, keys));
      if (other.isPresent()) {
        return other.get();
      }
      return accepted(order, text, Sha256.hex(jws.payload()), situation, reader);
    } catch (ConfigException e) {
      return refused(Code.SCHEMA, "its claims are wrong", e, Optional.empty());
    }
  }

  /**
   * Judges the times of a document that was accepted while nobody vouched for the clock (row 6):
   * its own, and those of the keys that have signed it. Which number it has is not judged.
   *
   * @param keys the present list; a key that it has no longer is no better than an expired one
   * @return why it is followed no longer; empty when it still is, or is none
   */
  public static Optional<Verdict.Refused<Void>> untimely(byte[] signed, KeyList keys, Instant now) {
    try {
      Jws jws = Jws.parse(signed, TYPE);
      for (Jws.Seal seal : jws.seals()) {
        KeyList.Key key = keys.keys().get(seal.keyId());
        Optional<Verdict.Refused<Void>> unfit =
            key == null
                ? no(Code.KEY_UNKNOWN, "the key " + seal.keyId() + " is not in the list any more")
                : expired(key, now);
        if (unfit.isPresent()) {
          return unfit;
        }
      }
      return untimely(order(jws), now);
    } catch (ConfigException _) {
      // Whether it can be read was judged when it was accepted.
      return Optional.empty();
    }
  }

  private static <T> Optional<Verdict.Refused<T>> expired(KeyList.Key key, Instant now) {
    return now.isBefore(key.expires())
        ? Optional.empty()
        : no(Code.KEY_UNKNOWN, "the key " + key.id() + " has expired on " + key.expires());
  }

  private static <T> Optional<Verdict.Refused<T>> untimely(Order order, Instant now) {
    if (!now.isBefore(order.expires())) {
      return because(order, Code.EXPIRED, "it has expired on " + order.expires());
    }
    return order
        .notBefore()
        .filter(now::isBefore)
        .flatMap(from -> because(order, Code.NOT_YET, "it is to be followed from " + from + " on"));
  }

  /**
   * Reads a document that was accepted before, without judging it again.
   *
   * @throws ConfigException when it is none, or the configuration is wrong for this agent
   */
  static <T> Deployment.Opened<T> open(byte[] signed, Function<Section, T> reader)
      throws ConfigException {
    String text = Jws.text("order", Jws.parse(signed, TYPE).payload());
    return ConfigLoader.parse(
        "order",
        text,
        root -> {
          Order order = Order.read(root);
          return new Deployment.Opened<>(order, reader.apply(root.section("config").orElseThrow()));
        });
  }

  /**
   * Signs.
   *
   * @param claims the order as JSON, {@code config} included
   * @param keys 1 or 2
   * @throws ConfigException when no gateway could follow these claims, also since the order is
   *     larger than 64 KiB
   */
  public static byte[] sign(String claims, List<SigningKey> keys) throws ConfigException {
    ConfigLoader.parse("order", claims, SignedConfig::claims);
    byte[] signed = Jws.sign(claims.getBytes(StandardCharsets.UTF_8), TYPE, Jws.signers(keys));
    if (signed.length > ConfigLoader.MAX_BYTES) {
      String message =
          "is %d bytes once signed, gateways read %d: of claims and configuration about 48 KiB"
              .formatted(signed.length, ConfigLoader.MAX_BYTES);
      throw new ConfigException("order", List.of(new Problem("", 0, message)));
    }
    return signed;
  }

  private static Order claims(Section root) {
    if (root.section("config").isEmpty()) {
      root.problem("config", "is missing; must be the configuration");
    }
    Order order = Order.read(root);
    // What it configures is read once it is known to be for us.
    root.section("config").ifPresent(Section::ignoreRest);
    return order;
  }

  private static <T> Verdict<T> accepted(
      Order order, String text, String sha256, Situation situation, Function<Section, T> reader) {
    try {
      T config =
          ConfigLoader.parse(
              "order",
              text,
              root -> {
                Order.read(root);
                return reader.apply(root.section("config").orElseThrow());
              });
      return new Verdict.Accepted<>(order, config, sha256, !situation.clockTrusted());
    } catch (ConfigException e) {
      return refused(Code.SCHEMA, "the configuration is wrong", e, Optional.of(order));
    }
  }

  /** Every signature that is there must be good: whoever sends a bad one means no good. */
  private static <T> Optional<Verdict.Refused<T>> unsigned(
      Jws jws, KeyList keys, Situation situation) {
    boolean config = false;
    for (Jws.Seal seal : jws.seals()) {
      KeyList.Key key = keys.keys().get(seal.keyId());
      if (key == null || !SIGNERS.contains(key.role())) {
        return no(Code.KEY_UNKNOWN, "no key " + seal.keyId() + " for configurations is known");
      }
      if (!Ed25519.verifies(key.key(), seal.text(), seal.signature())) {
        return no(
            Code.SIG_INVALID, "the signature of " + seal.keyId() + " is not over these bytes");
      }
      Optional<Verdict.Refused<T>> expired = expired(key, situation.now());
      if (situation.clockTrusted() && expired.isPresent()) {
        return expired;
      }
      config |= key.role() == KeyList.Role.CONFIG;
    }
    if (!config) {
      return no(Code.SIG_INVALID, "needed is a signature by a key of role config");
    }
    if (keys.requiredSignatures() > 1 && !countersigned(jws, keys)) {
      return no(
          Code.SIG_INVALID, "needed are 2 signatures, the second by a key of role countersign");
    }
    return Optional.empty();
  }

  /** Of verified signatures; two keys of the maintainer's own are not two parties. */
  private static boolean countersigned(Jws jws, KeyList keys) {
    return jws.seals().stream()
        .map(seal -> keys.keys().get(seal.keyId()))
        .anyMatch(key -> key != null && key.role() == KeyList.Role.COUNTERSIGN);
  }

  private static <T> Optional<Verdict.Refused<T>> no(Code code, String detail) {
    return Optional.of(new Verdict.Refused<>(code, detail, List.of(), Optional.empty()));
  }

  /** Why a well-signed order is not followed; empty when it is. */
  private static <T> Optional<? extends Verdict<T>> unfollowed(
      Order order, String sha256, KeyList keys, Situation situation, boolean countersigned) {
    Floor floor = situation.floor();
    long lowest = floor.epoch() == keys.epoch() ? floor.sequence() : 0;
    // Under whatever key list: what was followed once, or blocked since, is not tried again.
    if (floor.sha256().equals(sha256)) {
      return Optional.of(new Verdict.Repeated<>(order));
    }
    if (keys.epoch() < floor.epoch()) {
      return because(
          order,
          Code.KEY_UNKNOWN,
          "the key list is of epoch %d, and orders of epoch %d were followed"
              .formatted(keys.epoch(), floor.epoch()));
    }
    if (!order.audience().contains(situation.gateway())) {
      return because(order, Code.WRONG_AUDIENCE, "it is for " + first(order.audience()));
    }
    if (keys.epoch() > floor.epoch() && !order.issuedAt().isAfter(floor.issuedAt())) {
      return because(
          order,
          Code.SEQ_STALE,
          "it was issued on %s; under a new key list that must be after %s"
              .formatted(order.issuedAt(), floor.issuedAt()));
    }
    if (order.sequence() == lowest) {
      return because(order, Code.SEQ_REUSED, "another order had the sequence " + lowest);
    }
    if (order.sequence() < lowest) {
      return because(
          order,
          Code.SEQ_STALE,
          "its sequence is %d, at least %d is taken".formatted(order.sequence(), lowest + 1));
    }
    if (order.sequence() - lowest > MOST_JUMP && !countersigned) {
      return because(
          order,
          Code.SEQ_JUMP,
          "its sequence jumps from %d to %d, which needs a second signature, by a key of role countersign"
              .formatted(lowest, order.sequence()));
    }
    Optional<Verdict.Refused<T>> untimely = untimely(order, situation.now());
    if (situation.clockTrusted() && untimely.isPresent()) {
      return untimely;
    }
    if (situation.agent().compareTo(order.minAgent()) < 0) {
      return because(
          order,
          Code.AGENT_TOO_OLD,
          "it needs agent %s, this is %s".formatted(order.minAgent(), situation.agent()));
    }
    return Optional.empty();
  }

  private static <T> Optional<Verdict.Refused<T>> because(Order order, Code code, String detail) {
    return Optional.of(new Verdict.Refused<>(code, detail, List.of(), Optional.of(order)));
  }

  private static <T> Verdict<T> refused(
      Code code, String detail, ConfigException e, Optional<Order> order) {
    return new Verdict.Refused<>(code, detail, e.problems(), order);
  }

  private static String first(List<String> gateways) {
    return gateways.getFirst() + (gateways.size() > 1 ? " and others" : "");
  }
}
