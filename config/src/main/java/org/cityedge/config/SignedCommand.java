package org.cityedge.config;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A command that changes something (wire.md §6), signed by one key of role {@code command}:
 *
 * <pre>
 *   {"typ":"command","verb":"output-set","aud":["gw-0042"],"jti":"01JWN93Q7H","iat":1748736700,
 *    "exp":1748737000,"by":"ops-li","args":{"id":"siren-1","on":true}}
 * </pre>
 *
 * Nothing in it is believed, or even parsed, before its signature is verified over the bytes that
 * were received. Whether it was carried out before is {@link SeenCommands}' to say.
 *
 * @param id unique; the same id is carried out once
 * @param keyId of the key that signed
 * @param by a name of the centre's, no secret
 */
public record SignedCommand(
    String id,
    String verb,
    List<String> audience,
    Instant issuedAt,
    Instant expires,
    String by,
    String keyId) {
  /** {@code typ} of the protected header. */
  static final String TYPE = "cityedge-command+jws";

  /** From {@code iat} to {@code exp}: a command is for now. */
  public static final Duration LONGEST = Duration.ofMinutes(15);

  /** How far the issuer's clock may be ahead. */
  static final Duration AHEAD = Duration.ofMinutes(5);

  private static final Pattern JTI = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern VERB = Pattern.compile("[a-z0-9-]{1,32}");

  public SignedCommand {
    audience = List.copyOf(audience);
  }

  /** Why a command is not carried out; the names are those that are answered. */
  public enum Code {
    /** Malformed, not signed by exactly one key, or a signature that does not verify. */
    SIG_INVALID,
    /** Signed by a key that is not in the list, is expired, or is for something else. */
    KEY_UNKNOWN,
    WRONG_AUDIENCE,
    /** Signed for another verb than that of the topic. */
    WRONG_VERB,
    EXPIRED,
    /** Issued in the future, by a clock that is trusted here. */
    NOT_YET,
    /** The claims or the arguments are wrong. */
    BAD_REQUEST
  }

  /**
   * Who judges, and when.
   *
   * @param verb of the topic it came on
   * @param clockTrusted whether the wall clock was synchronised; without that no time is judged
   */
  public record Situation(String gateway, String verb, Instant now, boolean clockTrusted) {}

  /** What becomes of it. */
  public sealed interface Verdict<T> {
    /** To be carried out, once. */
    record Accepted<T>(SignedCommand command, T arguments) implements Verdict<T> {}

    /**
     * @param keyIds as it says of itself; nobody vouches for them
     * @param detail one sentence for a person
     */
    record Refused<T>(Code code, List<String> keyIds, String detail) implements Verdict<T> {
      public Refused {
        detail = Printable.line(detail, Printable.SENTENCE);
        keyIds = List.copyOf(keyIds);
      }
    }
  }

  /**
   * Judges a command.
   *
   * @param reader reads the section {@code args}
   */
  public static <T> Verdict<T> judge(
      byte[] signed, KeyList keys, Situation situation, Function<Section, T> reader) {
    Jws jws;
    try {
      jws = Jws.parse(signed, TYPE);
    } catch (ConfigException e) {
      return new Verdict.Refused<>(
          Code.SIG_INVALID,
          List.of(),
          "it is no signed command: " + e.problems().getFirst().sentence());
    }
    List<String> keyIds = jws.seals().stream().map(Jws.Seal::keyId).toList();
    OneSignature.Judged judged =
        OneSignature.judge(
            jws,
            keys,
            KeyList.Role.COMMAND,
            situation.clockTrusted() ? Optional.of(situation.now()) : Optional.empty());
    if (judged instanceof OneSignature.Judged.Refused(boolean known, String detail)) {
      return new Verdict.Refused<>(known ? Code.SIG_INVALID : Code.KEY_UNKNOWN, keyIds, detail);
    }
    return judgeClaims(jws, jws.seals().getFirst().keyId(), situation, reader);
  }

  private static <T> Verdict<T> judgeClaims(
      Jws jws, String keyId, Situation situation, Function<Section, T> reader) {
    List<String> keyIds = List.of(keyId);
    try {
      String text = Jws.text("command", jws.payload());
      SignedCommand command =
          ConfigLoader.parse(
              "command",
              text,
              root -> {
                root.section("args").ifPresent(Section::ignoreRest);
                return read(root, keyId);
              });
      if (!command.audience().contains(situation.gateway())) {
        return new Verdict.Refused<>(
            Code.WRONG_AUDIENCE, keyIds, "it is for " + command.audience().getFirst());
      }
      if (!command.verb().equals(situation.verb())) {
        return new Verdict.Refused<>(Code.WRONG_VERB, keyIds, "it is signed as " + command.verb());
      }
      if (situation.clockTrusted() && !situation.now().isBefore(command.expires())) {
        return new Verdict.Refused<>(
            Code.EXPIRED, keyIds, "it has expired at " + command.expires());
      }
      if (situation.clockTrusted() && command.issuedAt().isAfter(situation.now().plus(AHEAD))) {
        return new Verdict.Refused<>(
            Code.NOT_YET, keyIds, "it was issued in the future, at " + command.issuedAt());
      }
      T arguments =
          ConfigLoader.parse(
              "command",
              text,
              root -> {
                SignedCommand _ = read(root, keyId);
                return reader.apply(root.section("args").orElseThrow());
              });
      return new Verdict.Accepted<>(command, arguments);
    } catch (ConfigException e) {
      return new Verdict.Refused<>(Code.BAD_REQUEST, keyIds, e.problems().getFirst().sentence());
    }
  }

  private static SignedCommand read(Section claims, String keyId) {
    claims.text("typ", Pattern.compile("command"), "command");
    List<String> audience = claims.texts("aud");
    if (audience.isEmpty() || audience.size() > Order.MOST_GATEWAYS) {
      claims.problem(
          "aud", "must be 1.." + Order.MOST_GATEWAYS + " gateways, were " + audience.size());
    }
    Instant issued = Instant.ofEpochSecond(claims.whole("iat", 0, KeyList.LATEST));
    Instant expires = Instant.ofEpochSecond(claims.whole("exp", 0, KeyList.LATEST));
    if (!expires.isAfter(issued) || expires.isAfter(issued.plus(LONGEST))) {
      claims.problem(
          "exp",
          "must be after iat by at most %d s, was by %d"
              .formatted(LONGEST.toSeconds(), Duration.between(issued, expires).toSeconds()));
    }
    if (claims.section("args").isEmpty()) {
      claims.problem("args", "is missing; must be the verb's arguments, {} when it has none");
    }
    return new SignedCommand(
        claims.text("jti", JTI, "1 to 64 of A-Z, a-z, 0-9 and -"),
        claims.text("verb", VERB, "a verb of 1 to 32 of a-z, 0-9 and -"),
        audience,
        issued,
        expires,
        claims.text("by"),
        keyId);
  }

  /**
   * What a signed command says of itself; nothing is verified.
   *
   * @throws ConfigException when it has not the form
   */
  public static SignedCommand claims(byte[] signed) throws ConfigException {
    Jws jws = Jws.parse(signed, TYPE);
    return ConfigLoader.parse(
        "command",
        Jws.text("command", jws.payload()),
        root -> {
          root.section("args").ifPresent(Section::ignoreRest);
          return read(root, jws.seals().getFirst().keyId());
        });
  }

  /**
   * Signs.
   *
   * @param claims as JSON, {@code args} included
   * @throws ConfigException when no gateway could take these claims
   */
  public static byte[] sign(String claims, SigningKey key) throws ConfigException {
    SignedCommand _ =
        ConfigLoader.parse(
            "command",
            claims,
            root -> {
              root.section("args").ifPresent(Section::ignoreRest);
              return read(root, key.id());
            });
    return Jws.sign(claims.getBytes(StandardCharsets.UTF_8), TYPE, Jws.signers(List.of(key)));
  }
}
