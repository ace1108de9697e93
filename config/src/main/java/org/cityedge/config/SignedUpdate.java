package org.cityedge.config;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a maintainer says of the content of a root slot, signed by one key of role {@code update}:
 *
 * <pre>
 *   {"typ":"update","seq":7,"version":"0.4.0","kernel":"6.12.57+deb13-arm64","bytes":179306496,
 *    "sha256":"9f86…","iat":1748736700,"exp":1780272700,"by":"ops-li"}
 * </pre>
 *
 * The same file is for every gateway of one image. Nothing in it is believed, or even parsed,
 * before its signature is verified.
 *
 * @param sequence a slot is replaced only by one of a higher number, so that an old image with a
 *     known hole cannot come back
 * @param version of the agent in it, for people
 * @param kernel the release whose modules it has; both slots share one kernel
 * @param bytes of the content, a multiple of {@value #BLOCK}
 * @param sha256 of the content, 64 of 0-9 and a-f
 * @param by a name of the maintainer's, no secret
 */
public record SignedUpdate(
    long sequence,
    String version,
    String kernel,
    long bytes,
    String sha256,
    Instant issuedAt,
    Instant expires,
    String by,
    String keyId) {
  /** {@code typ} of the protected header. */
  static final String TYPE = "cityedge-update+jws";

  /** What a squashfs is padded to, and what a card is written in. */
  public static final int BLOCK = 4096;

  /** Larger than any slot; keeps sums within a long. */
  private static final long MOST_BYTES = 1L << 34;

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern KERNEL = Pattern.compile("[0-9A-Za-z.+_-]{1,64}");

  /** Why an update is not installed. */
  public enum Code {
    /** Malformed, not signed by exactly one key, or a signature that does not verify. */
    SIG_INVALID,
    /** Signed by a key that is not in the list, is expired, or is for something else. */
    KEY_UNKNOWN,
    EXPIRED,
    /** Its number is below the lowest that is taken. */
    NOT_NEWER,
    WRONG_KERNEL,
    /** It does not fit into a slot. */
    TOO_LARGE,
    BAD_REQUEST
  }

  /**
   * Who judges, and when.
   *
   * @param least the lowest number that is taken
   * @param kernel release of the kernel that runs
   * @param room bytes of the slot
   * @param clockTrusted whether the wall clock was synchronised; without that no time is judged
   */
  public record Situation(
      long least, String kernel, long room, Instant now, boolean clockTrusted) {}

  /** What becomes of it. */
  public sealed interface Verdict {
    record Accepted(SignedUpdate update) implements Verdict {}

    /**
     * @param detail one sentence for a person
     */
    record Refused(Code code, String detail) implements Verdict {
      public Refused {
        detail = Printable.line(detail, Printable.SENTENCE);
      }
    }
  }

  /** Judges what is said of a content; the content itself is the caller's to hold against it. */
  public static Verdict judge(byte[] signed, KeyList keys, Situation situation) {
    Jws jws;
    try {
      jws = Jws.parse(signed, TYPE);
    } catch (ConfigException e) {
      return new Verdict.Refused(
          Code.SIG_INVALID, "it is no signed update: " + e.problems().getFirst().sentence());
    }
    OneSignature.Judged seal =
        OneSignature.judge(
            jws,
            keys,
            KeyList.Role.UPDATE,
            situation.clockTrusted() ? Optional.of(situation.now()) : Optional.empty());
    if (seal instanceof OneSignature.Judged.Refused(boolean known, String detail)) {
      return new Verdict.Refused(known ? Code.SIG_INVALID : Code.KEY_UNKNOWN, detail);
    }
    try {
      return judge(claims(jws), situation);
    } catch (ConfigException e) {
      return new Verdict.Refused(Code.BAD_REQUEST, e.problems().getFirst().sentence());
    }
  }

  private static Verdict judge(SignedUpdate update, Situation situation) {
    if (situation.clockTrusted() && !situation.now().isBefore(update.expires())) {
      return new Verdict.Refused(Code.EXPIRED, "it has expired at " + update.expires());
    }
    if (update.sequence() < situation.least()) {
      return new Verdict.Refused(
          Code.NOT_NEWER,
          "its number is %d; this gateway takes %d or a higher one"
              .formatted(update.sequence(), situation.least()));
    }
    if (!update.kernel().equals(situation.kernel())) {
      return new Verdict.Refused(
          Code.WRONG_KERNEL,
          "it is for kernel %s, this card has %s; flash a new image"
              .formatted(update.kernel(), situation.kernel()));
    }
    if (update.bytes() > situation.room()) {
      return new Verdict.Refused(
          Code.TOO_LARGE,
          "it has %d bytes, a slot of this card %d".formatted(update.bytes(), situation.room()));
    }
    return new Verdict.Accepted(update);
  }

  private static SignedUpdate claims(Jws jws) throws ConfigException {
    String keyId = jws.seals().getFirst().keyId();
    return ConfigLoader.parse(
        "update", Jws.text("update", jws.payload()), root -> read(root, keyId));
  }

  private static SignedUpdate read(Section claims, String keyId) {
    claims.text("typ", Pattern.compile("update"), "update");
    long bytes = claims.whole("bytes", BLOCK, MOST_BYTES);
    if (bytes % BLOCK != 0) {
      claims.problem("bytes", "must be a multiple of %d, was %d".formatted(BLOCK, bytes));
    }
    Instant issued = Instant.ofEpochSecond(claims.whole("iat", 0, KeyList.LATEST));
    Instant expires = Instant.ofEpochSecond(claims.whole("exp", 0, KeyList.LATEST));
    if (!expires.isAfter(issued)) {
      claims.problem("exp", "must be after iat");
    }
    return new SignedUpdate(
        claims.whole("seq", 1, Order.MOST_SEQUENCE),
        claims.text("version"),
        claims.text("kernel", KERNEL, "a kernel's release, as uname -r prints it"),
        bytes,
        claims.text("sha256", SHA256, "64 of 0-9 and a-f"),
        issued,
        expires,
        claims.text("by"),
        keyId);
  }

  /**
   * Signs.
   *
   * @param claims as JSON
   * @throws ConfigException when no gateway could take these claims
   */
  public static byte[] sign(String claims, SigningKey key) throws ConfigException {
    SignedUpdate _ = ConfigLoader.parse("update", claims, root -> read(root, key.id()));
    return Jws.sign(claims.getBytes(StandardCharsets.UTF_8), TYPE, Jws.signers(List.of(key)));
  }
}
