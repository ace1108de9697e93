package org.cityedge.config;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A signed document in the general JSON serialization of JWS (RFC 7515 §7.2.1), with 1 or 2
 * signatures by Ed25519 (RFC 8037 §3.1). Nothing else of JOSE is understood: one algorithm, no
 * unprotected header, no {@code crit}, no keys or links to keys inside.
 *
 * @param payload not to be believed before a {@link Seal} of a known key is verified
 */
record Jws(byte[] payload, List<Seal> seals) {
  static final int MOST_SEALS = 2;

  private static final String ALGORITHM = "EdDSA";
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9_-]++");
  private static final Pattern TYPE = Pattern.compile("[a-z0-9+.-]{1,64}");
  static final Pattern KEY_ID = Pattern.compile("[a-z0-9][a-z0-9.-]{0,31}");

  /**
   * One signature.
   *
   * @param text what it signs: protected header and payload as they were received (RFC 7515 §5.1)
   */
  record Seal(String keyId, byte[] text, byte[] signature) {}

  private record Envelope(String payload, List<String> headers, List<String> signatures) {}

  /**
   * Takes the form apart; verifies nothing.
   *
   * @param type what the protected headers must carry as {@code typ}, so that a signature for one
   *     purpose serves no other (RFC 8725 §3.11)
   * @throws ConfigException when it is anything but such a document of at most 64 KiB
   */
  static Jws parse(byte[] bytes, String type) throws ConfigException {
    Envelope envelope = ConfigLoader.parse("JWS", text("JWS", bytes), Jws::envelope);
    List<Seal> seals = new ArrayList<>();
    Set<String> keyIds = new HashSet<>();
    for (int i = 0; i < envelope.headers.size(); i++) {
      String header = envelope.headers.get(i);
      String place = "JWS signatures[" + i + "].protected";
      String keyId =
          ConfigLoader.parse(place, text(place, decode(place, header)), s -> header(s, type));
      if (!keyIds.add(keyId)) {
        throw refused("signatures[" + i + "]", "is by the same key as another one: " + keyId);
      }
      byte[] signature = decode("signatures[" + i + "].signature", envelope.signatures.get(i));
      seals.add(new Seal(keyId, (header + "." + envelope.payload).getBytes(US_ASCII), signature));
    }
    return new Jws(decode("payload", envelope.payload), seals);
  }

  private static Envelope envelope(Section root) {
    String payload = root.text("payload", BASE64, "base64url");
    List<Section> entries = root.sections("signatures");
    if (entries.isEmpty() || entries.size() > MOST_SEALS) {
      root.problem("signatures", "must be 1.." + MOST_SEALS + ", were " + entries.size());
    }
    return new Envelope(
        payload,
        entries.stream().map(entry -> entry.text("protected", BASE64, "base64url")).toList(),
        entries.stream().map(entry -> entry.text("signature", BASE64, "base64url")).toList());
  }

  private static String header(Section header, String type) {
    require(header, "alg", ALGORITHM);
    require(header, "typ", type);
    return header.text("kid", KEY_ID, "a key's id of 1 to 32 of a-z, 0-9, . and -");
  }

  private static void require(Section header, String key, String value) {
    header.text(key, Pattern.compile(Pattern.quote(value)), value);
  }

  /**
   * Signs.
   *
   * @param keys 1 or 2 by their id
   */
  static byte[] sign(byte[] payload, String type, Map<String, Signer> keys) {
    if (keys.isEmpty() || keys.size() > MOST_SEALS || !TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException("1 or 2 keys and a type, were " + keys.size());
    }
    String body = Base64Url.encode(payload);
    String seals =
        keys.entrySet().stream()
            .map(key -> seal(key.getKey(), key.getValue(), type, body))
            .collect(Collectors.joining(","));
    return ("{\"payload\":\"" + body + "\",\"signatures\":[" + seals + "]}").getBytes(US_ASCII);
  }

  private static String seal(String keyId, Signer key, String type, String body) {
    if (!KEY_ID.matcher(keyId).matches()) {
      throw new IllegalArgumentException("a key's id must match " + KEY_ID + ", was " + keyId);
    }
    String header =
        Base64Url.encode(
            "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}"
                .formatted(ALGORITHM, keyId, type)
                .getBytes(US_ASCII));
    byte[] signature = key.sign((header + "." + body).getBytes(US_ASCII));
    return "{\"protected\":\"%s\",\"signature\":\"%s\"}"
        .formatted(header, Base64Url.encode(signature));
  }

  static Map<String, Signer> signers(List<SigningKey> keys) {
    Map<String, Signer> out = new LinkedHashMap<>();
    for (SigningKey key : keys) {
      if (out.put(key.id(), key.signer()) != null) {
        throw new IllegalArgumentException("the same key twice: " + key.id());
      }
    }
    return out;
  }

  /** Signs a text with a key that stays where it is. */
  @FunctionalInterface
  interface Signer {
    byte[] sign(byte[] text);
  }

  static String text(String place, byte[] bytes) throws ConfigException {
    if (bytes.length > ConfigLoader.MAX_BYTES) {
      throw refused(place, "is %d bytes, at most 64 KiB are read".formatted(bytes.length));
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw refused(place, "is not UTF-8 text");
    }
  }

  private static byte[] decode(String place, String text) throws ConfigException {
    try {
      return Base64Url.decode(text);
    } catch (IllegalArgumentException e) {
      throw refused(place, "is not base64url as RFC 7515 §2 writes it");
    }
  }

  private static ConfigException refused(String place, String message) {
    return new ConfigException("JWS", List.of(new Problem(place, 0, message)));
  }
}
